// A script that takes the global of encke.js.
/// <reference types="encke-client" />

const socket = new Encke.Socket('/chat');
socket.onmessage = (event: Encke.MessageEvent) => console.log(event.data);
