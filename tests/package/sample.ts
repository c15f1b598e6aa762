// Everything that the declarations declare, under `strict`.
import Encke, {EventSource, Socket, install, uninstall, use} from 'encke-client';
import {Mux} from 'encke-client/mux';
import Tcp, {TCPSocket} from 'encke-client/tcp';
import {XmppClient} from 'encke-client/xmpp';

const options: Encke.SocketOptions = {transports: ['websocket', 'xhr_poll'], timeout: 1000, heartbeat: 5000, tell: true, reload: true, share: false,
  reconnect: {attempts: 5, least: 100, most: 1000},
  server: 'https://push.example/a'};
const socket: Encke.Socket = new Socket('/chat', ['a', 'b'], options);
new Encke.Socket('ws://host.example/chat');
new Socket('/chat', 'a', {reconnect: true});

socket.binaryType = 'arraybuffer';
socket.onopen = () => {
  socket.send('text');
  socket.send(new Uint8Array([1, 2]));
  socket.send(new ArrayBuffer(2));
  socket.send([1, 2]);
};
socket.onmessage = function (event) {
  const isThis: Socket = this;
  const data: string | ArrayBuffer = event.data;
  console.log(isThis.transport, data, event.origin);
};
socket.onclose = (event) => {
  const [code, reason, clean]: [number, string, boolean] = [event.code, event.reason, event.wasClean];
  console.log(code, reason, clean, event.unacknowledged.length);
};
socket.ongap = (event) => console.log(event.reason, event.unacknowledged);
socket.ontransport = (event) => console.log(event.type, socket.transport);
socket.oninterrupt = ({reason}) => console.log(reason.length);
socket.onresume = null;
socket.onerror = (event) => console.log(event.message);
socket.addEventListener('message', (event) => console.log(event.data), {once: true});
socket.addEventListener('close', {handleEvent: (event) => console.log(event.code)});
socket.removeEventListener('gap', null);
socket.dispatchEvent({type: 'mine'});
socket.close(3000, 'reason');
const names: string[] = socket.report().map((entry) => `${entry.transport} ${entry.outcome} ${entry.milliseconds.toFixed()} ${entry.reason}`);
const state: 0 | 1 | 2 | 3 = socket.readyState;
const isOpen: boolean = state === Socket.OPEN || socket.readyState === socket.OPEN;
const buffered: number = socket.bufferedAmount;
console.log(names, isOpen, buffered, socket.url, socket.protocol, socket.extensions);

const installed: boolean = install({always: true, transports: 'xhr_stream'});
uninstall();
use({WebSocket: class {}, fetch: (address: string) => Promise.resolve(address)});
Encke.blank = '/blank.txt';

const source = new EventSource('/events', {withCredentials: true});
source.onmessage = (event) => console.log(event.data, event.lastEventId);
source.addEventListener('mine', (event) => console.log(event.data));
source.close();
console.log(installed, source.readyState, Encke.EventSource.CLOSED);

// As a browser's WebSocket, where a library takes one.
interface TakesSocket {
  onopen: ((event: any) => any) | null;
  onmessage: ((event: any) => any) | null;
  onerror: ((event: any) => any) | null;
  onclose: ((event: any) => any) | null;
  binaryType: string;
  readonly readyState: number;
  readonly url: string;
  send(data: string | ArrayBuffer): void;
  close(code?: number, reason?: string): void;
}
const taken: TakesSocket = socket;
console.log(taken.url);

// @ts-expect-error there is no such option
new Socket('/chat', [], {transport: 'websocket'});
// @ts-expect-error nor such a transport
new Socket('/chat', [], {transports: ['telegraph']});
// @ts-expect-error url is read-only
socket.url = 'ws://host.example/';
// @ts-expect-error an address is needed
new Socket();
// @ts-expect-error a code is a number
socket.close('3000');

const tcp = new TCPSocket({url: '/tcp', transports: 'websocket'});
tcp.onopen = () => tcp.send('NICK me\r\n');
tcp.onread = (data: string) => console.log(data);
tcp.onclose = (code, reason) => console.log(code + 1, reason.length, tcp.readyState === TCPSocket.CLOSED);
tcp.open('irc.example.net', 6667);

const mux = new Mux('/mux', {window: 65536});
mux.onclose = (event) => console.log(event.code + 1, mux.transport.length);
const carried = mux.socket('/chat?room=1', ['v1'], {token: 'secret'});
carried.onmessage = (event) => console.log(event.data);
carried.addEventListener('close', (event) => console.log(event.wasClean, event.reason.length));
carried.pause();
const another = new mux.Socket('/echo');
another.binaryType = 'arraybuffer';
console.log(new Tcp.TCPSocket('irc.example.net', 6667, true) instanceof Encke.TCPSocket);
// @ts-expect-error a connection is one socket's
new TCPSocket({reconnect: true});

const client = new XmppClient();
client.onroster = (roster) => roster.forEach(({jid, name, subscription, ask}) => console.log(jid.length, name.length, subscription === 'both', ask === ''));
client.onmessage = (message) => console.log(client.message(message.from, message.body).length, message.stamp.length);
client.onpresence = ({type, show}) => console.log(type === 'subscribe', show === 'dnd');
client.onerror = ({condition, text}) => console.log(condition.length, text.length);
client.onclose = (code: number, reason: string) => console.log(code, reason);
client.connect('/xmpp', {jid: 'ada@xmpp.example', password: 'secret', resource: 'page', transports: ['websocket']});
client.presence('away', 'back soon');
// @ts-expect-error there is no such show
client.presence('gone');
// @ts-expect-error a password is needed
client.connect('/xmpp', {jid: 'ada@xmpp.example'});
