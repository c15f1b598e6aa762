// ws on node: raw WebSocket, an echo at /echo/websocket and a broadcast at /broadcast/websocket.
'use strict';

const http = require('http');
const { WebSocketServer } = require('ws');
const { listen } = require('./common');

const server = http.createServer();
const echo = new WebSocketServer({ noServer: true });
const broadcast = new WebSocketServer({ noServer: true });

echo.on('connection', function (socket) {
  socket.on('message', function (data, isBinary) {
    socket.send(data, { binary: isBinary });
  });
});

broadcast.on('connection', function (socket) {
  socket.on('message', function (data, isBinary) {
    for (const each of broadcast.clients) each.send(data, { binary: isBinary });
  });
});

server.on('upgrade', function (request, socket, head) {
  const service = request.url.startsWith('/broadcast/') ? broadcast : echo;
  service.handleUpgrade(request, socket, head, function (client) {
    service.emit('connection', client, request);
  });
});

listen(server);
