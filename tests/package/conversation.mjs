// A program that uses the installed package as an ECMAScript module: conversation.mjs ADDRESS TRANSPORT [WS], where WS is a WebSocket's module.
// Prints what came of it as JSON.
import Encke, {Socket, install, uninstall, use} from 'encke-client';

const [address, transport, webSocket] = process.argv.slice(2);
const globals = Object.keys(globalThis).length;
if (webSocket) {
  use({WebSocket: (await import(webSocket)).default});
}
const socket = new Socket(address + '/echo', ['b'], {transports: [transport]});
const received = [];
socket.binaryType = 'arraybuffer';
socket.onopen = () => {
  for (let i = 0; i < 100; i++) {
    socket.send(i % 2 ? new Uint8Array([i, 0, 255]) : `${i} \u20ac\u{1f600}`);
  }
};
socket.onmessage = (event) => {
  received.push(typeof event.data === 'string' ? event.data : [...new Uint8Array(event.data)]);
  if (received.length === 100) {
    socket.close(3001, 'done');
  }
};
socket.onclose = (event) => {
  const installed = [install({always: true}), globalThis.WebSocket.prototype === Socket.prototype];
  uninstall();
  console.log(JSON.stringify({received, transport: socket.transport, protocol: socket.protocol, close: [event.code, event.reason, event.wasClean],
    same: Encke.Socket === Socket, globals: Object.keys(globalThis).length - globals, installed,
    report: socket.report()}));
};
