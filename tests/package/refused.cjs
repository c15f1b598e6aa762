// refused.cjs PORT WS, in Node with ws: the session opens, and from then on no connection comes to be; writes what became of it as JSON.
'use strict';
const net = require('node:net');
const Encke = require('encke-client');
const {WebSocket} = require(process.argv[3]);
Encke.use({WebSocket});

const door = net.createServer((socket) => {
  door.close();
  const server = net.connect(process.argv[2], '127.0.0.1');
  socket.on('error', () => server.destroy());
  server.on('error', () => socket.destroy());
  socket.pipe(server).pipe(socket);
});
door.listen(0, '127.0.0.1', () => {
  const socket = new Encke.Socket(`http://127.0.0.1:${door.address().port}/echo`, [], {transports: ['websocket']});
  socket.onclose = (event) => {
    process.stdout.write(JSON.stringify({code: event.code, wasClean: event.wasClean}));
    process.exit(0);
  };
});
