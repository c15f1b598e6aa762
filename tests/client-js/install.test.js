// Encke.install() and its undoing; the names of 2008.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const vm = require('node:vm');
const {FakeServer, openOver, openPage} = require('./support/world.js');

function pageWith(options) {
  const world = openPage({document: true, binary: true, ...options});
  return {world, page: world.context, server: new FakeServer(world), Encke: world.Encke};
}

[false, true].forEach((accessors) => describe(`install() in a browser ${accessors ? 'with' : 'without'} accessors`, () => {
  test('takes the place of a WebSocket that is missing, and goes without a trace', () => {
    const {world, page, Encke} = pageWith({webSocket: false, accessors});
    assert.strictEqual(Encke.install(), true);
    const socket = new page.WebSocket('ws://example.test/echo');
    const seen = [];
    socket.onopen = () => socket.send('x');
    socket.onmessage = (event) => seen.push(event.data);
    world.clock.pass(500);
    assert.deepStrictEqual([socket.url, socket.readyState, socket instanceof page.WebSocket, socket instanceof Encke.Socket],
      ['ws://example.test/echo', page.WebSocket.OPEN, true, true]);
    Encke.uninstall();
    assert.strictEqual('WebSocket' in page, false);
    assert.strictEqual(socket.readyState, 1);
  });
  test('leaves a native WebSocket where it is', () => {
    const {page, Encke} = pageWith({accessors});
    const native = page.WebSocket;
    assert.strictEqual(Encke.install(), false);
    assert.strictEqual(page.WebSocket, native);
    Encke.uninstall();
    assert.strictEqual(page.WebSocket, native);
  });
  test('always: takes its place, and uses it itself', () => {
    const {world, page, Encke} = pageWith({accessors});
    const native = page.WebSocket;
    assert.strictEqual(Encke.install({always: true}), true);
    assert.notStrictEqual(page.WebSocket, native);
    const socket = new page.WebSocket('/echo');
    const direct = new Encke.Socket('/echo');
    world.clock.pass(500);
    assert.deepStrictEqual([socket.transport, direct.transport, world.webSockets.length], ['websocket', 'websocket', 2]);
    Encke.uninstall();
    assert.strictEqual(page.WebSocket, native);
  });
}));

describe('install()', () => {
  test('its options go to each socket that is made so, and to no other', () => {
    const {world, page, Encke} = pageWith();
    Encke.install({always: true, transports: 'xhr_poll'});
    const socket = new page.WebSocket('/echo', [], {transports: 'jsonp'}); // a third argument is none of WebSocket's
    const direct = new Encke.Socket('/echo');
    world.clock.pass(500);
    assert.deepStrictEqual([socket.transport, direct.transport], ['xhr_poll', 'websocket']);
  });
  test('twice is once, with the later options', () => {
    const {world, page, Encke} = pageWith();
    const native = page.WebSocket;
    Encke.install({always: true, transports: 'xhr_poll'});
    assert.strictEqual(Encke.install({always: true, transports: 'xhr_stream'}), true);
    const socket = new page.WebSocket('/echo');
    world.clock.pass(500);
    assert.strictEqual(socket.transport, 'xhr_stream');
    Encke.uninstall();
    Encke.uninstall();
    assert.strictEqual(page.WebSocket, native);
  });
  test('a WebSocket that the page had set to nothing is nothing again, and is there', () => {
    const {page, Encke} = pageWith({webSocket: false, install: (context) => {
      context.WebSocket = undefined;
    }});
    assert.strictEqual(Encke.install(), true);
    Encke.uninstall();
    assert.deepStrictEqual([page.WebSocket, 'WebSocket' in page], [undefined, true]);
  });
  test('what somebody else has put there meanwhile stays', () => {
    const {page, Encke} = pageWith();
    const other = () => {};
    Encke.install({always: true});
    page.WebSocket = other;
    Encke.uninstall();
    assert.strictEqual(page.WebSocket, other);
  });
  test('and what that makes of it does not become the facade\'s own WebSocket, however often it is put there', () => {
    const {world, page, server, Encke} = pageWith();
    const native = page.WebSocket;
    Encke.install({always: true});
    const Installed = page.WebSocket;
    page.WebSocket = function (address) {
      return new Installed(address);
    };
    const socket = new Encke.Socket('/echo');
    Encke.uninstall();
    const later = new page.WebSocket('/echo');
    world.clock.pass(500);
    assert.strictEqual(Encke.install({always: true}), true);
    const last = new page.WebSocket('/echo');
    world.clock.pass(500);
    assert.deepStrictEqual([socket.transport, later.transport, last.transport, server.opens], ['websocket', 'websocket', 'websocket', 3]);
    Encke.uninstall();
    assert.strictEqual(page.WebSocket, native);
  });
  test('server: the page\'s own addresses are looked for there, and shown as they were written', () => {
    const rows = [['/echo?x=1', 'ws://example.test/echo?x=1', 'http://push.test:81/base/echo/encke.1/open?&x=1'],
      ['ws://example.test/echo', 'ws://example.test/echo', 'http://push.test:81/base/echo/encke.1/open'],
      ['ws://third.test/echo', 'ws://third.test/echo', 'http://third.test/echo/encke.1/open']];
    rows.forEach(([address, shown, asked]) => {
      const {page, server, Encke} = pageWith();
      Encke.install({always: true, server: 'http://push.test:81/base/'});
      assert.strictEqual(new page.WebSocket(address).url, shown);
      assert.strictEqual(server.links[0].url, asked);
    });
  });
  test('the rules of the constructor, and its constants', () => {
    const {page, Encke} = pageWith();
    Encke.install({always: true});
    const {WebSocket} = page;
    assert.throws(() => WebSocket('/echo'), {name: 'TypeError'});
    assert.throws(() => new WebSocket(), {name: 'TypeError'});
    assert.throws(() => new WebSocket('/echo#'), {name: 'SyntaxError'});
    assert.deepStrictEqual(['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'].map((name) => WebSocket[name]), [0, 1, 2, 3]);
  });
  test('a class may extend it', () => {
    const {world, page, Encke} = pageWith();
    Encke.install({always: true});
    class Mine extends page.WebSocket {
      get mine() {
        return this.readyState + 10;
      }
    }
    const mine = new Mine('/echo');
    world.clock.pass(500);
    assert.strictEqual(mine.mine, 11);
  });
});

[false, true].forEach((accessors) => test(`a page that adds to all objects keeps that, ${accessors ? 'with' : 'without'} accessors`, () => {
  const {socket, log} = openOver('websocket', {page: {accessors, install: (context) => {
    vm.runInContext('Object.prototype.each = function () { return "each"; }', context);
  }}});
  assert.deepStrictEqual([log, socket.each()], [[['open']], 'each']);
}));

[false, true].forEach((accessors) => describe(`the names of 2008 ${accessors ? 'with' : 'without'} accessors`, () => {
  test('URL, postMessage, disconnect, onread and onclosed', () => {
    const {socket, session, clock} = openOver('xhr_poll', {page: {accessors}});
    const seen = [];
    socket.onmessage = socket.onclose = null;
    socket.onread = (event) => seen.push(['read', event.type, event.data]);
    socket.onclosed = (event) => seen.push(['closed', event.type, event.code]);
    assert.strictEqual(socket.URL, 'ws://example.test/echo');
    socket.postMessage('up');
    session.send('down');
    clock.pass(200);
    socket.disconnect();
    clock.pass(200);
    assert.deepStrictEqual(session.received, ['up']);
    assert.deepStrictEqual(seen, [['read', 'message', 'down'], ['closed', 'close', 1005]]);
  });
  test('they stand beside today\'s', () => {
    const {socket, session, log, clock} = openOver('xhr_poll', {page: {accessors}});
    let read = 0;
    socket.onread = () => read++;
    session.send('down');
    clock.pass(200);
    assert.deepStrictEqual([read, log], [1, [['open'], ['message', 'down']]]);
  });
}));
