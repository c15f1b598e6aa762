// An XMPP server in the framing of RFC 7395, an element a line, as small as its clients need: SASL PLAIN, binding, messages to oneself.
'use strict';
const net = require('node:net');
const readline = require('node:readline');

const kFeatures = {
  before: '<mechanisms xmlns="urn:ietf:params:xml:ns:xmpp-sasl"><mechanism>PLAIN</mechanism></mechanisms>',
  after: '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>'
};

module.exports = async () => net.createServer((socket) => {
  let isKnown = false;
  const write = (element) => socket.write(element + '\r\n');
  const attribute = (element, name) => (new RegExp(`\\b${name}=["']([^"']*)["']`).exec(element) || [])[1];

  function open() {
    write('<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" from="xmpp.test" id="1" version="1.0"/>');
    write('<stream:features xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams">' +
      (isKnown ? kFeatures.after : kFeatures.before) + '</stream:features>');
  }

  readline.createInterface({input: socket}).on('line', (element) => {
    if (/^<open\b/.test(element)) {
      open();
    } else if (/^<auth\b/.test(element)) {
      isKnown = true;
      write('<success xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/>');
    } else if (/^<iq\b/.test(element) && /<bind\b/.test(element)) {
      write(`<iq xmlns="jabber:client" type="result" id="${attribute(element, 'id')}"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind">` +
        '<jid>user@xmpp.test/page</jid></bind></iq>');
    } else if (/^<message\b/.test(element)) {
      write(element.replace(/^<message\b/, '<message from="user@xmpp.test/page"'));
    } else if (/^<close\b/.test(element)) {
      write('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
      socket.end();
    }
  });
  socket.on('error', () => socket.destroy());
});
