// The WebSocket interface: construction, send, events and the rules around them, over every transport.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {openOver, openPage, openSocket, sentBatches} = require('./support/world.js');

const transports = ['websocket', 'xhr_stream', 'xhr_poll'];

describe('construction', () => {
  const {Encke} = openPage();
  const rows = [
    [[], 'TypeError'], [[''], null], [['/echo'], null], [['ws://a.test/'], null], [['ftp://a.test/'], 'SyntaxError'],
    [['/echo#x'], 'SyntaxError'], [['http://'], 'SyntaxError'],
    [['/echo', 'chat'], null], [['/echo', ['chat', 'superchat']], null], [['/echo', []], null], [['/echo', null], null],
    [['/echo', ''], 'SyntaxError'], [['/echo', 'a b'], 'SyntaxError'], [['/echo', ['a', 'a']], 'SyntaxError'],
    [['/echo', ['a', 'A']], 'SyntaxError'], [['/echo', 'a,b'], 'SyntaxError'], [['/echo', '\u00e9'], 'SyntaxError']
  ];
  rows.forEach(([args, error]) => test(`new Encke.Socket(${JSON.stringify(args).slice(1, -1)}) ${error || 'is fine'}`, () => {
    const construct = () => new Encke.Socket(...args);
    if (error) {
      assert.throws(construct, {name: error});
    } else {
      assert.strictEqual(construct().readyState, 0);
    }
  }));
  test('without new it is a TypeError', () => assert.throws(() => Encke.Socket('/echo'), {name: 'TypeError'}));
  test('attributes before anything has happened', () => {
    const socket = new Encke.Socket('wss://a.test:443/x?y=1');
    assert.deepStrictEqual([socket.url, socket.readyState, socket.bufferedAmount, socket.extensions, socket.protocol, socket.binaryType,
      socket.transport, socket.onopen, socket.onmessage, socket.onerror, socket.onclose],
    ['https://a.test/x?y=1', 0, 0, '', '', 'blob', '', null, null, null, null]);
    assert.deepStrictEqual(Array.from(socket.report()), []);
  });
  ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'].forEach((name, value) => test(`${name} is ${value} on the constructor and on a socket`, () => {
    assert.strictEqual(Encke.Socket[name], value);
    assert.strictEqual(Encke.Socket.prototype[name], value);
    assert.strictEqual(new Encke.Socket('/echo')[name], value);
  }));
});

transports.forEach((name) => describe(`send over ${name}`, () => {
  const rows = [['text', 'text'], ['', ''], [5, '5'], [null, 'null'], [undefined, 'undefined'], [true, 'true'], [{}, '[object Object]'],
    [[1, 2], '1,2'], ['\u{1f600}', '\u{1f600}'], ['a\ud83d', 'a\ufffd'], ['\ude00b', '\ufffdb'], ['"\\\u2028\u0000', '"\\\u2028\u0000']];
  rows.forEach(([value, sent]) => test(`${JSON.stringify(value)} leaves as ${JSON.stringify(sent)}`, () => {
    const {world, socket} = openOver(name);
    socket.send(value);
    assert.deepStrictEqual(sentBatches(world, name), [[sent]]);
  }));
  test('what leaves is ASCII where code points are known to be lost', () => {
    const {world, socket} = openOver(name);
    socket.send('\ufeff\u200b\u2029\ud83d\ude00');
    const raw = name === 'websocket' ? world.webSockets[0].sent[0] : world.last('/xhr_send').body;
    assert.strictEqual(raw, '["\\ufeff\u200b\\u2029\\ud83d\\ude00"]');
  });
  test('without an argument, or with bytes, it throws', () => {
    const {socket} = openOver(name);
    assert.throws(() => socket.send(), {name: 'TypeError'});
    assert.throws(() => socket.send(new ArrayBuffer(4)), {name: 'NotSupportedError'});
    assert.throws(() => socket.send(new Uint8Array(4)), {name: 'NotSupportedError'});
  });
  test('while connecting it is an InvalidStateError', () => {
    const world = openPage();
    const {socket} = openSocket(world, {transports: [name]});
    assert.throws(() => socket.send('x'), {name: 'InvalidStateError'});
  });
  test('after the end it only counts', () => {
    const {world, socket, deliver} = openOver(name);
    deliver('c[3000,"x"]');
    socket.send('\u20ac');
    socket.send('abc');
    assert.strictEqual(socket.bufferedAmount, 6);
    assert.deepStrictEqual(sentBatches(world, name), []);
  });
  test('from inside of the open event it works', () => {
    const world = openPage();
    const {socket} = openSocket(world, {transports: [name]});
    socket.onopen = () => socket.send('first');
    world.answerInfo();
    (name === 'websocket' ? (frame) => world.webSockets[0].frame(frame) :
      (frame) => world.requests[1].progress(frame + '\n'))('o');
    if (name === 'xhr_poll') {
      world.requests[1].end();
    }
    assert.deepStrictEqual(sentBatches(world, name), [['first']]);
  });
}));

['xhr_stream', 'xhr_poll'].forEach((name) => describe(`sends over ${name}`, () => {
  test('one POST at a time; what comes meanwhile goes with the next, in order', () => {
    const {world, socket} = openOver(name);
    ['a', 'b', 'c'].forEach((text) => socket.send(text));
    assert.deepStrictEqual(sentBatches(world, name), [['a']]);
    world.last('/xhr_send').end('', 204);
    assert.deepStrictEqual(sentBatches(world, name), [['a'], ['b', 'c']]);
    world.last('/xhr_send').end('', 204);
    assert.strictEqual(sentBatches(world, name).length, 2);
  });
  test('bufferedAmount is what no POST has delivered yet', () => {
    const {world, socket} = openOver(name);
    socket.send('12345');
    assert.strictEqual(socket.bufferedAmount, 5);
    socket.send('\u20ac');
    socket.send('\ud83d\ude00');
    assert.strictEqual(socket.bufferedAmount, 12);
    world.last('/xhr_send').end('', 204);
    assert.strictEqual(socket.bufferedAmount, 7);
    world.last('/xhr_send').end('', 204);
    assert.strictEqual(socket.bufferedAmount, 0);
  });
  test('a batch is bounded, and a message that is larger goes alone', () => {
    const {world, socket} = openOver(name);
    socket.send('first');
    ['x'.repeat(40000), 'y'.repeat(20000), 'z'.repeat(20000), 'w'.repeat(100000), 'v'].forEach((text) => socket.send(text));
    for (let i = 0; i < 4; i++) {
      world.last('/xhr_send').end('', 204);
    }
    assert.deepStrictEqual(sentBatches(world, name).map((batch) => batch.map((text) => text[0] + text.length)),
      [['f5'], ['x40000', 'y20000'], ['z20000'], ['w100000'], ['v1']]);
  });
  test('what bounds a batch is its size on the wire', () => {
    const {world, socket} = openOver(name);
    socket.send('first');
    ['\u0000'.repeat(10000), '\u0001'.repeat(10000), '\u20ac'.repeat(10000), '\u20ac'.repeat(10000), 'e'].forEach((text) => socket.send(text));
    for (let i = 0; i < 4; i++) {
      world.last('/xhr_send').end('', 204);
    }
    assert.deepStrictEqual(sentBatches(world, name).map((batch) => batch.length), [1, 1, 1, 3]);
    world.requests.forEach((request) => assert.ok(Buffer.byteLength(request.body || '') <= 65536));
  });
  [200, 204, 1223].forEach((status) => test(`${status} is a success`, () => {
    const {world, socket} = openOver(name);
    socket.send('x');
    world.last('/xhr_send').end('', status);
    assert.deepStrictEqual([socket.readyState, socket.bufferedAmount], [1, 0]);
  }));
  [[404, /does not know the session/], [500, /status 500/], [0, /cut off/]].forEach(([status, reason]) => {
    test(`${status} ends the socket and aborts the receiver`, () => {
      const {world, socket, log} = openOver(name);
      socket.send('x');
      const receiver = world.requests.filter((request) => /\/xhr(_streaming)?\?/.test(request.url)).pop();
      world.last('/xhr_send').end('', status);
      assert.deepStrictEqual([log[1], log[2][1], log[2][3]], [['error'], 1006, false]);
      assert.match(log[2][2], reason);
      assert.strictEqual(receiver.aborted, true);
      assert.strictEqual(socket.bufferedAmount, 1);
    });
  });
}));

describe('bufferedAmount over websocket', () => {
  test('is what the browser still holds, and follows it down to 0', () => {
    const {world, socket} = openOver('websocket');
    world.webSockets[0].bufferedAmount = 7;
    socket.send('abc');
    assert.strictEqual(socket.bufferedAmount, 7);
    world.webSockets[0].bufferedAmount = 3;
    world.clock.pass(20);
    assert.strictEqual(socket.bufferedAmount, 3);
    world.webSockets[0].bufferedAmount = 0;
    world.clock.pass(20);
    assert.strictEqual(socket.bufferedAmount, 0);
    assert.deepStrictEqual(world.clock.timers, []);
  });
});

describe('events', () => {
  test('have the fields of the DOM\'s', () => {
    const {socket, deliver} = openOver('websocket');
    const seen = [];
    ['message', 'error', 'close'].forEach((type) => socket.addEventListener(type, (event) => seen.push(event)));
    deliver('a["x"]');
    deliver('c[1002,"no"]');
    assert.deepStrictEqual(seen.map((event) => event.type), ['message', 'error', 'close']);
    seen.forEach((event) => assert.deepStrictEqual([event.target, event.currentTarget, event.bubbles, event.cancelable],
      [socket, socket, false, false]));
    assert.deepStrictEqual([seen[0].data, seen[0].origin, seen[0].lastEventId], ['x', 'http://example.test', '']);
    assert.deepStrictEqual([seen[2].code, seen[2].reason, seen[2].wasClean], [1002, 'no', false]);
  });
  test('reach the property first, then the listeners in order, each once', () => {
    const {socket, deliver} = openOver('websocket');
    const order = [];
    const first = () => order.push('first');
    const object = {handleEvent(event) {
      order.push('object ' + event.data + (this === object));
    }};
    socket.addEventListener('message', first);
    socket.addEventListener('message', first);
    socket.addEventListener('message', object);
    socket.addEventListener('message', () => order.push('once'), {once: true});
    socket.onmessage = () => order.push('property');
    deliver('a["x"]');
    socket.removeEventListener('message', first);
    deliver('a["y"]');
    assert.deepStrictEqual(order, ['property', 'first', 'object xtrue', 'once', 'property', 'object ytrue']);
  });
  test('a listener that is removed while events run is not called any more, an added one not yet', () => {
    const {socket, deliver} = openOver('websocket');
    const order = [];
    const second = () => order.push('second');
    const late = () => order.push('late');
    socket.onmessage = null;
    socket.addEventListener('message', () => {
      order.push('first');
      socket.removeEventListener('message', second);
      socket.addEventListener('message', late);
    });
    socket.addEventListener('message', second);
    deliver('a["x"]');
    assert.deepStrictEqual(order, ['first']);
  });
  test('stopImmediatePropagation stops', () => {
    const {socket, deliver} = openOver('websocket');
    const order = [];
    socket.onmessage = (event) => event.stopImmediatePropagation();
    socket.addEventListener('message', () => order.push('listener'));
    deliver('a["x"]');
    assert.deepStrictEqual(order, []);
  });
  test('the page may dispatch its own', () => {
    const {socket} = openOver('websocket');
    const seen = [];
    socket.addEventListener('mine', (event) => seen.push(event.detail));
    assert.strictEqual(socket.dispatchEvent({type: 'mine', detail: 5}), true);
    assert.deepStrictEqual(seen, [5]);
    assert.throws(() => socket.dispatchEvent({}), {name: 'TypeError'});
  });
  test('a page that overwrites readyState does not confuse the socket', () => {
    const {world, socket} = openOver('websocket');
    socket.readyState = 3;
    socket.send('x');
    assert.strictEqual(world.webSockets[0].sent.length, 1);
  });
});
