// How a page learns that a better transport carries its session, and what it does not get to see of the race.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {openIn, openOver} = require('./support/world.js');

describe('a better transport takes over', () => {
  test('which an event tells; the first is told by open', () => {
    const {socket, clock} = openIn((link) => (link.leaf === '/websocket' ? 'refuse' : undefined));
    const log = [];
    socket.onopen = () => log.push(`open: ${socket.transport}`);
    socket.ontransport = (event) => log.push(`${event.type}: ${socket.transport}`);
    clock.pass(5000);
    assert.deepStrictEqual(log, ['open: xhr_poll', 'transport: xhr_stream']);
  });
  test('6.9 a poll or stream that lost a race is refused by a frame, not by a status, which browsers log as an error', () => {
    const {server} = openOver(null);
    assert.deepStrictEqual(server.links.filter((link) => /^\/xhr(_streaming)?$/.test(link.leaf)).map((link) => link.query.get('x')), ['1', '1']);
  });
});
