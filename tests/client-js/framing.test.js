// Frames, from every transport, whole and cut at every place; and what is wrong with a frame or a response.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {openOver, openPage, openSocket} = require('./support/world.js');

const prelude = 'h'.repeat(2048) + '\n';
const transports = ['websocket', 'xhr_stream', 'xhr_poll'];

transports.forEach((name) => describe(`frames over ${name}`, () => {
  const after = (...frames) => {
    const page = openOver(name);
    frames.forEach((frame) => page.deliver(frame));
    return page;
  };

  test('o opens', () => {
    const {socket, log} = after();
    assert.deepStrictEqual(log, [['open']]);
    assert.strictEqual(socket.readyState, 1);
    assert.strictEqual(socket.transport, name);
  });
  test('a brings messages in order, m brings one, h brings none', () => {
    const {log} = after('a["one","two"]', 'h', 'm"three"', 'a[]', 'a["","\\u0000\\"\\u2028\\ud83d\\ude00"]');
    assert.deepStrictEqual(log.slice(1).map((entry) => entry[1]), ['one', 'two', 'three', '', '\u0000"\u2028\u{1f600}']);
  });
  test('c closes cleanly with the server\'s code and reason', () => {
    const {socket, log} = after('c[3000,"Go away!"]');
    assert.deepStrictEqual(log, [['open'], ['close', 3000, 'Go away!', true]]);
    assert.strictEqual(socket.readyState, 3);
  });
  test('c with a code that is no application\'s is not clean', () => {
    assert.deepStrictEqual(after('c[1002,"Connection interrupted"]').log,
      [['open'], ['error'], ['close', 1002, 'Connection interrupted', false]]);
  });
  test('what comes behind a c is dropped, and no request follows', () => {
    const page = openOver(name);
    const before = page.world.requests.length;
    const frames = ['c[3000,"x"]', 'a["late"]'];
    if (name === 'websocket') {
      frames.forEach((frame) => page.world.webSockets[0].onmessage({data: frame}));
    } else {
      page.world.last(name === 'xhr_poll' ? '/xhr' : '/xhr_streaming').end(frames.join('\n') + '\n');
    }
    page.world.clock.pass(60000);
    assert.deepStrictEqual(page.log, [['open'], ['close', 3000, 'x', true]]);
    assert.strictEqual(page.world.requests.length, before);
  });
  test('a second o means that the session is lost', () => {
    assert.deepStrictEqual(after('o').log.slice(1), [['error'], ['close', 1006, 'the server lost the session', false]]);
  });
  ['x', 'a', 'a[', 'a{}', 'a"x"', 'a["x"', 'c', 'c{}', 'mx', 'A["x"]', '[]'].forEach((frame) => {
    test(`the damaged frame ${frame} ends it with a reason`, () => {
      const {log} = after(frame);
      assert.strictEqual(log.length, 3);
      assert.deepStrictEqual([log[2][1], log[2][3]], [1006, false]);
      assert.match(log[2][2], /frame/);
    });
  });
  test('after an exception in the page the next message still comes', () => {
    const {world, socket, log, deliver} = openOver(name);
    socket.addEventListener('message', () => {
      throw new Error('the page\'s own');
    });
    deliver('a["one","two"]');
    world.clock.pass(1);
    assert.deepStrictEqual(log.slice(1), [['message', 'one'], ['message', 'two']]);
    assert.deepStrictEqual(world.clock.errors.map((error) => error.message), ['the page\'s own', 'the page\'s own']);
  });
}));

describe('a stream in pieces', () => {
  const stream = prelude.substring(2040) + 'o\na["one","t\\u0077o"]\nh\na["three"]\n';

  function run(pieces) {
    const world = openPage();
    const {log} = openSocket(world, {transports: ['xhr_stream']});
    world.answerInfo();
    world.last('/xhr_streaming').progress('h'.repeat(2040));
    pieces.forEach((piece) => world.last('/xhr_streaming').progress(piece));
    return log;
  }
  const expected = [['open'], ['message', 'one'], ['message', 'two'], ['message', 'three']];

  test('byte by byte', () => assert.deepStrictEqual(run([...stream]), expected));
  test('cut in two at every place', () => {
    for (let at = 0; at <= stream.length; at++) {
      assert.deepStrictEqual(run([stream.substring(0, at), stream.substring(at)]), expected, `cut at ${at}`);
    }
  });
  test('cut in three at every two places', () => {
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second++) {
        assert.deepStrictEqual(run([stream.substring(0, first), stream.substring(first, second), stream.substring(second)]), expected);
      }
    }
  });
  test('all of it with the end of the response, in a browser that shows nothing before', () => {
    const world = openPage();
    const {log} = openSocket(world, {transports: ['xhr_stream']});
    world.answerInfo();
    world.last('/xhr_streaming').end('h'.repeat(2040) + stream);
    assert.deepStrictEqual(log, expected);
  });
  test('a stream without a prelude works too', () => {
    const world = openPage();
    const {log} = openSocket(world, {transports: ['xhr_stream']});
    world.answerInfo();
    world.last('/xhr_streaming').progress('o\n');
    assert.deepStrictEqual(log, [['open']]);
  });
});

describe('responses one after the other', () => {
  test('at its limit a stream is opened again, for the same session', () => {
    const {world, log} = openOver('xhr_stream');
    const first = world.last('/xhr_streaming');
    first.end('a["one"]\n');
    const second = world.last('/xhr_streaming');
    assert.notStrictEqual(second, first);
    assert.strictEqual(second.url.split('?')[0], first.url.split('?')[0]);
    second.progress(prelude + 'a["two"]\n');
    assert.deepStrictEqual(log.slice(1), [['message', 'one'], ['message', 'two']]);
  });
  test('a poll is repeated at once, for the same session, with an empty body', () => {
    const {world} = openOver('xhr_poll');
    const polls = world.requests.filter((request) => request.url.includes('/xhr?'));
    assert.strictEqual(polls.length, 2);
    assert.strictEqual(polls[0].url.split('?')[0], polls[1].url.split('?')[0]);
    assert.deepStrictEqual([polls[1].method, polls[1].body], ['POST', null]);
  });
  ['xhr_stream', 'xhr_poll'].forEach((name) => {
    const leaf = name === 'xhr_poll' ? '/xhr' : '/xhr_streaming';
    const rows = [
      ['a cut in the middle of a frame', (request) => request.end('a["on'), /middle of a frame/],
      ['a 404', (request) => request.end('', 404), /nothing at this address/],
      ['a 403', (request) => request.end('', 403), /origin/],
      ['a 500', (request) => request.end('', 500), /status 500/],
      ['a connection that breaks', (request) => request.fail(), /cut off/]
    ];
    if (name === 'xhr_poll') {
      rows.push(['an empty response', (request) => request.end(''), /middle of a frame/]);
    }
    rows.forEach(([what, act, reason]) => test(`${what} ends ${name}`, () => {
      const {world, log} = openOver(name);
      act(world.last(leaf));
      assert.deepStrictEqual([log[1], log[2][1], log[2][3]], [['error'], 1006, false]);
      assert.match(log[2][2], reason);
      const before = world.requests.length;
      world.clock.pass(60000);
      assert.strictEqual(world.requests.length, before);
    }));
  });
  test('a WebSocket that is cut ends with 1006, one that is closed ends with its code', () => {
    const cut = openOver('websocket');
    cut.world.webSockets[0].end();
    assert.deepStrictEqual(cut.log[2].filter((value, index) => index !== 2), ['close', 1006, false]);
    const closed = openOver('websocket');
    closed.world.webSockets[0].end({code: 1009, reason: 'too big', wasClean: true});
    assert.deepStrictEqual(closed.log[2], ['close', 1009, 'too big', false]);
  });
});
