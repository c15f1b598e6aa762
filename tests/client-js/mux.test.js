// Encke.Mux: the WebSocket interface of its sockets, their windows, what goes wrong, and the session below them (docs/mux.md).
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {MuxServer} = require('./support/mux_server.js');
const {FakeBlob, FakeServer, openPage, plain, transports} = require('./support/world.js');

/** A page with a Mux and the server behind it. */
function begin({page, options, server: serverOptions, ...how} = {}) {
  const world = openPage({document: true, binary: true, eventSource: true, extras: ['mux'], ...page});
  const server = new FakeServer(world, serverOptions);
  const far = new MuxServer(server, how);
  const mux = new world.Encke.Mux('/mux', options);
  return {world, server, far, mux, pass: (time = 300) => world.clock.pass(time)};
}

/** A socket, and its events as [type, detail...]. */
function listen(mux, path, protocols, options) {
  const log = [];
  const socket = mux.socket(path, protocols, options);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => log.push(['open', socket.protocol]);
  socket.onmessage = (event) => log.push(['message', plain(event.data)]);
  socket.onerror = (event) => log.push(['error', event.message]);
  socket.onclose = (event) => log.push(['close', event.code, event.reason, event.wasClean]);
  return {socket, log};
}

transports.forEach((name) => test(`over ${name}: two sockets over one session, text and bytes both ways, and the end`, () => {
  const {server, far, mux, pass} = begin({options: {transports: [name]}});
  const one = listen(mux, '/a', ['v1', 'v2'], {token: 'secret'});
  const two = listen(mux, '/b?x=1');
  pass();
  assert.strictEqual(server.all.length, 1);
  assert.deepStrictEqual(far.streams.get(1).open, {stream: 1, type: 'OPEN', more: false, window: 262144, path: '/a', token: 'secret', protocols: ['v1', 'v2']});
  assert.strictEqual(far.streams.get(3).path, '/b?x=1');
  one.socket.send('hello \u20ac\ud83d\ude00\ud800');
  two.socket.send(new Uint8Array([0, 255]).buffer);
  pass();
  assert.deepStrictEqual([far.streams.get(1).got, far.streams.get(3).got], [['hello \u20ac\ud83d\ude00\ufffd'], [[0, 255]]]);
  far.text(1, 'down \u20ac');
  far.say(3, 'BINARY', null, [1, 2]);
  far.close(3, 4001, 'enough \u20ac');
  pass();
  one.socket.close(3001, 'bye');
  assert.strictEqual(one.socket.readyState, 2);
  pass();
  assert.deepStrictEqual(one.log, [['open', ''], ['message', 'down \u20ac'], ['close', 3001, '', true]]);
  assert.deepStrictEqual(two.log, [['open', ''], ['message', [1, 2]], ['close', 4001, 'enough \u20ac', true]]);
  assert.deepStrictEqual([far.streams.get(1).closed, far.streams.get(3).closed], [[3001, 'bye'], [1000, '']]);
  assert.strictEqual(mux.transport, name);
}));

test('in a browser without typed arrays bytes are arrays of numbers', () => {
  const {far, mux, pass} = begin({page: {binary: false}});
  const {socket, log} = listen(mux, '/a');
  log.length = 0;
  socket.onmessage = (event) => log.push(Array.from(event.data));
  pass();
  socket.send([0, 128, 255]);
  socket.send('\u20ac');
  pass();
  far.say(1, 'BINARY', null, [9, 255, 0]);
  pass();
  assert.deepStrictEqual(far.streams.get(1).got, [[0, 128, 255], '\u20ac']);
  assert.deepStrictEqual(log.slice(-1), [[9, 255, 0]]);
});

describe('the interface of WebSocket', () => {
  test('before it is open', () => {
    const {mux} = begin();
    const {socket} = listen(mux, 'ws://example.test/a?b#c');
    assert.deepStrictEqual([socket.url, socket.readyState, socket.bufferedAmount, socket.protocol, socket.extensions], ['ws://example.test/a?b', 0, 0, '', '']);
    assert.deepStrictEqual([socket.CONNECTING, socket.OPEN, socket.CLOSING, socket.CLOSED], [0, 1, 2, 3]);
    assert.throws(() => socket.send('x'), {name: 'InvalidStateError'});
  });
  test('what it refuses', () => {
    const {mux} = begin();
    assert.throws(() => mux.socket('/a', ['v 1']), {name: 'SyntaxError'});
    assert.throws(() => mux.socket('/a', ['v1', 'v1']), {name: 'SyntaxError'});
    assert.throws(() => mux.socket('a'), {name: 'SyntaxError'});
    const {socket} = listen(mux, '/a');
    [1001, 2999, 5000, 'x'].forEach((code) => assert.throws(() => socket.close(code), {name: 'InvalidAccessError'}));
    assert.throws(() => socket.close(1000, '\u20ac'.repeat(42)), {name: 'SyntaxError'});
  });
  test('close() before it is open fails it, and tells the server', () => {
    const {far, mux, pass} = begin({holds: ['/a']});
    const {socket, log} = listen(mux, '/a');
    pass();
    socket.close();
    assert.strictEqual(socket.readyState, 2);
    pass();
    assert.deepStrictEqual(log, [['error', 'closed before it was open'], ['close', 1006, 'closed before it was open', false]]);
    assert.deepStrictEqual(far.said(), ['1 OPEN', '1 CLOSE 1000']);
    far.opened(1);
    pass();
    assert.strictEqual(log.length, 2);
  });
  test('close() without a code is 1005 at both ends', () => {
    const {far, mux, pass} = begin();
    const {socket, log} = listen(mux, '/a');
    pass();
    socket.close();
    pass();
    assert.deepStrictEqual([far.streams.get(1).closed, log[1]], [[1005, ''], ['close', 1005, '', true]]);
  });
  test('close() goes behind what was sent; what comes meanwhile is not told', () => {
    const {far, mux, pass} = begin();
    const {socket, log} = listen(mux, '/a');
    pass();
    far.said();
    socket.send('x'.repeat(20000));
    socket.close(1000);
    far.text(1, 'too late');
    socket.send('too late');
    pass();
    assert.deepStrictEqual(far.said(), ['1 TEXT+ 16384', '1 TEXT 3616', '1 CLOSE 1000']);
    assert.deepStrictEqual(log.slice(1), [['close', 1000, '', true]]);
    assert.strictEqual(socket.bufferedAmount, 8);
  });
  test('a refusal is an error, with what the server said of it', () => {
    const {far, mux, pass} = begin({holds: ['/a']});
    const {log} = listen(mux, '/a');
    pass();
    far.close(1, 1008, 'not carried');
    pass();
    assert.deepStrictEqual(log, [['error', 'not carried'], ['close', 1008, 'not carried', false]]);
    assert.deepStrictEqual(far.said(), ['1 OPEN']);
  });
  test('listeners: once, removal, objects, and one that throws', () => {
    const {far, mux, pass} = begin();
    const {socket} = listen(mux, '/a');
    const got = [];
    const gone = () => got.push('gone');
    socket.onmessage = (event) => got.push(['handler', event.type, event.target === socket]);
    socket.addEventListener('message', (event) => got.push(['once', event.data]), {once: true});
    socket.addEventListener('message', gone);
    socket.addEventListener('message', {handleEvent: (event) => got.push(['object', event.data])});
    socket.removeEventListener('message', gone);
    pass();
    far.text(1, 'a');
    far.text(1, 'b');
    pass();
    assert.deepStrictEqual(got, [['handler', 'message', true], ['once', 'a'], ['object', 'a'], ['handler', 'message', true], ['object', 'b']]);
  });
  test('a Blob is sent in its place, and bytes come as one where the page says nothing', () => {
    const {far, mux, pass} = begin();
    const {socket, log} = listen(mux, '/a');
    socket.binaryType = 'blob';
    pass();
    socket.send(new FakeBlob([new Uint8Array([7, 8])]));
    socket.send('behind');
    assert.strictEqual(socket.bufferedAmount, 8);
    pass();
    far.say(1, 'BINARY', null, [1, 2]);
    pass();
    assert.deepStrictEqual(far.streams.get(1).got, [[7, 8], 'behind']);
    assert.deepStrictEqual(log[1], ['message', ['blob', 1, 2]]);
    assert.strictEqual(socket.bufferedAmount, 0);
  });
});

describe('windows', () => {
  test('no more goes up than the server takes, in pieces, and other sockets pass', () => {
    const {far, mux, pass} = begin({stops: ['/slow'], window: 20000});
    const slow = listen(mux, '/slow');
    const quick = listen(mux, '/quick');
    pass();
    far.said();
    slow.socket.send('x'.repeat(100000));
    quick.socket.send('one');
    pass();
    assert.deepStrictEqual(far.said(), ['1 TEXT+ 16384', '1 TEXT+ 3520', '3 TEXT 3']);
    assert.strictEqual(slow.socket.bufferedAmount, 100000 - 16384 - 3520);
    far.say(1, 'CREDIT', 303);
    pass();
    assert.deepStrictEqual(far.said(), []);
    far.say(1, 'CREDIT', 1);
    pass();
    assert.deepStrictEqual(far.said(), ['1 TEXT+ 256']);
    far.say(1, 'CREDIT', 200000);
    pass();
    assert.strictEqual(far.streams.get(1).got[0].length, 100000);
    assert.strictEqual(slow.socket.bufferedAmount, 0);
  });
  test('several with something to send take turns', () => {
    const {far, mux, pass} = begin({window: 1000000, options: {transports: ['xhr_poll']}});
    const [one, two] = [listen(mux, '/a'), listen(mux, '/b')];
    pass();
    far.said();
    one.socket.send('x'.repeat(16384 * 12));
    two.socket.send('y'.repeat(16384 * 4));
    pass(2000);
    assert.strictEqual(far.said().map((line) => line[0]).join(''), '11111111' + '13131313', 'the session has taken 128 KiB by then');
    assert.deepStrictEqual([far.streams.get(1).got[0].length, far.streams.get(3).got[0].length], [16384 * 12, 16384 * 4]);
  });
  test('the server gets its credit back when half of the window was taken', () => {
    const {far, mux, pass} = begin({options: {window: 2048}});
    const {log} = listen(mux, '/a');
    pass();
    far.said();
    far.text(1, 'x'.repeat(975));
    pass();
    assert.deepStrictEqual(far.said(), []);
    far.text(1, '');
    pass();
    assert.deepStrictEqual(far.said(), ['1 CREDIT 1071']);
    assert.strictEqual(log.length, 3);
  });
  test('pause() holds messages and credit, resume() brings them in order, others go on', () => {
    const {far, mux, pass} = begin({options: {window: 2048}});
    const [one, two] = [listen(mux, '/a'), listen(mux, '/b')];
    pass();
    far.said();
    one.socket.pause();
    ['a', 'b', 'c'].forEach((text) => far.text(1, text.repeat(400)));
    far.text(3, 'z'.repeat(1400));
    pass();
    assert.deepStrictEqual([one.log.length, two.log.length, far.said()], [1, 2, ['3 CREDIT 1448']]);
    one.socket.resume();
    assert.strictEqual(one.log.length, 1);
    pass();
    assert.deepStrictEqual([one.log.slice(1).map(([, text]) => text[0]), far.said()], [['a', 'b', 'c'], ['1 CREDIT 1344']]);
  });
  test('a pause() behind a resume() holds', () => {
    const {far, mux, pass} = begin();
    const {socket, log} = listen(mux, '/a');
    pass();
    socket.pause();
    far.text(1, 'held');
    pass();
    socket.resume();
    socket.pause();
    pass();
    assert.strictEqual(log.length, 1);
    socket.resume();
    pass();
    assert.deepStrictEqual(log.slice(1), [['message', 'held']]);
  });
  test('what a paused page holds comes before its end', () => {
    const {far, mux, pass} = begin();
    const {socket, log} = listen(mux, '/a');
    pass();
    socket.pause();
    far.text(1, 'held');
    far.close(1, 1000);
    pass();
    assert.deepStrictEqual(log.slice(1), [['message', 'held'], ['close', 1000, '', true]]);
  });
});

describe('after close()', () => {
  test('no socket opens any more, while others still close', () => {
    const {far, mux, pass} = begin();
    const {socket} = listen(mux, '/a');
    const late = [];
    const ends = [];
    mux.onclose = (event) => ends.push(event.code);
    pass();
    far.answers = false;
    socket.onclose = () => late.push(listen(mux, '/a'));
    mux.close(1000, 'done');
    late.push(listen(mux, '/b'));
    pass();
    assert.deepStrictEqual(late[0].log, [['error', 'the session has been closed'], ['close', 1006, 'the session has been closed', false]]);
    assert.strictEqual(far.streams.size, 1);
    far.close(1, 1000);
    pass();
    assert.deepStrictEqual([far.streams.size, ends], [1, [1000]]);
  });
  test('a reason that is too long is refused at once, and sub-protocols that are too many', () => {
    const {mux, pass} = begin();
    const {log} = listen(mux, '/a');
    const ends = [];
    mux.onclose = (event) => ends.push([event.code, event.reason.length]);
    pass();
    assert.throws(() => mux.close(1000, 'x'.repeat(124)), {name: 'SyntaxError'});
    assert.throws(() => mux.socket('/a', Array.from({length: 33}, (none, i) => `p${i}`)), {name: 'SyntaxError'});
    assert.throws(() => mux.socket('/a', [], {token: 'x'.repeat(16384)}), {name: 'SyntaxError'});
    pass();
    assert.deepStrictEqual(log, [['open', '']]);
    mux.close(1000, 'x'.repeat(123));
    pass();
    assert.deepStrictEqual(ends, [[1000, 123]]);
  });
});

describe('what the server does wrong', () => {
  const rows = [['more than the window', (far) => far.text(1, 'x'.repeat(1024)), 1002], ['text that is none', (far) => far.say(1, 'TEXT', null, [255]), 1007],
    ['a message that changes its kind', (far) => {
      far.text(1, 'x', true);
      far.say(1, 'BINARY', null, [1]);
    }, 1002]];
  rows.forEach(([what, act, code]) => test(`${what} closes that socket alone, with 1006 here and ${code} there`, () => {
    const {far, mux, pass} = begin({options: {window: 1024}});
    const [one, two] = [listen(mux, '/a'), listen(mux, '/b')];
    pass();
    act(far);
    pass();
    assert.deepStrictEqual(one.log.slice(1).map((entry) => entry.slice(0, 2)), [['error', one.log[1][1]], ['close', 1006]]);
    assert.strictEqual(far.streams.get(1).closed[0], code);
    far.text(3, 'on');
    pass();
    assert.deepStrictEqual(two.log[1], ['message', 'on']);
  }));
  test('what is no frame ends the session', () => {
    const {far, mux, pass} = begin();
    const {log} = listen(mux, '/a');
    pass();
    far.session.send(Buffer.from([1, 9]));
    pass();
    assert.strictEqual(far.session.closedBy[0], 3002);
    assert.strictEqual(log[log.length - 1][0], 'close');
  });
});

describe('the session', () => {
  test('when it is lost every socket closes once, and the next one opens another session', () => {
    const {server, far, mux, pass} = begin();
    const [one, two] = [listen(mux, '/a'), listen(mux, '/b')];
    const events = [];
    mux.onclose = (event) => events.push(event.code);
    pass();
    far.session.close(1001, 'going');
    pass();
    assert.deepStrictEqual([one.log[one.log.length - 1].slice(0, 3), two.log[two.log.length - 1].slice(0, 3), events],
      [['close', 1001, 'going'], ['close', 1001, 'going'], [1001]]);
    const again = listen(mux, '/c');
    pass();
    assert.deepStrictEqual([server.all.length, again.log, far.streams.get(1).path], [2, [['open', '']], '/c']);
  });
  test('a broken connection is resumed, and nothing of any socket is lost', () => {
    const {server, far, mux, pass} = begin({options: {transports: ['websocket']}});
    const {socket, log} = listen(mux, '/a');
    const events = [];
    mux.oninterrupt = () => events.push('interrupt');
    mux.addEventListener('resume', () => events.push('resume'));
    pass();
    server.cutAll();
    socket.send('up');
    far.text(1, 'down');
    pass(20000);
    assert.deepStrictEqual([far.streams.get(1).got, log.slice(1), events], [['up'], [['message', 'down']], ['interrupt', 'resume']]);
  });
  test('close() closes every socket, those that are opening too, and then itself; no other opens', () => {
    const {far, mux, pass} = begin({holds: ['/b']});
    const [one, two] = [listen(mux, '/a'), listen(mux, '/b')];
    pass();
    one.socket.send('last');
    assert.throws(() => mux.close(1001), {name: 'InvalidAccessError'});
    mux.close(3005, 'done');
    assert.strictEqual(one.socket.readyState, 2);
    pass();
    assert.deepStrictEqual([far.streams.get(1).got, one.log[1], two.log[1].slice(0, 2), far.session.closedBy], [['last'], ['close', 1000, '', true],
      ['close', 1006], [3005, 'done']]);
    const late = listen(mux, '/a');
    pass();
    assert.deepStrictEqual(late.log, [['error', 'the session has been closed'], ['close', 1006, 'the session has been closed', false]]);
  });
  test('options that cannot be are refused', () => {
    const {world} = begin();
    ['share', 'reload', 'reconnect'].forEach((name) => assert.throws(() => new world.Encke.Mux('/mux', {[name]: true}), /not for Encke\.Mux/));
    assert.throws(() => world.Encke.Mux('/mux'), {name: 'TypeError'});
  });
  test('mux.Socket and install() are for clients that make their own', () => {
    const {world, far, mux, pass} = begin();
    const before = world.context.WebSocket;
    const made = new mux.Socket('ws://example.test/a', 'v1');
    mux.install(['/b']);
    const carried = new world.context.WebSocket('ws://example.test/b?c');
    pass();
    assert.deepStrictEqual([far.streams.get(1).path, far.streams.get(3).path, made.readyState, carried.readyState], ['/a', '/b?c', 1, 1]);
    assert.ok(made instanceof mux.Socket);
    assert.deepStrictEqual([mux.Socket.OPEN, world.context.WebSocket.CLOSED], [1, 3]);
    new world.context.WebSocket('ws://other.test/b');
    assert.strictEqual(world.webSockets.length, 2, 'the session\'s own, and one to another server');
    mux.uninstall();
    assert.strictEqual(world.context.WebSocket, before);
  });
});
