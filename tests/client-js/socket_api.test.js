// The WebSocket interface: construction, send, events and the rules around them, over every transport.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {bundleUnderTest} = require('./support/bundle.js');
const {FakeBlob, FakeServer, openOver, openPage, openSocket, plain, transports} = require('./support/world.js');

describe('construction', () => {
  const {Encke} = openPage();
  const rows = [
    [[], 'TypeError'], [[''], null], [['/echo'], null], [['ws://a.test/'], null], [['ftp://a.test/'], 'SyntaxError'],
    [['/echo#x'], 'SyntaxError'], [['http://'], 'SyntaxError'],
    [['/echo', 'chat'], null], [['/echo', ['chat', 'superchat']], null], [['/echo', []], null], [['/echo', null], null],
    [['/echo', ''], 'SyntaxError'], [['/echo', 'a b'], 'SyntaxError'], [['/echo', ['a', 'a']], 'SyntaxError'],
    [['/echo', ['a', 'A']], null], [['/echo', 'a,b'], 'SyntaxError'], [['/echo', '\u00e9'], 'SyntaxError']
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
    ['wss://a.test/x?y=1', 0, 0, '', '', 'blob', '', null, null, null, null]);
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
    [[1, 2], '1,2'], ['\u{1f600}', '\u{1f600}'], ['a\ud83d', 'a\ufffd'], ['\ude00b', '\ufffdb'], ['"\\\u2028\u0000\r\n', '"\\\u2028\u0000\r\n']];
  rows.forEach(([value, sent]) => test(`${JSON.stringify(value)} arrives as ${JSON.stringify(sent)}`, () => {
    const {socket, session, clock} = openOver(name);
    socket.send(value);
    clock.pass(100);
    assert.deepStrictEqual(session.received, [sent]);
  }));
  test('without an argument it throws', () => {
    assert.throws(() => openOver(name).socket.send(), {name: 'TypeError'});
  });
  test('while connecting it is an InvalidStateError', () => {
    const {socket} = openSocket(openPage(), {transports: [name]});
    assert.throws(() => socket.send('x'), {name: 'InvalidStateError'});
  });
  test('after the end it only counts', () => {
    const {socket, session, clock} = openOver(name);
    session.close(3000, 'x');
    clock.pass(100);
    assert.strictEqual(socket.readyState, 3);
    socket.send('\u20ac');
    socket.send(new Uint8Array(3));
    assert.strictEqual(socket.bufferedAmount, 6);
    clock.pass(10000);
    assert.deepStrictEqual(session.received, []);
  });
  test('from inside of the open event it works', () => {
    const world = openPage({document: true, eventSource: true});
    const server = new FakeServer(world);
    const {socket} = openSocket(world, {transports: [name]});
    socket.onopen = () => socket.send('first');
    world.clock.pass(200);
    assert.deepStrictEqual(server.session.received, ['first']);
  });
}));

transports.forEach((name) => describe(`bytes over ${name}`, () => {
  const all = Uint8Array.from({length: 10}, (unused, i) => i * 25);
  const rows = [
    ['an ArrayBuffer', all.buffer, [...all]], ['an empty ArrayBuffer', new ArrayBuffer(0), []], ['a typed array', all, [...all]],
    ['a part of one', all.subarray(2, 5), [50, 75, 100]], ['a wider one', new Uint16Array([1, 258]), [1, 0, 2, 1]],
    ['a DataView', new DataView(all.buffer, 1, 2), [25, 50]], ['a Blob', new FakeBlob([all]), [...all]]
  ];
  rows.forEach(([what, value, expected]) => test(`${what} arrives as its bytes`, () => {
    const {socket, session, clock} = openOver(name);
    socket.send(value);
    clock.pass(100);
    assert.deepStrictEqual(session.received.map((message) => [...message]), [expected]);
  }));
  test('what the page does with a buffer after send changes nothing', () => {
    const {server, socket, session, clock} = openOver(name);
    const mine = Uint8Array.of(1, 2, 3);
    server.cutAll();
    socket.send(mine);
    mine.fill(9);
    clock.pass(5000);
    assert.deepStrictEqual([...session.received[0]], [1, 2, 3]);
  });
  for (let length = 0; length < 5; length++) {
    test(`${length} bytes arrive by binaryType as an ArrayBuffer or a Blob, text beside them as text`, () => {
      const {socket, session, log, clock} = openOver(name);
      const bytes = Buffer.from([255, 0, 128, 10].slice(0, length));
      session.send('before', bytes, 'behind');
      clock.pass(100);
      socket.binaryType = 'blob';
      session.send(bytes);
      clock.pass(100);
      assert.deepStrictEqual(log.slice(1).map((entry) => entry[1]), ['before', [...bytes], 'behind', ['blob', ...bytes]]);
    });
  }
  test('what is sent behind a Blob waits for it, the close too', () => {
    const {socket, session, log, clock} = openOver(name);
    socket.send('before');
    socket.send(new FakeBlob([Uint8Array.of(1)]));
    socket.send('between');
    socket.send(new FakeBlob([Uint8Array.of(2)]));
    socket.send('behind');
    assert.ok(socket.bufferedAmount >= 15);
    socket.close(3000, 'all');
    clock.pass(500);
    assert.deepStrictEqual(session.received.map(plain), ['before', [1], 'between', [2], 'behind']);
    assert.deepStrictEqual(log, [['open'], ['close', 3000, 'all', true]]);
  });
  test('a Blob that cannot be read is left out, and holds nothing up', () => {
    const {socket, session, clock} = openOver(name);
    socket.send(Object.assign(new FakeBlob([]), {broken: true}));
    socket.send('behind');
    clock.pass(100);
    assert.deepStrictEqual(session.received, ['behind']);
  });
  test('a page without typed arrays sends arrays of bytes; other arrays are text', () => {
    const {socket, session, clock} = openOver(name, {page: {binary: false}});
    const mine = [1, 0, 255];
    const given = [mine, [], [256], [-1], [1.5], ['1'], [1, [2]], 'text'];
    given.forEach((value) => socket.send(value));
    assert.ok(socket.bufferedAmount > 0 || name === 'websocket');
    mine[0] = 9;
    clock.pass(1000);
    assert.deepStrictEqual(session.received.map(plain), [[1, 0, 255], [], '256', '-1', '1.5', '1', '1,2', 'text']);
    assert.strictEqual(socket.bufferedAmount, 0);
  });
  test('a page without typed arrays gets an array of numbers', () => {
    const {session, log, clock, world} = openOver(name, {page: {binary: false}});
    session.send(Buffer.of(7, 255));
    clock.pass(100);
    assert.deepStrictEqual(clock.errors, []);
    assert.deepStrictEqual(log.slice(1), [['message', [7, 255]]]);
    assert.strictEqual(world.context.Uint8Array, undefined);
  });
}));

describe('a Blob where there is no FileReader', () => {
  const page = {install: (context) => delete context.FileReader};
  test('reads itself', async () => {
    const {socket, session, clock} = openOver('xhr_stream', {page});
    const blob = new Blob([Uint8Array.of(1, 2, 3)]);
    socket.send(blob);
    socket.send('behind');
    await blob.arrayBuffer();
    await new Promise(setImmediate);
    clock.pass(200);
    assert.deepStrictEqual(session.received.map(plain), [[1, 2, 3], 'behind']);
  });
  test('and cannot, is text', () => {
    const {socket, session, clock} = openOver('xhr_stream', {page});
    socket.send(new FakeBlob([]));
    clock.pass(200);
    assert.deepStrictEqual(session.received, ['[object Blob]']);
  });
});

describe('bufferedAmount', () => {
  test('over websocket is what the browser still holds, and follows it down to 0', () => {
    const {world, socket, clock} = openOver('websocket');
    const native = world.webSockets[0];
    native.bufferedAmount = 7;
    socket.send('abc');
    assert.strictEqual(socket.bufferedAmount, 7);
    native.bufferedAmount = 3;
    clock.pass(20);
    assert.strictEqual(socket.bufferedAmount, 3);
    native.bufferedAmount = 0;
    clock.pass(20);
    assert.strictEqual(socket.bufferedAmount, 0);
  });
  ['xhr_stream', 'xhr_poll', 'jsonp'].forEach((name) => test(`over ${name} is what no POST has delivered yet`, () => {
    const {socket, clock} = openOver(name);
    socket.send('12345');
    assert.strictEqual(socket.bufferedAmount, 5);
    socket.send('\u20ac');
    socket.send(Uint8Array.of(1, 2, 3, 4));
    assert.strictEqual(socket.bufferedAmount, 12);
    clock.pass(20);
    assert.strictEqual(socket.bufferedAmount, 7);
    clock.pass(100);
    assert.strictEqual(socket.bufferedAmount, 0);
  }));
  test('what was sent and has to go again counts while it waits', () => {
    const {server, socket, clock} = openOver('websocket');
    server.weather = () => 'swallow';
    server.live().forEach((link) => link.stall());
    socket.send('12345');
    assert.strictEqual(socket.bufferedAmount, 0);
    clock.pass(31000);
    assert.strictEqual(socket.bufferedAmount, 5);
    server.weather = () => undefined;
    clock.pass(20000);
    assert.strictEqual(socket.bufferedAmount, 0);
  });
});

describe('what leaves', () => {
  test('is ASCII where code points are known to be lost', () => {
    const {world, socket, clock, session} = openOver('websocket');
    socket.send('\ufeff\u2013\u2029\ud83d\ude00');
    assert.strictEqual(world.webSockets[0].sent[1], 'a["\\ufeff\u2013\\u2029\\ud83d\\ude00"]');
    clock.pass(100);
    assert.deepStrictEqual(session.received, ['\ufeff\u2013\u2029\ud83d\ude00']);
  });
  test('over HTTP: one POST at a time; what comes meanwhile goes with the next, in order', () => {
    const {socket, session, clock} = openOver('xhr_stream');
    ['a', 'b', 'c'].forEach((message) => socket.send(message));
    clock.pass(100);
    assert.deepStrictEqual(session.bodies, [[0, 'a["a"]'], [1, 'a["b","c"]']]);
  });
  ['jsonp', 'forever_frame'].forEach((name) => test(`over ${name} in a page that has no body yet, too`, () => {
    const world = openPage({document: true});
    const server = new FakeServer(world);
    const {body} = world.document;
    world.document.body = null;
    const {socket} = openSocket(world, {transports: [name]});
    world.clock.pass(200);
    socket.send('a');
    world.document.body = body;
    world.clock.pass(200);
    socket.send('b');
    world.clock.pass(200);
    assert.deepStrictEqual([server.session.received, world.clock.errors], [['a', 'b'], []]);
    assert.deepStrictEqual(world.document.documentElement.children.filter((child) => child.tagName === 'form'), []);
  }));
  test('a script that is not waited for any more keeps its name until it has run', () => {
    const {world, socket, clock} = openOver('jsonp');
    const poll = world.document.head.children.find((element) => /jsonp/.test(element.src));
    socket.close();
    clock.pass(200);
    assert.deepStrictEqual([socket.readyState, world.document.head.children], [3, []]);
    assert.ok(Object.keys(world.Encke.calls).every((key) => world.Encke.calls[key]('["late"]') === undefined));
    poll.onload({});
    assert.ok(Object.keys(world.Encke.calls).every((key) => !poll.src.endsWith(`.${key}`)), 'and no longer');
  });
  test('a form brings frames too, with the line ends that browsers make of them (6.4)', () => {
    const {socket, session, clock} = openOver('jsonp');
    socket.send('a');
    ['b', 'c', Uint8Array.of(0), 'd'].forEach((message) => socket.send(message));
    clock.pass(200);
    assert.deepStrictEqual(session.bodies, [[0, 'a["a"]'], [1, 'a["b","c"]\r\nbAA\r\na["d"]']]);
  });
});

describe('events', () => {
  test('have the fields of the DOM\'s', () => {
    const {socket, session, clock} = openOver('websocket');
    const seen = [];
    ['message', 'error', 'close'].forEach((type) => socket.addEventListener(type, (event) => seen.push({...event})));
    session.send('x');
    clock.pass(100);
    session.close(1002, 'no');
    clock.pass(100);
    assert.deepStrictEqual(seen.map((event) => event.type), ['message', 'error', 'close']);
    seen.forEach((event) => assert.deepStrictEqual([event.target, event.currentTarget, event.eventPhase, event.bubbles,
      event.cancelable], [socket, socket, 2, false, false]));
    assert.deepStrictEqual([seen[0].data, seen[0].origin, seen[0].lastEventId], ['x', 'ws://example.test', '']);
    assert.deepStrictEqual([seen[2].code, seen[2].reason, seen[2].wasClean], [1002, 'no', false]);
  });
  test('reach the property first, then the listeners in order, each once', () => {
    const {socket, session, clock} = openOver('websocket');
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
    session.send('x');
    clock.pass(100);
    socket.removeEventListener('message', first);
    session.send('y');
    clock.pass(100);
    assert.deepStrictEqual(order, ['property', 'first', 'object xtrue', 'once', 'property', 'object ytrue']);
  });
  test('a listener that is removed while events run is not called any more, an added one not yet', () => {
    const {socket, session, clock} = openOver('websocket');
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
    session.send('x');
    clock.pass(100);
    assert.deepStrictEqual(order, ['first']);
  });
  test('a signal takes its listener away, and one that has come already adds none', () => {
    const {socket} = openOver('websocket');
    const ending = new AbortController();
    let calls = 0;
    socket.addEventListener('mine', () => calls++, {signal: ending.signal});
    socket.dispatchEvent({type: 'mine'});
    ending.abort();
    socket.dispatchEvent({type: 'mine'});
    socket.addEventListener('mine', () => calls++, {signal: ending.signal});
    socket.dispatchEvent({type: 'mine'});
    assert.strictEqual(calls, 1);
  });
  test('one that is being dispatched is not dispatched again', () => {
    const {socket} = openOver('websocket');
    const seen = [];
    socket.addEventListener('mine', (event) => {
      try {
        socket.dispatchEvent(event);
      } catch (error) {
        seen.push(error.name);
      }
    });
    const event = {type: 'mine'};
    socket.dispatchEvent(event);
    socket.dispatchEvent(event);
    assert.deepStrictEqual(seen, ['InvalidStateError', 'InvalidStateError']);
  });
  test('handlers that throw reach the page\'s own error handler, and nothing else notices', () => {
    const {socket, session, log, clock} = openOver('xhr_stream');
    socket.onmessage = () => {
      throw new Error('mine');
    };
    session.send('a', 'b');
    clock.pass(200);
    socket.send('after');
    socket.onmessage = (event) => log.push(event.data);
    session.send('c');
    clock.pass(200);
    assert.deepStrictEqual([log, session.received, clock.errors.map((error) => error.message)], [[['open'], 'c'], ['after'], ['mine', 'mine']]);
  });
  test('stopImmediatePropagation stops', () => {
    const {socket, session, clock} = openOver('websocket');
    const order = [];
    socket.onmessage = (event) => event.stopImmediatePropagation();
    socket.addEventListener('message', () => order.push('listener'));
    session.send('x');
    clock.pass(100);
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
  ['', '"use strict";'].forEach((prefix) => test(`the browser's own events, which show no other target, too ${prefix && '(in a module)'}`, () => {
    const {socket} = openOver('websocket', {page: {bundle: prefix + bundleUnderTest()}});
    const seen = [];
    socket.addEventListener('mine', (event) => seen.push(event.type));
    assert.strictEqual(socket.dispatchEvent(new Event('mine')), true);
    assert.strictEqual(socket.dispatchEvent(Object.freeze({type: 'mine'})), true);
    assert.deepStrictEqual(seen, ['mine', 'mine']);
  }));
  test('one that was stopped goes its way when it is dispatched again', () => {
    const {socket, session, clock} = openOver('websocket');
    const seen = [];
    socket.onmessage = (event) => {
      seen.push(event);
      event.stopImmediatePropagation();
    };
    session.send('x');
    clock.pass(100);
    socket.dispatchEvent(seen[0]);
    assert.strictEqual(seen.length, 2);
  });
  test('a page that overwrites readyState does not confuse the socket', () => {
    const {socket, session, clock} = openOver('websocket');
    socket.readyState = 3;
    socket.send('x');
    clock.pass(100);
    assert.deepStrictEqual(session.received, ['x']);
  });
});
