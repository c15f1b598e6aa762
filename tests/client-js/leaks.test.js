// Nothing piles up: timers, listeners, elements, names, stored keys and what is under way are as many after 10,000 messages and
// 1000 new connections as before, on each transport.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {openOver, transports} = require('./support/world.js');

const kMessages = 10000;
const kReconnects = 1000;

/** A localStorage whose keys can be counted. */
function createStorage() {
  const items = new Map();
  return {items, getItem: (key) => (items.has(key) ? items.get(key) : null), setItem: (key, value) => items.set(key, String(value)),
    removeItem: (key) => items.delete(key)};
}

function openCounted(name, socketOptions) {
  const storages = {localStorage: createStorage(), sessionStorage: createStorage()};
  const opened = openOver(name, {socket: {tell: true, ...socketOptions}, server: {limit: 4096, answer: {heartbeat: 1000000}},
    page: {install: (context) => Object.assign(context, storages)}});
  const {world, server, clock} = opened;
  const nodes = (element) => element.children.reduce((sum, child) => sum + nodes(child), 1);
  return {...opened, count: () => ({
    timers: clock.timers.length, listeners: world.listeners.length, nodes: nodes(world.document.head) + nodes(world.document.body),
    names: Object.keys(world.Encke.calls).length, stored: storages.localStorage.items.size + storages.sessionStorage.items.size,
    storedBytes: Object.values(storages).map((storage) => [...storage.items].join()).join().replace(/[0-9]/g, '').length,
    live: server.live().length, globals: Object.keys(world.context).length
  })};
}

describe('what is there before is there after', () => {
  transports.forEach((name) => {
    test(`${kMessages} messages over ${name}, each way`, () => {
      const {socket, server, session, log, clock, count} = openCounted(name);
      const burst = () => {
        for (let i = 0; i < 100; i++) {
          socket.send(`up ${i}`);
          session.send(`down ${i}`);
        }
        clock.pass(2000);
        server.links.splice(0, Infinity, ...server.live()); // the test's own book
      };
      burst();
      clock.pass(10000);
      const before = count();
      for (let i = 1; i < kMessages / 100; i++) {
        burst();
      }
      clock.pass(10000);
      assert.deepStrictEqual([session.received.length, log.filter(([type]) => type === 'message').length], [kMessages, kMessages]);
      assert.deepStrictEqual(count(), before);
      socket.close();
      clock.pass(100000);
      const {timers, listeners, live, names, nodes} = count();
      assert.deepStrictEqual({timers, listeners, live, names, nodes}, {timers: 0, listeners: 0, live: 0, names: 0, nodes: 2});
    });
    test(`${kReconnects} losses of the connection under ${name}`, () => {
      const {socket, server, log, clock, count} = openCounted(name, {reload: true});
      let before = null;
      for (let i = -25; i < kReconnects; i++) {
        if (i === 0) {
          clock.pass(200000);
          before = count(); // a few names stay, for scripts that come late
        }
        server.cutAll();
        clock.pass(11000);
        server.links.splice(0, Infinity, ...server.live());
        log.length = 0;
      }
      clock.pass(200000);
      assert.deepStrictEqual(count(), before);
      assert.strictEqual(server.opens, 1);
      socket.close();
      clock.pass(100000);
      assert.deepStrictEqual([clock.timers, count().listeners, count().names <= 20, count().nodes, clock.errors], [[], 0, true, 2, []]);
    });
    test(`${kReconnects} new sessions over ${name}`, () => {
      const {world, socket, server, log, clock, count} = openCounted(name, {reconnect: true});
      clock.pass(70000);
      const before = count();
      for (let i = 0; i < kReconnects; i++) {
        server.session.close(1011, 'again');
        clock.pass(2000);
        assert.strictEqual(socket.readyState, 1);
        server.links.splice(0, Infinity, ...server.live());
        server.all.splice(0, server.all.length - 1);
        world.requests.length = world.webSockets.length = log.length = 0;
      }
      clock.pass(70000);
      assert.deepStrictEqual([count(), server.opens], [before, kReconnects + 1]);
      socket.close();
      clock.pass(100000);
      assert.deepStrictEqual([clock.timers, count().listeners, count().names, count().nodes, clock.errors], [[], 0, 0, 2, []]);
    });
  });
  test(`${kReconnects} races that a dead WebSocket loses, with the poll and the stream that follow`, () => {
    const {world, socket, server, log, clock, count} = openCounted(null, {reconnect: true});
    server.weather = (link) => (link.leaf === '/websocket' ? ['refuse', 'swallow', 'silent', 'mute'][server.opens % 4] : undefined);
    server.session.close(1011, 'again');
    clock.pass(70000);
    const before = count();
    for (let i = 0; i < kReconnects; i++) {
      server.session.close(1011, 'again');
      clock.pass(3000);
      server.links.splice(0, Infinity, ...server.live());
      server.all.splice(0, server.all.length - 1);
      world.requests.length = world.webSockets.length = log.length = 0;
    }
    clock.pass(70000);
    assert.deepStrictEqual(count(), before);
    socket.close();
    clock.pass(100000);
    assert.deepStrictEqual([clock.timers, count().listeners, count().names, count().nodes, clock.errors], [[], 0, 0, 2, []]);
  });
});
