// engine.io on node: an echo at /echo/ and a broadcast at /broadcast/.
'use strict';

const http = require('http');
const engine = require('engine.io');
const { listen } = require('./common');

const server = http.createServer();
const options = { transports: ['polling', 'websocket'], maxHttpBufferSize: 1e6 };

const echo = new engine.Server(options);
echo.on('connection', function (socket) {
  socket.on('message', function (data) {
    socket.send(data);
  });
});

const broadcast = new engine.Server(options);
broadcast.on('connection', function (socket) {
  socket.on('message', function (data) {
    Object.values(broadcast.clients).forEach(function (each) {
      each.send(data);
    });
  });
});

function of(request) {
  return request.url.startsWith('/broadcast/') ? broadcast : echo;
}

server.on('request', function (request, response) {
  of(request).handleRequest(request, response);
});
server.on('upgrade', function (request, socket, head) {
  of(request).handleUpgrade(request, socket, head);
});

listen(server);
