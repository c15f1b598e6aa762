// An MQTT broker: aedes, as it comes.
'use strict';
const net = require('node:net');
const {Aedes} = require('aedes');

module.exports = async () => {
  const broker = await Aedes.createBroker();
  const server = net.createServer(broker.handle);
  server.on('close', () => broker.close()); // its timers would keep the program alive
  return server;
};
