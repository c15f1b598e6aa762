// Choosing a transport: the order, the time-outs, what is skipped, the report, and failure with a reason.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {openPage, openSocket} = require('./support/world.js');

function outcomes(socket) {
  return Array.from(socket.report(), (entry) => [entry.transport, entry.outcome, entry.milliseconds]);
}

describe('the order of tries', () => {
  test('WebSocket comes first and is enough', () => {
    const world = openPage();
    const {socket, log} = openSocket(world);
    world.answerInfo();
    world.clock.pass(25);
    world.webSockets[0].frame('o');
    assert.deepStrictEqual(log, [['open']]);
    assert.deepStrictEqual(outcomes(socket), [['websocket', 'in use', 25]]);
  });
  test('then streaming, then polling, each with a session of its own', () => {
    const world = openPage();
    const {socket, log} = openSocket(world);
    world.answerInfo();
    world.webSockets[0].end();
    world.last('/xhr_streaming').fail();
    world.last('/xhr').end('o\n');
    assert.deepStrictEqual(log, [['open']]);
    assert.strictEqual(socket.transport, 'xhr_poll');
    assert.deepStrictEqual(outcomes(socket), [['websocket', 'failed', 0], ['xhr_stream', 'failed', 0], ['xhr_poll', 'in use', 0]]);
    const sessions = [world.webSockets[0].url, world.last('/xhr_streaming').url, world.last('/xhr').url]
      .map((address) => /\/echo\/([0-9]{3})\/([a-z0-5]{20})\//.exec(address)[2]);
    assert.strictEqual(new Set(sessions).size, 3);
  });
  test('the page\'s own order counts', () => {
    const world = openPage();
    const {socket} = openSocket(world, {transports: ['xhr_poll', 'websocket']});
    world.answerInfo();
    assert.strictEqual(world.webSockets.length, 0);
    world.last('/xhr').fail();
    world.webSockets[0].frame('o');
    assert.strictEqual(socket.transport, 'websocket');
  });
  test('a close frame before the open frame fails the try', () => {
    const world = openPage();
    const {socket} = openSocket(world);
    world.answerInfo();
    world.webSockets[0].frame('c[1002,"Connection interrupted"]');
    assert.deepStrictEqual(outcomes(socket), [['websocket', 'failed', 0]]);
    assert.strictEqual(socket.report()[0].reason, 'Connection interrupted');
    world.last('/xhr_streaming').progress('o\n');
    assert.strictEqual(socket.transport, 'xhr_stream');
  });
});

describe('the option transports', () => {
  test('may be one name', () => {
    const world = openPage();
    const {socket} = openSocket(world, {transports: 'xhr_poll'});
    world.answerInfo();
    world.last('/xhr').end('o\n');
    assert.deepStrictEqual(outcomes(socket), [['xhr_poll', 'in use', 0]]);
  });
  test('that names none is the reason of the failure', () => {
    const world = openPage();
    const {log} = openSocket(world, {transports: []});
    world.answerInfo();
    world.clock.pass(0);
    assert.match(log[1][2], /No transport got through to \S+\. The option transports names none\. Check/);
  });
});

describe('what is skipped', () => {
  const rows = [
    ['a browser without WebSocket', {webSocket: false}, {websocket: true}, ['websocket'], /no WebSocket/],
    ['a service without WebSocket', {}, {websocket: false}, ['websocket'], /switched off/],
    ['a browser that shows responses only at their end', {cors: false}, {websocket: true}, ['xhr_stream'], /only when it has ended/],
    ['a name that is not there', {}, {websocket: true}, ['pigeon'], /no such transport; it has: websocket, xhr_stream, xhr_poll/]
  ];
  rows.forEach(([what, pageOptions, info, names, reason]) => test(what, () => {
    const world = openPage(pageOptions);
    const {socket} = openSocket(world, {transports: [...names, 'xhr_poll']});
    world.answerInfo(info);
    world.last('/xhr').end('o\n');
    assert.deepStrictEqual(outcomes(socket), [[names[0], 'skipped', 0], ['xhr_poll', 'in use', 0]]);
    assert.match(socket.report()[0].reason, reason);
  }));
  test('XMLHttpRequest without credentials is for the own origin only', () => {
    const world = openPage({cors: false, page: 'http://elsewhere.test/'});
    const {socket} = openSocket(world, undefined, 'http://example.test/echo');
    world.answerInfo();
    world.webSockets[0].end();
    assert.deepStrictEqual(outcomes(socket).map((entry) => entry[1]), ['skipped', 'skipped', 'failed']);
  });
  test('a constructor or an open() that throws is a failed try', () => {
    const world = openPage({refuseWebSocket: true});
    const {socket} = openSocket(world);
    world.answerInfo();
    world.clock.pass(0);
    world.last('/xhr_streaming').progress('o\n');
    assert.deepStrictEqual(outcomes(socket), [['websocket', 'failed', 0], ['xhr_stream', 'in use', 0]]);
    assert.match(socket.report()[0].reason, /does not allow.*insecure/);
  });
});

describe('time-outs', () => {
  // rtt, the option, and how long the first of several tries then gets: two round trips of RTT + 300 ms, or of 4 x RTT
  [[0, undefined, 600], [10, undefined, 620], [100, undefined, 800], [101, undefined, 808], [1000, undefined, 8000], [10, 2000, 2000],
    [1000, 50, 8000]].forEach(([rtt, timeout, limit]) => {
    test(`a round trip of ${rtt} ms and timeout: ${timeout} give a try ${limit} ms`, () => {
      const world = openPage();
      const {socket} = openSocket(world, {timeout});
      world.answerInfo({websocket: true}, rtt);
      world.clock.pass(limit - 1);
      assert.deepStrictEqual(outcomes(socket), []);
      world.clock.pass(1);
      assert.deepStrictEqual(outcomes(socket), [['websocket', 'timed out', limit]]);
      assert.deepStrictEqual(world.webSockets[0].closedWith, []);
    });
  });
  [[-3600000, 600], [3600000, 64000]].forEach(([jump, limit]) => {
    test(`a clock that is set by ${jump} ms meanwhile gives a try ${limit} ms`, () => {
      const world = openPage();
      const {socket} = openSocket(world);
      world.clock.skew = jump;
      world.answerInfo({websocket: true}, 0);
      world.clock.pass(limit - 1);
      assert.deepStrictEqual(outcomes(socket), []);
      world.clock.pass(1);
      assert.deepStrictEqual(outcomes(socket), [['websocket', 'timed out', limit]]);
    });
  });
  [Infinity, 1e12].forEach((timeout) => test(`timeout: ${timeout} is no short one, though timers have only 31 bits`, () => {
    const world = openPage();
    openSocket(world, {timeout});
    world.answerInfo();
    assert.deepStrictEqual(world.clock.timers.map((timer) => timer.at - world.clock.now), [2147483647]);
  }));
  test('an open frame that comes too late changes nothing', () => {
    const world = openPage();
    const {socket, log} = openSocket(world);
    world.answerInfo();
    world.clock.pass(620);
    world.webSockets[0].frame('o');
    world.webSockets[0].frame('a["late"]');
    assert.deepStrictEqual(log, []);
    world.last('/xhr_streaming').progress('o\n');
    assert.deepStrictEqual([log, socket.transport], [[['open']], 'xhr_stream']);
  });
  test('the last try gets 8 s', () => {
    const world = openPage();
    const {log} = openSocket(world, {transports: ['xhr_poll']});
    world.answerInfo();
    world.clock.pass(7999);
    assert.deepStrictEqual(log, []);
    const poll = world.last('/xhr');
    world.clock.pass(1);
    assert.strictEqual(poll.aborted, true);
    assert.deepStrictEqual(log.map((entry) => entry[0]), ['error', 'close']);
  });
  test('no timer is left once a session is open', () => {
    const world = openPage();
    openSocket(world);
    world.answerInfo();
    world.webSockets[0].frame('o');
    assert.deepStrictEqual(world.clock.timers, []);
  });
});

describe('failure', () => {
  test('when nothing gets through there is an error, and a close that says what to do', () => {
    const world = openPage();
    const {socket, log} = openSocket(world);
    world.answerInfo();
    world.webSockets[0].end();
    world.last('/xhr_streaming').end('', 502);
    world.last('/xhr').fail();
    world.clock.pass(0);
    assert.deepStrictEqual(log.map((entry) => entry[0]), ['error', 'close']);
    assert.deepStrictEqual([log[1][1], log[1][3], socket.readyState], [1006, false, 3]);
    assert.match(log[1][2], /No transport got through to http:\/\/example\.test\/echo\. websocket failed: .*status 502.*Check that the server/);
    assert.strictEqual(socket.report().length, 3);
  });
  [['a 404', (request) => request.end('', 404), /nothing at this address \(404\)/],
    ['a 403', (request) => request.end('', 403), /origin \(403\)/],
    ['no connection', (request) => request.fail(), /refused or cut off/],
    ['an answer that is no JSON', (request) => request.end('<html>'), /not from a socket server/]
  ].forEach(([what, act, reason]) => test(`${what} to /info`, () => {
    const world = openPage();
    const {socket, log} = openSocket(world);
    act(world.last('/info'));
    assert.deepStrictEqual([log[0], log[1][1], log[1][3]], [['error'], 1006, false]);
    assert.match(log[1][2], reason);
    assert.deepStrictEqual(outcomes(socket), [['info', 'failed', 0]]);
  }));
  test('no answer to /info within 8 s', () => {
    const world = openPage();
    const {log} = openSocket(world);
    world.clock.pass(8000);
    assert.match(log[1][2], /no answer within 8000 ms/);
    assert.strictEqual(world.last('/info').aborted, true);
  });
  test('no XMLHttpRequest at all', () => {
    const world = openPage({xhr: false});
    const {log} = openSocket(world);
    world.clock.pass(0);
    assert.match(log[1][2], /no XMLHttpRequest/);
  });
  test('the events come after the constructor has returned, whatever fails', () => {
    const world = openPage({refuseOpen: true});
    const {log} = openSocket(world);
    assert.deepStrictEqual(log, []);
    world.clock.pass(0);
    assert.match(log[1][2], /does not allow the request \(Access is denied\.\)/);
  });
});

describe('what /info says', () => {
  test('an answer that is no object counts as an empty one', () => {
    const world = openPage();
    openSocket(world);
    world.answerInfo(5);
    assert.strictEqual(world.webSockets.length, 1);
  });
  test('base_url is used instead of the address', () => {
    const world = openPage();
    openSocket(world);
    world.answerInfo({websocket: true, base_url: 'https://other.test/socket'});
    assert.match(world.webSockets[0].url, /^wss:\/\/other\.test\/socket\/[0-9]{3}\/[a-z0-5]{20}\/websocket$/);
  });
  test('a base_url that is none is an error with a reason', () => {
    const world = openPage();
    const {log} = openSocket(world);
    world.answerInfo({base_url: 'gopher://x/'});
    assert.match(log[1][2], /base_url/);
  });
});

describe('requests', () => {
  test('that end while they are being sent are handled after that', () => {
    const world = openPage();
    world.onRequest = (request) => {
      if (request.url.includes('/info')) {
        request.end('{"websocket":false}');
      } else if (request.url.includes('/xhr_streaming')) {
        request.end('', 500);
      }
    };
    const {socket, log} = openSocket(world);
    assert.deepStrictEqual([socket.readyState, log], [0, []]);
    world.clock.pass(0);
    assert.deepStrictEqual(outcomes(socket).map((entry) => entry[1]), ['skipped', 'failed']);
    world.last('/xhr').end('o\n');
    assert.deepStrictEqual([socket.transport, log], ['xhr_poll', [['open']]]);
    assert.deepStrictEqual(world.clock.timers, []);
  });
  test('to another origin go with credentials, to the own one do not ask', () => {
    const other = openPage({page: 'http://elsewhere.test/'});
    openSocket(other, {transports: ['xhr_poll']}, 'http://example.test/echo');
    other.answerInfo();
    assert.deepStrictEqual(other.requests.map((request) => request.withCredentials), [true, true]);
    const own = openPage();
    openSocket(own, {transports: ['xhr_poll']});
    own.answerInfo();
    assert.deepStrictEqual(own.requests.map((request) => request.withCredentials), [false, false]);
  });
  test('keep the page\'s own query, and are never the same twice for a cache', () => {
    const world = openPage();
    openSocket(world, {transports: ['xhr_poll']}, '/echo?token=5');
    assert.match(world.last('/info').url, /\/echo\/info\?token=5&t=[0-9]+$/);
    world.answerInfo();
    assert.match(world.last('/xhr').url, /\/xhr\?token=5&t=[0-9]+$/);
  });
});
