// Signs of life that are asked for: of a stream whose beginning came through, and, with the option heartbeat, of any line.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {openOver, transports, openIn, outcomes} = require('./support/world.js');

const leaves = {xhr_stream: '/xhr_streaming', eventsource: '/eventsource', forever_frame: '/htmlfile'};
const messages = (log) => log.filter(([type]) => type === 'message').map((entry) => entry[1]);

const late = (link) => (Object.values(leaves).includes(link.leaf) ? 'late' : undefined);

describe('a stream whose first frame comes and whose later ones are held back', () => {
  Object.keys(leaves).forEach((name) => [1, 20, 150].forEach((latency) => {
    test(`is noticed under ${name} by a sign that does not come; a poll takes over, nothing is lost, nobody is told of a loss (${latency} ms away)`, () => {
      const {server, socket, log, clock} = openIn(late, {transports: [name, 'xhr_poll'], server: {latency}});
      clock.pass(1000 + 6 * latency + 5); // the stream is in use
      assert.strictEqual(socket.transport, name);
      server.session.send('a', 'b');
      socket.send('x');
      clock.pass(50 + 6 * latency + (latency > 50 ? 8 * latency : 2 * latency + 300) + 2 * latency);
      assert.deepStrictEqual([socket.transport, log], ['xhr_poll', [['open'], ['message', 'a'], ['message', 'b']]]);
      server.session.send('c');
      clock.pass(2000);
      assert.deepStrictEqual([log.length, messages(log), server.session.received, server.opens], [4, ['a', 'b', 'c'], ['x'], 1]);
      assert.deepStrictEqual(outcomes(socket), [`${name} timed out`, 'xhr_poll in use']);
      assert.match(socket.report()[0].reason, /^its first frame came, but there was no answer within \d+ ms; something on the way may hold it back$/);
    });
  }));
  test('is tried again as late as any upgrade, and less and less often', () => {
    const {server, socket, log, clock} = openIn(late, {transports: ['xhr_stream', 'xhr_poll']});
    const tries = [];
    const weather = server.weather;
    server.weather = (link) => {
      if (link.leaf === '/xhr_streaming') {
        tries.push(Math.round(clock.now / 1000) - 1000);
      }
      return weather(link);
    };
    for (let i = 0; i < 1000; i++) {
      server.session ? server.session.send(String(i)) : undefined;
      clock.pass(100);
    }
    clock.pass(1000);
    assert.deepStrictEqual(tries, [1, 11, 32, 72]);
    assert.deepStrictEqual([socket.transport, log.filter(([type]) => type !== 'message')], ['xhr_poll', [['open']]]);
    assert.deepStrictEqual(messages(log), Array.from({length: 1000}, (nothing, i) => String(i)).slice(1));
  });
  test('serves where there is no poll', () => {
    const {server, socket, log, clock} = openIn(late, {transports: ['xhr_stream'], server: {limit: 200}});
    clock.pass(100);
    for (let i = 0; i < 20; i++) {
      server.session.send('x'.repeat(100));
      clock.pass(1000);
    }
    assert.deepStrictEqual([socket.transport, messages(log).length >= 18, outcomes(socket)], ['xhr_stream', true, ['xhr_stream in use']]);
  });
  test('one that lives is asked once and kept, through all its responses', () => {
    Object.keys(leaves).forEach((name) => {
      const {server, session, socket, clock} = openOver(name, {server: {limit: 300}});
      for (let i = 0; i < 20; i++) {
        session.send('x'.repeat(200));
        clock.pass(500);
      }
      clock.pass(20000);
      assert.deepStrictEqual([socket.transport, outcomes(socket)], [name, [`${name} in use`]]);
      assert.strictEqual(server.links.filter((link) => link.leaf === '/xhr_send').length, 1 + session.bodies.length);
    });
  });
  test('a question that does not arrive says nothing about the stream', () => {
    ['refuse', 'swallow', 503].forEach((fate) => {
      const {socket, clock} = openIn((link) => (link.leaf === '/xhr_send' ? fate : undefined), {transports: ['xhr_stream', 'xhr_poll']});
      clock.pass(5000);
      assert.deepStrictEqual([socket.transport, outcomes(socket)], ['xhr_stream', ['xhr_poll replaced', 'xhr_stream in use']]);
    });
  });
});

describe('the option heartbeat', () => {
  transports.forEach((name) => describe(`over ${name}`, () => {
    test('asks after so many ms of silence, and a line that is dead is found out 3 s later', () => {
      const {server, log, clock} = openOver(name, {socket: {heartbeat: 2000}, server: {answer: {heartbeat: 60000}}});
      clock.pass(30000);
      assert.deepStrictEqual(log, [['open']]);
      server.live().forEach((link) => link.stall());
      clock.pass(2000 + 3000 + 2000);
      assert.deepStrictEqual(log, [['open'], ['interrupt'], ['resume']]);
    });
    test('without it nothing is asked', () => {
      const {world, server, clock} = openOver(name, {server: {answer: {heartbeat: 60000}}});
      clock.pass(3000);
      const before = server.links.length;
      clock.pass(50000);
      assert.strictEqual(server.links.length, before);
      assert.ok(world.webSockets.every((socket) => !socket.sent.includes('q')));
    });
    test('one that is longer than the server\'s asks nothing', () => {
      const {world, server, clock} = openOver(name, {socket: {heartbeat: 90000}});
      const before = server.links.length;
      for (let i = 0; i < 10; i++) {
        clock.pass(25000);
        server.heartbeat();
      }
      assert.ok(world.webSockets.every((socket) => !socket.sent.includes('q')));
      assert.ok(server.links.length - before <= 12);
    });
  }));
});
