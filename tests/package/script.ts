// A script that takes the global of encke.js.
/// <reference types="encke-client" />
/// <reference types="encke-client/tcp" />
/// <reference types="encke-client/xmpp" />

const socket = new Encke.Socket('/chat');
socket.onmessage = (event: Encke.MessageEvent) => console.log(event.data);
const tcp = new Encke.TCPSocket();
tcp.onclose = (code: number) => console.log(code);
const client = new Encke.XmppClient();
client.onopen = () => console.log(client.jid);
