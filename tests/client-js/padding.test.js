// Browsers that show what comes in blocks: the facade asks for padding where that may be, and only there.
'use strict';
const assert = require('node:assert');
const {test} = require('node:test');
const {openIn, outcomes} = require('./support/world.js');

/** A browser that shows what comes in blocks. */
const inBlocks = (link) => (link.leaf === '/xhr_streaming' && link.query.get('b') !== '1' ? 'hold' : undefined);

test('6.3 a browser without WebSocket asks for padding from then on, and gets its stream', () => {
  const {server, socket, log, clock} = openIn(inBlocks, {page: {webSocket: false}, transports: ['xhr_stream', 'xhr_poll']});
  clock.pass(5000);
  assert.strictEqual(socket.transport, 'xhr_poll');
  clock.pass(10000);
  assert.deepStrictEqual(outcomes(socket), ['xhr_poll replaced', 'xhr_stream in use']);
  server.session.send('a');
  clock.pass(100);
  assert.deepStrictEqual(log, [['open'], ['message', 'a']]);
  assert.deepStrictEqual(server.links.filter((link) => link.leaf === '/xhr_streaming').map((link) => link.query.get('b')), [null, '1']);
  assert.ok(server.links.every((link) => link.leaf === '/xhr_streaming' || link.query.get('b') === null), 'only streams are padded');
});

test('6.3 a browser with WebSocket never asks for padding', () => {
  const {server, socket, clock} = openIn(inBlocks, {transports: ['xhr_stream', 'xhr_poll']});
  clock.pass(60000);
  assert.strictEqual(socket.transport, 'xhr_poll');
  assert.ok(server.links.filter((link) => link.leaf === '/xhr_streaming').length > 1, 'it was tried again');
  assert.ok(server.links.every((link) => link.query.get('b') === null), 'none is padded');
});
