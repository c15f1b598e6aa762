// The same as a CommonJS module, by the other names that WebSockets have.
const Encke = require('encke-client');

const [address, transport] = process.argv.slice(2);
const socket = new Encke.Socket(address.replace('http', 'ws') + '/echo', undefined, {transports: transport});
socket.addEventListener('open', () => socket.send('hello'));
socket.addEventListener('message', (event) => {
  console.log(JSON.stringify({received: event.data, transport: socket.transport, global: 'Encke' in globalThis}));
  socket.close();
}, {once: true});
socket.addEventListener('close', (event) => process.exit(event.wasClean ? 0 : 1));
