// Closing (PROTOCOL.md 6.10): arguments, what is delivered and sent around it, who says what, and how long it may take.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {FakeServer, openOver, openPage, openSocket, transports} = require('./support/world.js');

function over({socket, log, world, server}, expected) {
  assert.deepStrictEqual(log.slice(1), [expected]);
  assert.strictEqual(socket.readyState, 3);
  world.clock.pass(120000);
  assert.deepStrictEqual(log.slice(1), [expected]);
  assert.deepStrictEqual([world.clock.timers, world.clock.errors, world.listeners, server.live()], [[], [], [], []]);
}

describe('the arguments of close', () => {
  // arguments, then the error, or the code and reason of the close event
  const rows = [
    [[], [1005, '']], [[1000], [1000, '']], [[3000, 'bye'], [3000, 'bye']], [[4999, ''], [4999, '']], [[undefined, 'bye'], [1000, 'bye']],
    [[3000.4], [3000, '']], [['3001'], [3001, '']], [[3000, '\ud83d'], [3000, '\ufffd']], [[3000, 'x'.repeat(123)], [3000, 'x'.repeat(123)]],
    [[3000, '\u20ac'.repeat(41)], [3000, '\u20ac'.repeat(41)]],
    [[0], 'InvalidAccessError'], [[999], 'InvalidAccessError'], [[1001], 'InvalidAccessError'], [[1005], 'InvalidAccessError'],
    [[2999], 'InvalidAccessError'], [[5000], 'InvalidAccessError'], [[70000], 'InvalidAccessError'], [[NaN], 'InvalidAccessError'],
    [[null], 'InvalidAccessError'], [['x'], 'InvalidAccessError'],
    [[3000, 'x'.repeat(124)], 'SyntaxError'], [[3000, '\u20ac'.repeat(42)], 'SyntaxError']
  ];
  rows.forEach(([args, outcome]) => {
    const shown = JSON.stringify(args).slice(1, -1).substring(0, 50);
    test(`close(${shown}) ${typeof outcome === 'string' ? 'is an ' + outcome : 'ends with ' + outcome[0]}`, () => {
      const {socket, log, session, clock} = openOver('websocket');
      if (typeof outcome === 'string') {
        assert.throws(() => socket.close(...args), {name: outcome});
        assert.strictEqual(socket.readyState, 1);
        return;
      }
      socket.close(...args);
      assert.deepStrictEqual([socket.readyState, log], [2, [['open']]]);
      clock.pass(100);
      assert.deepStrictEqual(log, [['open'], ['close', ...outcome, true]]);
      assert.deepStrictEqual(session.closedBy, [outcome[0] === 1005 ? 1000 : outcome[0], outcome[1]]);
    });
  });
});

transports.forEach((name) => describe(`6.10 close over ${name}`, () => {
  test('the page\'s close goes behind all that it sent, and ends everything', () => {
    const all = openOver(name);
    ['a', 'b', Uint8Array.of(1)].forEach((message) => all.socket.send(message));
    all.socket.close(3000, 'bye');
    assert.throws(() => all.socket.close(1), {name: 'InvalidAccessError'});
    all.socket.close(3001, 'again');
    all.clock.pass(500);
    assert.deepStrictEqual([all.session.received.length, all.session.closedBy], [3, [3000, 'bye']]);
    over(all, ['close', 3000, 'bye', true]);
  });
  test('nothing is delivered after it, not even of the same frame', () => {
    const all = openOver(name);
    all.socket.addEventListener('message', () => all.socket.close(3000, 'enough'));
    all.session.send('one', 'two', 'three');
    all.clock.pass(500);
    assert.deepStrictEqual(all.log, [['open'], ['message', 'one'], ['close', 3000, 'enough', true]]);
  });
  test('the server\'s close comes behind its messages, and is answered', () => {
    const all = openOver(name);
    all.session.send('last', Buffer.of(1));
    all.session.close(3000, 'Go away!');
    all.clock.pass(500);
    assert.deepStrictEqual(all.log.splice(1, 2), [['message', 'last'], ['message', [1]]]);
    assert.deepStrictEqual(all.session.closedBy, [1000, '']);
    assert.strictEqual(all.session.base, 2); // so the service knows that they arrived
    over(all, ['close', 3000, 'Go away!', true]);
  });
  test('a close of the server\'s that is not the application\'s is not clean', () => {
    const all = openOver(name);
    all.session.close(1011, 'the service failed');
    all.clock.pass(500);
    assert.deepStrictEqual(all.log.slice(1), [['error'], ['close', 1011, 'the service failed', false]]);
  });
  test('where both close at once, the server\'s word counts', () => {
    const all = openOver(name);
    all.session.close(3000, 'Go away!');
    all.socket.close(3001, 'bye');
    all.clock.pass(500);
    over(all, ['close', 3000, 'Go away!', true]);
  });
  test('a close whose answer is lost is sent again, and 404 is an answer', () => {
    const all = openOver(name, {server: {dropsCloseAnswer: true}});
    all.server.weather = (link) => (/_send$/.test(link.leaf) ? 'lost answer' : undefined);
    all.socket.close(3000, 'bye');
    all.clock.pass(30);
    assert.deepStrictEqual(all.session.closedBy, [3000, 'bye']);
    all.server.live().forEach((link) => link.break());
    all.server.weather = () => undefined;
    all.clock.pass(5000);
    over(all, ['close', 3000, 'bye', true]);
  });
  test('a close over a line that breaks is sent again with what went before it', () => {
    const all = openOver(name);
    all.server.weather = () => 'refuse';
    all.server.cutAll();
    ['a', 'b'].forEach((message) => all.socket.send(message));
    all.socket.close(3000, 'bye');
    all.clock.pass(20000);
    assert.strictEqual(all.socket.readyState, 2);
    all.server.weather = () => undefined;
    all.clock.pass(10000);
    assert.deepStrictEqual(all.session.received, ['a', 'b']);
    assert.deepStrictEqual(all.log.slice(-1), [['close', 3000, 'bye', true]]);
    assert.deepStrictEqual(all.clock.timers, []);
  });
  test('a server that does not answer has 5 s', () => {
    const all = openOver(name);
    all.server.live().forEach((link) => link.stall());
    all.server.weather = () => 'swallow';
    all.socket.close(3000);
    all.clock.pass(4999);
    assert.deepStrictEqual(all.log, [['open']]);
    all.clock.pass(1);
    assert.deepStrictEqual([all.log[1], all.log[2][1], all.log[2][3]], [['error'], 1006, false]);
    assert.deepStrictEqual(all.clock.timers.filter((timer) => timer.at > all.clock.now + 100), []);
  });
  test('while connecting it fails the connection', () => {
    const world = openPage({document: true, eventSource: true});
    const server = new FakeServer(world);
    const {socket, log} = openSocket(world, {transports: [name]});
    world.clock.pass(25);
    socket.close();
    assert.strictEqual(socket.readyState, 2);
    world.clock.pass(60000);
    assert.deepStrictEqual(log.map((entry) => entry[0]), ['error', 'close']);
    assert.deepStrictEqual([log[1][1], log[1][3]], [1006, false]);
    assert.deepStrictEqual([world.clock.timers, world.clock.errors, server.live()], [[], [], []]);
  });
}));

describe('close before the session is there', () => {
  test('ends the request that opens it', () => {
    const world = openPage();
    const server = new FakeServer(world);
    const {socket, log} = openSocket(world);
    socket.close();
    world.clock.pass(1000);
    assert.deepStrictEqual(log.map((entry) => entry[0]), ['error', 'close']);
    assert.deepStrictEqual([world.requests.length, world.requests[0].aborted, server.live()], [1, true, []]);
  });
});

describe('close with more to send than 5 s suffice for', () => {
  test('over websocket: as long as the browser\'s buffer shrinks, the socket waits', () => {
    const {world, socket, log, server, clock} = openOver('websocket');
    const native = world.webSockets[0];
    server.live()[0].stall();
    native.bufferedAmount = 9000;
    socket.send('x'.repeat(9000));
    socket.close(3000, 'bye');
    for (const left of [6000, 3000, 0]) {
      native.bufferedAmount = left;
      clock.pass(5000);
      assert.deepStrictEqual(log, [['open']], `${left} bytes left`);
    }
    native.frame('c[3000,""]');
    assert.deepStrictEqual(log, [['open'], ['close', 3000, 'bye', true]]);
  });
  test('over HTTP: each POST that gets through is progress', () => {
    const {socket, log, server, session, clock} = openOver('xhr_poll');
    server.latency = 2000;
    ['a', 'b'.repeat(60000), 'c'.repeat(60000)].forEach((text) => socket.send(text));
    socket.close(3000);
    clock.pass(30000);
    assert.strictEqual(session.received.length, 3);
    assert.deepStrictEqual(log, [['open'], ['close', 3000, '', true]]);
  });
});

describe('a page that is left', () => {
  transports.forEach((name) => test(`over ${name} says goodbye with what the server does not have`, () => {
    const {world, server, socket, session} = openOver(name);
    server.weather = () => 'swallow';
    server.live().forEach((link) => link.stall());
    socket.send('a');
    socket.send(Uint8Array.of(1));
    world.tellPage('window', 'pagehide', {persisted: false});
    assert.strictEqual(world.beacons.length, 1);
    assert.match(world.beacons[0][0], new RegExp(`/echo/encke\\.1/${session.key}/xhr_send\\?s=0&a=0$`));
    assert.strictEqual(world.beacons[0][1], 'a["a"]\nbAQ\nc[1001,""]');
    assert.deepStrictEqual(world.listeners, []);
  }));
  test('but may come back says nothing', () => {
    const {world, socket, clock, session} = openOver('websocket');
    world.tellPage('window', 'pagehide', {persisted: true});
    clock.pass(1000);
    assert.deepStrictEqual([world.beacons, socket.readyState, session.closedBy], [[], 1, null]);
  });
  test('with more than a beacon takes says no close, since messages would be missing before it', () => {
    const {world, server, socket} = openOver('websocket');
    server.live().forEach((link) => link.stall());
    ['x'.repeat(60000), 'y'.repeat(60000)].forEach((message) => socket.send(message));
    world.tellPage('window', 'pagehide', {persisted: false});
    assert.deepStrictEqual(world.beacons.map(([, body]) => [body.length, body.includes('c[1001')]), [[60005, false]]);
  });
});
