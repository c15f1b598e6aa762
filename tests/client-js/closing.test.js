// Closing a socket: arguments, what is delivered and sent around it, and how long it may take, over every transport.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {openOver, openPage, openSocket, sentBatches} = require('./support/world.js');

const transports = ['websocket', 'xhr_stream', 'xhr_poll'];

transports.forEach((name) => describe(`close over ${name}`, () => {
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
      const {world, socket, log} = openOver(name);
      if (typeof outcome === 'string') {
        assert.throws(() => socket.close(...args), {name: outcome});
        assert.strictEqual(socket.readyState, 1);
        return;
      }
      socket.close(...args);
      assert.strictEqual(socket.readyState, 2);
      assert.deepStrictEqual(log, [['open']]);
      if (name === 'websocket') {
        world.webSockets[0].end({code: outcome[0], reason: outcome[1], wasClean: true});
      }
      world.clock.pass(0);
      assert.deepStrictEqual(log, [['open'], ['close', ...outcome, true]]);
      assert.strictEqual(socket.readyState, 3);
    });
  });

  test('ends the requests, and nothing is delivered any more', () => {
    const {world, socket, log, deliver} = openOver(name);
    socket.close();
    if (name === 'websocket') {
      deliver('a["late"]');
      assert.deepStrictEqual(world.webSockets[0].closedWith, []);
      world.webSockets[0].end({code: 1005, reason: '', wasClean: true});
    } else {
      const receiver = world.requests[world.requests.length - 1];
      assert.strictEqual(receiver.aborted, true);
      deliver('a["late"]');
    }
    world.clock.pass(60000);
    assert.deepStrictEqual(log, [['open'], ['close', 1005, '', true]]);
    assert.deepStrictEqual(world.clock.timers, []);
  });
  test('from inside of a message event drops the messages behind it', () => {
    const {world, socket, log, deliver} = openOver(name);
    socket.addEventListener('message', () => socket.close(3000, 'enough'));
    deliver('a["one","two","three"]');
    if (name === 'websocket') {
      world.webSockets[0].end({code: 3000, reason: 'enough', wasClean: true});
    }
    world.clock.pass(0);
    assert.deepStrictEqual(log, [['open'], ['message', 'one'], ['close', 3000, 'enough', true]]);
    assert.ok(!world.requests.some((request) => request.readyState < 4 && !request.aborted));
  });
  test('twice is once', () => {
    const {world, socket, log} = openOver(name);
    socket.close(3000);
    socket.close(3001);
    if (name === 'websocket') {
      world.webSockets[0].end({code: 3000, reason: '', wasClean: true});
    }
    world.clock.pass(0);
    socket.close();
    world.clock.pass(60000);
    assert.deepStrictEqual(log, [['open'], ['close', 3000, '', true]]);
  });
  test('while connecting fails the connection', () => {
    const world = openPage();
    const {socket, log} = openSocket(world, {transports: [name]});
    world.answerInfo();
    socket.close();
    assert.strictEqual(socket.readyState, 2);
    world.clock.pass(60000);
    assert.deepStrictEqual(log.map((entry) => entry[0]), ['error', 'close']);
    assert.deepStrictEqual([log[1][1], log[1][3]], [1006, false]);
    assert.ok(world.webSockets.every((native) => native.closedWith !== null));
    assert.ok(world.requests.slice(1).every((request) => request.aborted));
  });
  test('before /info has answered fails the connection too', () => {
    const world = openPage();
    const {socket, log} = openSocket(world, {transports: [name]});
    socket.close();
    world.clock.pass(0);
    assert.deepStrictEqual(log.map((entry) => entry[0]), ['error', 'close']);
    assert.strictEqual(world.last('/info').aborted, true);
  });
}));

describe('close with messages that are still to leave', () => {
  test('over HTTP the messages leave first, then the receiver is aborted', () => {
    const {world, socket, log} = openOver('xhr_stream');
    ['a', 'b'].forEach((text) => socket.send(text));
    socket.close(3000, 'bye');
    const receiver = world.last('/xhr_streaming');
    assert.strictEqual(receiver.aborted, false);
    world.last('/xhr_send').end('', 204);
    assert.deepStrictEqual(sentBatches(world, 'xhr_stream'), [['a'], ['b']]);
    assert.strictEqual(receiver.aborted, false);
    world.last('/xhr_send').end('', 204);
    assert.strictEqual(receiver.aborted, true);
    world.clock.pass(0);
    assert.deepStrictEqual(log, [['open'], ['close', 3000, 'bye', true]]);
  });
  test('over HTTP a server that does not take them has 5 s', () => {
    const {world, socket, log} = openOver('xhr_poll');
    socket.send('a');
    socket.close();
    world.clock.pass(4999);
    assert.deepStrictEqual(log, [['open']]);
    world.clock.pass(1);
    assert.deepStrictEqual([log[1], log[2][1], log[2][3]], [['error'], 1006, false]);
    assert.ok(world.requests.every((request) => request.aborted || request.readyState === 4));
  });
  test('over websocket a server that does not answer the close has 5 s', () => {
    const {world, socket, log} = openOver('websocket');
    socket.close();
    world.clock.pass(5000);
    assert.deepStrictEqual([log[1], log[2][1], log[2][3]], [['error'], 1006, false]);
  });
});

describe('close with more to send than 5 s suffice for', () => {
  test('over websocket: as long as the browser\'s buffer shrinks, the socket waits', () => {
    const {world, socket, log} = openOver('websocket');
    world.webSockets[0].bufferedAmount = 9000;
    socket.send('x'.repeat(9000));
    socket.close(3000, 'bye');
    for (const left of [6000, 3000, 0]) {
      world.webSockets[0].bufferedAmount = left;
      world.clock.pass(5000);
      assert.deepStrictEqual(log, [['open']], `${left} bytes left`);
    }
    world.webSockets[0].end({code: 3000, reason: 'bye', wasClean: true});
    assert.deepStrictEqual(log, [['open'], ['close', 3000, 'bye', true]]);
    assert.deepStrictEqual(world.clock.timers, []);
  });
  test('over websocket: 5 s without any progress are the end', () => {
    const {world, socket, log} = openOver('websocket');
    world.webSockets[0].bufferedAmount = 9000;
    socket.send('x'.repeat(9000));
    socket.close();
    world.webSockets[0].bufferedAmount = 8000;
    world.clock.pass(9999);
    assert.deepStrictEqual(log, [['open']]);
    world.clock.pass(1);
    assert.deepStrictEqual([log[1], log[2][1], log[2][3]], [['error'], 1006, false]);
    assert.deepStrictEqual(world.clock.timers, []);
  });
  test('over HTTP: each POST that gets through is progress', () => {
    const {world, socket, log} = openOver('xhr_poll');
    ['a', 'b'.repeat(60000), 'c'.repeat(60000)].forEach((text) => socket.send(text));
    socket.close(3000);
    for (let i = 0; i < 3; i++) {
      world.clock.pass(4000);
      world.last('/xhr_send').end('', 204);
    }
    world.clock.pass(0);
    assert.deepStrictEqual(log, [['open'], ['close', 3000, '', true]]);
    assert.deepStrictEqual(world.clock.timers, []);
  });
});
