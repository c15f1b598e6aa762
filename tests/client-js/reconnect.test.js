// After the end of a session: the option reconnect, gaps, and going on with a session from a snapshot.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {FakeServer, openOver, openPage, openSocket, plain, transports} = require('./support/world.js');

const kinds = (log) => log.map((entry) => entry[0]);

describe('the option reconnect', () => {
  const reconnecting = {socket: {reconnect: true}};

  test('a session that the server lost: close 2011, then a gap with what was never acknowledged, then open', () => {
    const {server, session, socket, log, clock} = openOver('websocket', reconnecting);
    server.cutAll();
    socket.send('lost');
    socket.send(Uint8Array.of(1, 2));
    session.forget();
    clock.pass(5000);
    assert.deepStrictEqual(kinds(log), ['open', 'interrupt', 'error', 'close', 'gap', 'open']);
    assert.deepStrictEqual([log[3][1], log[3][3], log[4][2]], [2011, false, ['lost', [1, 2]]]);
    assert.strictEqual(log[4][1], log[3][2]);
    assert.deepStrictEqual([server.opens, socket.readyState], [2, 1]);
    socket.send('new');
    server.session.send('newer');
    clock.pass(100);
    assert.deepStrictEqual([server.session.received, log.at(-1)], [['new'], ['message', 'newer']]);
  });
  test('in the gap event messages may be sent, before all that open sends', () => {
    const {server, session, socket, clock} = openOver('websocket', reconnecting);
    socket.ongap = (event) => Array.from(event.unacknowledged).forEach((message) => socket.send(message));
    socket.onopen = () => socket.send('hello');
    server.cutAll();
    socket.send('again');
    session.forget();
    clock.pass(5000);
    assert.deepStrictEqual(server.session.received, ['again', 'hello']);
  });
  test('the socket is connecting meanwhile; tries that fail are silent, and come with pauses of up to 30 s', () => {
    const {server, socket, log, clock} = openOver('websocket', reconnecting);
    server.weather = () => 'refuse';
    server.cutAll();
    clock.pass(70000);
    assert.deepStrictEqual([kinds(log), socket.readyState, socket.transport, socket.bufferedAmount], [['open', 'interrupt', 'error', 'close'], 0, '', 0]);
    assert.throws(() => socket.send('x'), {name: 'InvalidStateError'});
    const before = server.links.length;
    clock.pass(300000);
    const tries = server.links.length - before;
    assert.ok(tries >= 10 && tries <= 40, `${tries} tries in 300 s`);
    server.weather = () => undefined;
    clock.pass(31000);
    assert.deepStrictEqual(kinds(log).slice(4, 6), ['gap', 'open']); // after another 30 s without a heartbeat it is lost again
  });
  test('bufferedAmount begins anew with the connecting', () => {
    const {server, socket, clock} = openOver('websocket', reconnecting);
    server.weather = () => 'refuse';
    server.cutAll();
    clock.pass(100);
    socket.send('told by unacknowledged');
    for (let i = 0; i < 1000 && socket.readyState === 1; i++) {
      clock.pass(100);
    }
    assert.deepStrictEqual([socket.readyState, socket.bufferedAmount], [0, 0]);
  });
  ['online', 'visibilitychange'].forEach((type) => test(`${type} makes it try at once`, () => {
    const {world, server, log, clock} = openOver('websocket', reconnecting);
    server.weather = () => 'refuse';
    server.cutAll();
    clock.pass(200000);
    server.weather = () => undefined;
    world.tellPage(type === 'online' ? 'window' : 'document', type);
    clock.pass(200);
    assert.deepStrictEqual(kinds(log).slice(4), ['gap', 'open']);
  }));
  test('a first connection that fails is told, and tried again; there is no gap then', () => {
    const world = openPage({document: true});
    const server = new FakeServer(world);
    server.weather = () => 'refuse';
    const {log, socket} = openSocket(world, {reconnect: true});
    world.clock.pass(10000);
    assert.deepStrictEqual([kinds(log), socket.readyState], [['error', 'close'], 0]);
    server.weather = () => undefined;
    for (let seconds = 0; seconds < 31 && !kinds(log).includes('open'); seconds++) {
      world.clock.pass(1000);
    }
    assert.deepStrictEqual(kinds(log), ['error', 'close', 'open']);
  });
  [[1001, 6], [1011, 6], [1002, 4], [1008, 4], [1009, 4], [1000, 2], [3000, 2], [4999, 2]].forEach(([code, events]) => {
    test(`after a close with ${code} it ${events === 6 ? 'comes back' : 'stays away'}`, () => {
      const {session, log, clock} = openOver('xhr_stream', reconnecting);
      session.close(code, 'x');
      clock.pass(5000);
      assert.deepStrictEqual(kinds(log), {6: ['open', 'error', 'close', 'gap', 'open'], 4: ['open', 'error', 'close'], 2: ['open', 'close']}[events]);
    });
  });
  test('the page\'s close is final: while open, in the close event, and while connecting again', () => {
    ['open', 'close', 'connecting'].forEach((when) => {
      const {server, session, socket, log, clock} = openOver('websocket', reconnecting);
      if (when === 'open') {
        socket.close(3000);
      } else {
        socket.addEventListener('close', () => when === 'close' && socket.close());
        session.close(1001, 'going down');
      }
      clock.pass(100);
      if (when === 'connecting') {
        assert.strictEqual(socket.readyState, 0);
        socket.close();
      }
      clock.pass(100000);
      assert.deepStrictEqual([server.opens, socket.readyState, clock.timers, clock.errors], [1, 3, [], []], when);
      assert.strictEqual(kinds(log).filter((type) => type === 'open').length, 1);
    });
  });
  /** Ends the session of an open socket by the server's close, and notes after how many ms each try comes. */
  function tries(reconnect, code, {fate = 'refuse', retryAfter, wakes, seconds = 400} = {}) {
    const {world, server, session, log, clock, socket} = openOver('websocket', {socket: {reconnect}, server: {retryAfter}});
    const at = [];
    const from = clock.now + 10;
    server.weather = (link) => {
      if (link.leaf === '/open') {
        at.push(clock.now - from);
      }
      return link.leaf === '/open' ? fate : undefined;
    };
    session.close(code, 'x');
    for (let i = 0; i < seconds; i++) {
      clock.pass(1000);
      if (wakes) {
        world.tellPage('window', 'online');
      }
    }
    return {at, gaps: at.slice(1).map((time, i) => time - at[i]), log, clock, socket, world, server};
  }
  [[1001, 1000, 2000], [1012, 5000, 10000], [1013, 10000, 20000]].forEach(([code, least, most]) => {
    test(`the server's ${code} is heeded: the first try comes between ${least} and ${most} ms later, at a time of chance`, () => {
      const all = Array.from({length: 20}, () => tries(true, code, {seconds: 40}).at[0]);
      assert.ok(all.every((time) => time >= least && time <= most + 1), all.join());
      assert.ok(new Set(all).size > 10, all.join());
    });
  });
  test('and no event of the page\'s life shortens that pause', () => {
    assert.strictEqual(tries(true, 1013, {wakes: true, seconds: 9}).at.length, 0);
    assert.ok(tries(true, 1011, {wakes: true, seconds: 9}).at.length >= 8);
  });
  test('Retry-After of an open that is refused with 503 paces the tries, from once to twice the time', () => {
    const {gaps} = tries(true, 1011, {fate: '503', retryAfter: '40'});
    assert.ok(gaps.length >= 4 && gaps.every((gap) => gap >= 40000 && gap <= 80100), gaps.join());
  });
  [undefined, 'Sat, 21 Nov 2026 16:00:00 GMT', '-5', 'x'].forEach((retryAfter) => test(`a 503 that says ${retryAfter} is taken for 10 s`, () => {
    const {gaps} = tries(true, 1011, {fate: '503', retryAfter, seconds: 200});
    assert.ok(gaps.length >= 5 && gaps.slice(0, 5).every((gap) => gap >= 10000 && gap <= 20100), gaps.join());
  }));
  test('one that asks for more than ten minutes gets ten', () => {
    const {gaps} = tries(true, 1011, {fate: '503', retryAfter: '1000000', seconds: 4000});
    assert.ok(gaps.length >= 2 && gaps.every((gap) => gap >= 600000 && gap <= 1200100), gaps.join());
  });
  test('least and most are the pauses, doubled from one to the other, half of each at least', () => {
    const {gaps} = tries({least: 2000, most: 8000}, 1011, {seconds: 100});
    assert.ok(gaps[0] >= 2000 && gaps[0] <= 4100 && gaps.slice(1).every((gap) => gap >= 4000 && gap <= 8100), gaps.join());
  });
  [0, 1, 3].forEach((attempts) => test(`after ${attempts} attempts in a row the socket is closed for good`, () => {
    const {at, log, clock, socket, world} = tries({attempts}, 1011);
    assert.strictEqual(at.length, attempts);
    assert.deepStrictEqual(log.map(([type]) => type), ['open', 'error', 'close', ...(attempts > 0 ? ['error', 'close'] : [])]);
    assert.deepStrictEqual([socket.readyState, clock.timers, world.listeners], [3, [], []]);
    assert.match(log.at(-1)[2], attempts > 0 ? /^Cannot connect/ : /^x$/);
  }));
  [{least: Infinity}, {least: 1e10, most: 1}].forEach((reconnect) => test(`a pause of ${reconnect.least} ms is as long as a browser can count`, () => {
    const {world, server, session, clock} = openOver('websocket', {socket: {reconnect}, page: {install: (context) => {
      const {setTimeout} = context;
      context.setTimeout = (work, milliseconds) => setTimeout(work, milliseconds > 2147483647 ? 1 : milliseconds);
    }}});
    session.close(1011, 'x');
    clock.pass(100000);
    assert.strictEqual(server.opens, 1);
    world.tellPage('window', 'online');
    clock.pass(1000);
    assert.strictEqual(server.opens, 2);
  }));
  test('nor does a try go on for ever that ends with a code which would come again', () => {
    const {server, session, socket, log, clock} = openOver('xhr_poll', reconnecting);
    server.weather = (link) => (link.leaf === '/open' ? undefined : 403);
    session.close(1011, 'x');
    clock.pass(100000);
    assert.deepStrictEqual([log.at(-1).slice(0, 2), socket.readyState, clock.timers], [['close', 1008], 3, []]);
  });
  test('an attempt that succeeds begins the count anew', () => {
    const {server, log, clock} = openOver('websocket', {socket: {reconnect: {attempts: 2}}});
    for (let i = 0; i < 5; i++) {
      server.session.close(1011, 'x');
      clock.pass(5000);
    }
    assert.strictEqual(log.filter(([type]) => type === 'open').length, 6);
  });
  test('a page that comes back from the back-forward cache tries at once', () => {
    const {world, server, log, clock} = openOver('websocket', reconnecting);
    server.weather = () => 'refuse';
    server.cutAll();
    clock.pass(200000);
    server.weather = () => undefined;
    world.tellPage('window', 'pageshow', {persisted: true});
    clock.pass(200);
    assert.deepStrictEqual(kinds(log).slice(4), ['gap', 'open']);
  });
  test('without it the socket is closed for good', () => {
    const {server, session, socket, log, clock} = openOver('websocket');
    server.cutAll();
    session.forget();
    clock.pass(100000);
    assert.deepStrictEqual([kinds(log), socket.readyState, server.opens, clock.timers], [['open', 'interrupt', 'error', 'close'], 3, 1, []]);
  });
});

describe('a session that goes on from a snapshot', () => {
  /** A connection in a page of its own, with a fake server that may be another page's. */
  function connect(options = {}, server = null) {
    const world = openPage({parts: true, document: true, binary: true, eventSource: true});
    const own = new FakeServer(world);
    if (server) {
      own.sessions = server.sessions;
      server.sessions.forEach((session) => {
        session.server = own;
      });
    }
    const log = [];
    const parts = world.context.url.resolve('/echo', 'http://example.test/');
    const connection = world.context.createConnection({target: {parts, protocols: [], isForeign: false}, names: null, timeout: 0, ...options}, {
      opened: () => log.push(['open']), message: (data, number) => log.push([number, plain(data)]), transport: (name) => log.push([name]),
      interrupted: () => log.push(['interrupt']), resumed: () => log.push(['resume']), moved() {},
      closed: (how) => log.push(['close', how.code, how.clean])
    });
    world.clock.pass(200);
    return {world, server: own, connection, log, clock: world.clock};
  }

  transports.forEach((name) => test(`over ${name}, in another page: nothing lost, nothing twice, the transport first that was in use`, () => {
    const first = connect({names: [name]});
    const session = first.server.session;
    first.connection.send('a');
    session.send('x', 'y');
    first.clock.pass(100);
    ['b', new Uint8Array([7])].forEach((message) => first.connection.send(message));
    const snapshot = JSON.parse(JSON.stringify(first.connection.snapshot()));
    first.connection.abandon();
    session.send('z');
    session.carrier = null;

    const second = connect({snapshot, names: [name]}, first.server);
    second.connection.send('c');
    second.clock.pass(500);
    assert.deepStrictEqual(second.log, [[name], ['open'], [2, 'z']]);
    assert.deepStrictEqual(session.received.map((message) => (typeof message === 'string' ? message : [...message])), ['a', 'b', [7], 'c']);
    first.clock.pass(5000); // what was on its way arrives late
    assert.deepStrictEqual([session.received.length, first.clock.timers, first.clock.errors], [4, [], []]);
    assert.deepStrictEqual([second.server.opens, second.clock.errors], [0, []]);
    second.connection.close(3000, 'x');
    second.clock.pass(500);
    assert.deepStrictEqual([second.log.at(-1), session.closedBy], [['close', 3000, true], [3000, 'x']]);
  }));
  test('that the server has forgotten closes with 2011', () => {
    const first = connect();
    const snapshot = first.connection.snapshot();
    first.server.session.forget();
    const second = connect({snapshot: JSON.parse(JSON.stringify(snapshot))}, first.server);
    second.clock.pass(5000);
    assert.deepStrictEqual(second.log, [['close', 2011, false]]);
  });
  test('there is none before the session is there', () => {
    const world = openPage({parts: true});
    const parts = world.context.url.resolve('/echo', 'http://example.test/');
    assert.strictEqual(world.context.createConnection({target: {parts, protocols: [], isForeign: false}, names: null}, {}).snapshot(), null);
  });
  test('6.5 what mayAcknowledge holds back comes again in another page, and not in this one', () => {
    let gate = 0;
    const first = connect({names: ['websocket'], mayAcknowledge: () => gate});
    const session = first.server.session;
    session.send('0', '1', '2');
    first.clock.pass(3000);
    assert.strictEqual(session.base, 0);
    gate = 2;
    first.connection.acknowledge();
    first.clock.pass(2000);
    assert.strictEqual(session.base, 2);
    first.server.cutAll();
    first.clock.pass(5000);
    session.send('3');
    first.clock.pass(100);
    assert.deepStrictEqual(first.log.filter(([number]) => typeof number === 'number'), [[0, '0'], [1, '1'], [2, '2'], [3, '3']]);
    assert.strictEqual(session.base, 2);
  });
  test('a page that stays says no goodbye when it is left', () => {
    const first = connect({stays: () => true});
    first.world.tellPage('window', 'pagehide', {persisted: false});
    first.clock.pass(1000);
    assert.deepStrictEqual([first.world.beacons, first.server.session.closedBy], [[], null]);
  });
});
