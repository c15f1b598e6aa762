// Losing carriers and going on (PROTOCOL.md 6.5 to 6.8): replay, repeated and lost requests, dead lines, waking up, the resume window.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {openOver, transports} = require('./support/world.js');

const events = (log) => log.map((entry) => (entry[0] === 'message' ? entry[1] : entry[0]));

transports.forEach((name) => describe(`a loss under ${name}`, () => {
  test('6.5 what was on its way goes again, both ways, once', () => {
    const {server, session, socket, log, clock} = openOver(name);
    session.send('d0', 'd1');
    ['u0', 'u1', 'u2'].forEach((message) => socket.send(message));
    clock.pass(15); // all of it has left, nothing is acknowledged
    server.cutAll();
    session.send('d2', Buffer.of(3));
    socket.send(Uint8Array.of(3));
    clock.pass(5000);
    assert.deepStrictEqual(events(log).filter((entry) => !/^(open|interrupt|resume)$/.test(entry)), ['d0', 'd1', 'd2', [3]]);
    assert.deepStrictEqual(session.received.map((message) => (typeof message === 'string' ? message : [...message])), ['u0', 'u1', 'u2', [3]]);
    assert.deepStrictEqual([socket.bufferedAmount, server.opens, clock.errors], [0, 1, []]);
  });
  test('6.6.1 carriers have numbers that rise', () => {
    const {server, session, clock} = openOver(name);
    for (let i = 0; i < 5; i++) {
      server.cutAll();
      clock.pass(2000);
    }
    const numbers = session.carriers.map((carrier) => carrier.number);
    assert.ok(numbers.length >= 6);
    assert.ok(numbers.every((number, i) => i === 0 || number > numbers[i - 1]), String(numbers));
  });
  test('an outage is one interrupt and one resume, and messages may be sent in it', () => {
    const {server, session, socket, log, clock} = openOver(name);
    server.weather = () => 'refuse';
    server.cutAll();
    clock.pass(10000);
    assert.deepStrictEqual([events(log), socket.readyState], [['open', 'interrupt'], 1]);
    socket.send('meanwhile');
    session.send('meanwhile too');
    assert.strictEqual(socket.bufferedAmount, 9);
    server.weather = () => undefined;
    clock.pass(10000);
    assert.deepStrictEqual(events(log), ['open', 'interrupt', 'resume', 'meanwhile too']);
    assert.deepStrictEqual(session.received, ['meanwhile']);
  });
  test('tries are repeated with pauses of up to 5 s', () => {
    const {server, clock} = openOver(name);
    server.weather = () => 'refuse';
    server.cutAll();
    clock.pass(2000);
    const before = server.links.length;
    clock.pass(30000);
    const tries = server.links.length - before;
    assert.ok(tries >= 5 && tries <= 25, `${tries} tries in 30 s`);
  });
  test('6.7 a line that is dead without a word is noticed a heartbeat and 5 s after the last sign', () => {
    const {server, session, log, clock} = openOver(name);
    clock.pass(20000);
    server.heartbeat();
    clock.pass(100);
    server.live().forEach((link) => link.stall());
    clock.pass(29000);
    assert.deepStrictEqual(events(log), ['open']);
    clock.pass(3000);
    session.send('x');
    clock.pass(3000);
    assert.deepStrictEqual(events(log), ['open', 'interrupt', 'resume', 'x']);
  });
  test('the page closes with 2011 only when resume_window has passed and a try after that has failed', () => {
    const {server, socket, log, clock} = openOver(name);
    server.weather = () => 'refuse';
    server.cutAll();
    socket.send('x');
    clock.pass(60000);
    assert.strictEqual(socket.readyState, 1);
    clock.pass(6000);
    assert.deepStrictEqual(events(log), ['open', 'interrupt', 'error', 'close']);
    assert.deepStrictEqual([log[3][1], log[3][3]], [2011, false]);
    assert.match(log[3][2], /no connection for 60000 ms/);
    assert.deepStrictEqual([clock.timers, clock.errors], [[], []]);
  });
  test('a try that succeeds after the window goes on, if the server still has the session', () => {
    const {server, session, socket, clock} = openOver(name, {server: {answer: {resume_window: 3000}}});
    server.weather = () => 'swallow';
    server.cutAll();
    clock.pass(2900);
    server.weather = () => undefined;
    clock.pass(30000);
    session.send('x');
    assert.strictEqual(socket.readyState, 1);
  });
  [86400000, -86400000].forEach((skew) => test(`a time of day that jumps by ${skew} ms in an outage ends nothing early`, () => {
    const {server, session, socket, clock} = openOver(name);
    server.weather = () => 'refuse';
    server.cutAll();
    clock.pass(1000);
    clock.skew += skew;
    clock.pass(40000);
    server.weather = () => undefined;
    socket.send('x');
    clock.pass(10000);
    assert.deepStrictEqual([session.received, socket.readyState], [['x'], 1]);
  }));
  test('with the network back a try is made at once', () => {
    const {world, server, log, clock} = openOver(name);
    server.weather = () => 'refuse';
    server.cutAll();
    clock.pass(30000);
    server.weather = () => undefined;
    world.tellPage('window', 'online');
    clock.pass(100);
    assert.deepStrictEqual(events(log), ['open', 'interrupt', 'resume']);
  });
  [['window', 'pageshow', {persisted: true}], ['document', 'visibilitychange', {}]].forEach(([where, type, event]) => {
    test(`${type} finds a dead line out within seconds`, () => {
      const {world, server, session, log, clock} = openOver(name);
      server.live().forEach((link) => link.stall());
      world.tellPage(where, type, event);
      session.send('x');
      clock.pass(3500);
      assert.deepStrictEqual(log.at(-1), ['message', 'x'].slice(0, 1).concat('x'));
    });
    test(`${type} changes nothing for a line that lives`, () => {
      const {world, session, socket, log, clock} = openOver(name);
      world.tellPage(where, type, event);
      clock.pass(4000);
      session.send('x');
      socket.send('y');
      clock.pass(1000);
      assert.deepStrictEqual([events(log), session.received], [['open', 'x'], ['y']]);
    });
  });
  test('a page that is being hidden asks nothing', () => {
    const {world, server} = openOver(name);
    const before = server.links.length;
    world.document.visibilityState = 'hidden';
    world.tellPage('document', 'visibilitychange');
    assert.strictEqual(server.links.length, before);
  });
}));

['xhr_stream', 'eventsource', 'forever_frame', 'xhr_poll', 'jsonp'].forEach((name) => describe(`sends beside ${name}`, () => {
  ['lost answer', 'refuse', 'twice', 'swallow'].forEach((fate) => test(`a POST that meets "${fate}" brings its messages once`, () => {
    const {server, session, socket, clock} = openOver(name);
    let left = 2;
    server.weather = (link) => (/_send$/.test(link.leaf) && left-- > 0 ? fate : undefined);
    ['a', 'b', Uint8Array.of(1), 'c'].forEach((message) => socket.send(message));
    for (let i = 0; i < 10; i++) {
      server.heartbeat();
      clock.pass(15000);
    }
    assert.deepStrictEqual(session.received.map((message) => (typeof message === 'string' ? message : [...message])), ['a', 'b', [1], 'c']);
    assert.deepStrictEqual([socket.bufferedAmount, socket.readyState], [0, 1]);
  }));
}));

test('beside jsonp, a POST in whose place something on the way answers goes again, however busy the page is', () => {
  const {server, session, socket, clock} = openOver('jsonp');
  let left = 1;
  server.weather = (link) => (/_send$/.test(link.leaf) && left-- > 0 ? '502' : undefined);
  for (let i = 0; i < 20; i++) {
    socket.send(String(i));
    clock.pass(1000);
  }
  assert.deepStrictEqual(session.received, Array.from({length: 20}, (unused, i) => String(i)));
});

describe('6.8 acknowledging', () => {
  const acknowledgements = (server, session) => session.base;
  test('over websocket: after a second of rest', () => {
    const {world, server, session, clock} = openOver('websocket');
    session.send('a', 'b');
    clock.pass(500);
    assert.deepStrictEqual(world.webSockets[0].sent, ['r[100,0,0]']);
    clock.pass(1000);
    assert.deepStrictEqual([world.webSockets[0].sent, acknowledgements(server, session)], [['r[100,0,0]', 'k2'], 2]);
  });
  test('over websocket: with whatever is sent', () => {
    const {world, session, socket, clock} = openOver('websocket');
    session.send('a');
    clock.pass(100);
    socket.send('x');
    assert.deepStrictEqual(world.webSockets[0].sent.slice(1), ['a["x"]\nk1']);
  });
  test('6.7 over websocket a heartbeat is answered at once, by a frame, whether something is to be acknowledged or not', () => {
    const {world, server, clock} = openOver('websocket');
    server.heartbeat();
    clock.pass(11);
    assert.deepStrictEqual(world.webSockets[0].sent.slice(1), ['k0']);
  });
  ['xhr_stream', 'eventsource', 'forever_frame'].forEach((name) => test(`over ${name}: by a POST of its own after a quarter of the window`, () => {
    const {session, clock} = openOver(name);
    session.send(...Array(63).fill('x'.repeat(2000))); // 2048 with what each costs, of 131072
    clock.pass(5000);
    assert.deepStrictEqual(session.bodies, []);
    session.send('x'.repeat(2000));
    clock.pass(100);
    assert.deepStrictEqual([session.bodies, session.base], [[[0, '']], 64]);
  }));
  test('beside a send whose answer is held, in a request of its own, one at a time', () => {
    const {server, session, socket, clock} = openOver('xhr_stream');
    server.weather = (link) => (link.leaf === '/xhr_send' ? 'held' : undefined);
    socket.send('x');
    clock.pass(50);
    session.send(...Array(200).fill('y'.repeat(2000)));
    clock.pass(100);
    assert.deepStrictEqual(session.bodies.map(([, body]) => body), ['a["x"]', '']);
    assert.ok(session.base >= 64 && session.base <= 200, session.base);
    socket.send('z');
    server.live('/xhr_send').forEach((link) => link.release());
    server.weather = () => undefined;
    clock.pass(100);
    assert.deepStrictEqual(session.received, ['x', 'z']);
  });
  ['xhr_poll', 'jsonp'].forEach((name) => test(`over ${name}: by the next poll`, () => {
    const {session, clock} = openOver(name);
    session.send(...Array(100).fill('x'));
    clock.pass(100);
    assert.deepStrictEqual([session.bodies, session.base], [[], 100]);
  }));
});

transports.forEach((name) => test(`6.8 the window holds messages back over ${name}, and they leave when there is room`, () => {
  const {server, session, socket, clock} = openOver(name, {server: {answer: {window: 1000}}});
  let most = 0;
  server.onMessage = () => {
    most = Math.max(most, socket.bufferedAmount);
  };
  const sent = Array.from({length: 60}, (unused, i) => `${i} ` + 'x'.repeat(i * 10));
  sent.forEach((message) => socket.send(message));
  clock.pass(30000);
  assert.deepStrictEqual(session.received, sent);
  assert.ok(most > 10000);
}));
