// An MQTT broker: aedes, as it comes.
'use strict';
const net = require('node:net');
const {Aedes} = require('aedes');

module.exports = async () => {
  const broker = await Aedes.createBroker();
  return net.createServer(broker.handle);
};
