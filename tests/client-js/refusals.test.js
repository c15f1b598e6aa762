// What the server refuses, from the page's side (PROTOCOL.md 6.9), over every transport; and what refuses in its place.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {FakeServer, openOver, openPage, openSocket, transports} = require('./support/world.js');

/** Makes the server refuse the session's next carriers, so many of them, with a status. */
function refuseCarriers(session, status, times = Infinity) {
  const attach = session.attach;
  let left = times;
  session.attach = (...args) => (left-- > 0 ? status : attach.apply(session, args));
}

transports.forEach((name) => describe(`6.9 a carrier over ${name} that is refused`, () => {
  [[400, 1002, /did not take/], [403, 1008, /another origin/], [413, 1009, /16777216 bytes/]].forEach(([status, code, reason]) => {
    test(`with ${status} closes the session with ${code}`, () => {
      const {server, session, log, clock} = openOver(name);
      refuseCarriers(session, status);
      server.cutAll();
      clock.pass(5000);
      assert.deepStrictEqual(log.slice(-2).map((entry) => entry[0]), ['error', 'close']);
      assert.deepStrictEqual([log.at(-1)[1], log.at(-1)[3]], [code, false]);
      assert.match(log.at(-1)[2], reason);
      assert.deepStrictEqual([clock.errors, server.live()], [[], []]);
    });
  });
  test('with 404 closes it with 2011, and says which messages were never acknowledged', () => {
    const {server, session, socket, log, clock} = openOver(name);
    let left = null;
    socket.addEventListener('close', (event) => {
      left = Array.from(event.unacknowledged, (data) => (typeof data === 'string' ? data : Array.from(new Uint8Array(data))));
    });
    server.cutAll();
    socket.send('lost');
    socket.send(Uint8Array.of(1, 2));
    session.forget();
    clock.pass(5000);
    assert.deepStrictEqual([log.at(-1)[1], log.at(-1)[3]], [2011, false]);
    assert.deepStrictEqual(left, ['lost', [1, 2]]);
    assert.deepStrictEqual([clock.timers, clock.errors, server.live()], [[], [], []]);
  });
  test('with 409 is followed by one with a higher number, five times in a row', () => {
    const {server, session, socket, log, clock} = openOver(name);
    refuseCarriers(session, 409, 5);
    server.cutAll();
    session.send('kept');
    clock.pass(5000);
    assert.deepStrictEqual([socket.readyState, log.at(-1)], [1, ['message', 'kept']]);
    refuseCarriers(session, 409, 5);
    server.cutAll();
    session.send('kept too');
    clock.pass(5000);
    assert.deepStrictEqual([socket.readyState, log.at(-1)], [1, ['message', 'kept too']]);
  });
  test('with 409 six times in a row closes it with 2011', () => {
    const {server, session, log, clock} = openOver(name);
    refuseCarriers(session, 409, 6);
    server.cutAll();
    clock.pass(5000);
    assert.deepStrictEqual([log.at(-1)[0], log.at(-1)[1]], ['close', 2011]);
    assert.match(log.at(-1)[2], /another page goes on with it/);
  });
  test('with 409 any number of times, but slowly, is what a browser sends again when its line breaks, and does no harm', () => {
    const {server, session, socket, log, clock} = openOver(name, {server: {latency: 160}});
    clock.pass(3000);
    refuseCarriers(session, 409, 20);
    server.cutAll();
    session.send('kept');
    clock.pass(20000);
    assert.deepStrictEqual([socket.readyState, log.at(-1)], [1, ['message', 'kept']]);
  });
  test('6.5 for a page that has lost its memory closes it with 2011', () => {
    const {server, session, log, clock} = openOver(name);
    session.down.push('a', 'b', 'c');
    session.base = 3;
    server.cutAll();
    session.send('d');
    clock.pass(5000);
    assert.deepStrictEqual([log.at(-1)[0], log.at(-1)[1]], ['close', 2011]);
    assert.deepStrictEqual(log.filter(([type]) => type === 'message'), []);
    assert.deepStrictEqual(clock.timers, []);
  });
}));

transports.filter((name) => !['websocket', 'jsonp'].includes(name)).forEach((name) => describe(`6.9 a send beside ${name} that is refused`, () => {
  [[400, 1002], [403, 1008], [404, 2011], [413, 1009]].forEach(([status, code]) => {
    test(`with ${status} closes the session with ${code}`, () => {
      const {server, socket, log, clock} = openOver(name);
      server.weather = (link) => (link.leaf === '/xhr_send' ? status : undefined);
      socket.send('x');
      clock.pass(1000);
      assert.deepStrictEqual([log.at(-1)[1], log.at(-1)[3]], [code, false]);
    });
  });
  test('with 409 is repeated from the first that is not acknowledged', () => {
    const {server, session, socket, clock} = openOver(name);
    let left = 5;
    server.weather = (link) => (link.leaf === '/xhr_send' && left-- > 0 ? 409 : undefined);
    socket.send('x');
    clock.pass(5000);
    assert.deepStrictEqual([session.received, socket.readyState], [['x'], 1]);
  });
  test('with 409 again and again closes it with 2011', () => {
    const {server, socket, log, clock} = openOver(name);
    server.weather = (link) => (link.leaf === '/xhr_send' ? 409 : undefined);
    socket.send('x');
    clock.pass(10000);
    assert.deepStrictEqual(log.at(-1)[1], 2011);
  });
  [500, 502, 503, 301, 200, '400', '403', '404', '409', '413'].forEach((status) => test(`with ${status} by something on the way is repeated`, () => {
    const {server, session, socket, clock} = openOver(name);
    let left = 2;
    server.weather = (link) => (link.leaf === '/xhr_send' && left-- > 0 ? status : undefined);
    socket.send('x');
    clock.pass(5000);
    assert.deepStrictEqual([session.received, socket.readyState], [['x'], 1]);
  }));
}));

describe('6.2 opening that is refused', () => {
  function openRefused(weather, info) {
    const world = openPage({document: true});
    const server = new FakeServer(world, {info});
    server.weather = weather;
    const {socket, log} = openSocket(world);
    world.clock.pass(20000);
    assert.deepStrictEqual(log.map((entry) => entry[0]), ['error', 'close']);
    assert.deepStrictEqual([log[1][1], log[1][3], world.clock.timers], [1006, false, []]);
    return {reason: log[1][2], report: socket.report(), server};
  }
  const only = (leaf, fate) => (link) => (link.leaf === leaf ? fate : undefined);
  test('with 404 is explained by /info: another version', () => {
    assert.match(openRefused(only('/open', 404), {encke: {versions: [2, 3]}}).reason, /speaks version 2,3, this/);
  });
  test('with 404 is explained by /info: a server that speaks SockJS alone', () => {
    assert.match(openRefused(only('/open', 404), {websocket: true}).reason, /SockJS server at this address/);
  });
  test('with 404, and no /info either: there is nothing', () => {
    assert.match(openRefused(() => 404).reason, /nothing at this address \(404\)/);
  });
  test('with 403 names the origin, and asks for no /info', () => {
    const {reason, server} = openRefused(only('/open', 403));
    assert.match(reason, /origin \(403\)/);
    assert.strictEqual(server.links.length, 1);
  });
  [['c[4003,"the room is full"]', 4003, /^the room is full$/, true], ['c[1008,"no"]', 1008, /^no$/, false],
    ['e[401,"the token has expired"]', 1006, /refuses this: the token has expired. Bring what it asks for/, false],
    ['e[403,"not for this service"]', 1006, /not for this service/, false]].forEach(([refusal, code, words, clean]) => {
    test(`by whoever decides on access, with ${refusal}, closes it with ${code} and the words`, () => {
      const world = openPage({document: true});
      const server = new FakeServer(world, {refusal});
      const {log} = openSocket(world);
      world.clock.pass(20000);
      assert.strictEqual(server.links.length, 1);
      assert.strictEqual(log.at(-1)[1], code);
      assert.match(log.at(-1)[2], words);
      assert.strictEqual(log[0][0], clean ? 'close' : 'error');
    });
  });
  [['a request', {}], ['a script tag', {xhr: false, webSocket: false}]].forEach(([how, page]) => {
    test(`by a server that is too busy is told over ${how} and not taken for another's answer`, () => {
      const world = openPage({document: true, ...page});
      const server = new FakeServer(world, {refusal: 'e[503,"the server is going away; another may be there already"]'});
      const {log} = openSocket(world);
      world.clock.pass(20000);
      assert.strictEqual(server.links.length, 1);
      assert.match(log.at(-1)[2], /the server is too busy \(503\)\. Wait/);
    });
  });
  test('the token goes in the body of the opening, from a text, a function, or a promise of it', () => {
    [['a&b', 'token=a%26b'], [() => 'made', 'token=made'], [() => ({then: (use) => use('later')}), 'token=later'], [undefined, '']].forEach(([token, body]) => {
      const world = openPage({document: true});
      const server = new FakeServer(world, {});
      openSocket(world, {token});
      world.clock.pass(1000);
      assert.deepStrictEqual(server.openings, [body]);
    });
  });
  test('a token that is not to be had is told, and nothing is asked of the server', () => {
    [() => { throw new Error('logged out'); }, () => ({then: (use, fail) => fail('logged out')})].forEach((token) => {
      const world = openPage({document: true});
      const server = new FakeServer(world, {});
      const {log} = openSocket(world, {token});
      world.clock.pass(20000);
      assert.strictEqual(server.links.length, 0);
      assert.strictEqual(log.length, 2);
      assert.match(log[1][2], /the page has no token: .*logged out/);
    });
  });
  [['refuse', /refused or cut off/], ['swallow', /no answer within 8000 ms/], [200, /not the server.s/], [500, /status 500/]].forEach(([fate, words]) => {
    test(`a request that meets "${fate}" is told, with what to check`, () => {
      const {reason, report} = openRefused(only('/open', fate));
      assert.match(reason, words);
      assert.match(reason, /Check the address/);
      assert.deepStrictEqual(Array.from(report, (entry) => [entry.transport, entry.outcome]), [['open', 'failed']]);
    });
  });
  test('a page whose XMLHttpRequest does not reach the server opens by a script tag', () => {
    const {socket, log, session, clock, world} = openOver('jsonp', {page: {cors: false, webSocket: false, eventSource: false}, address: 'http://other.test/echo'});
    assert.deepStrictEqual([log, socket.transport, world.requests], [[['open']], 'jsonp', []]);
    socket.send('x');
    clock.pass(100);
    assert.deepStrictEqual(session.received, ['x']);
  });
  test('a page without requests and without a document is told so', () => {
    const world = openPage({xhr: false});
    const {log} = openSocket(world);
    world.clock.pass(10);
    assert.match(log[1][2], /no XMLHttpRequest, and there is no document/);
  });
});
