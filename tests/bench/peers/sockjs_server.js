// SockJS on node: an echo and a broadcast service.
'use strict';

const http = require('http');
const sockjs = require('sockjs');
const { listen } = require('./common');

const server = http.createServer();
const options = { sockjs_url: '/sockjs.js', log: function () {} };

const echo = sockjs.createServer(options);
echo.on('connection', function (connection) {
  connection.on('data', function (message) {
    connection.write(message);
  });
});
echo.installHandlers(server, { prefix: '/echo' });

const broadcast = sockjs.createServer(options);
const everyone = new Set();
broadcast.on('connection', function (connection) {
  everyone.add(connection);
  connection.on('close', function () {
    everyone.delete(connection);
  });
  connection.on('data', function (message) {
    for (const each of everyone) each.write(message);
  });
});
broadcast.installHandlers(server, { prefix: '/broadcast' });

listen(server);
