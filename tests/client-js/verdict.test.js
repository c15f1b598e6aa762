// What worked here last: remembered per address and network, for a day, and only ever an order of tries.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {Clock, FakeServer, openPage, openSocket} = require('./support/world.js');

/** A localStorage that pages share, and the time that passes in them. */
function createStorage(items = new Map(), clock = new Clock()) {
  return {items, clock, getItem: (key) => (items.has(key) ? items.get(key) : null), setItem: (key, value) => items.set(key, String(value)),
    removeItem: (key) => items.delete(key)};
}

/** A page that connects; answers what it tried, in order, and where it ended. */
function visit(storage, {weather, network, address, ...socketOptions} = {}) {
  const world = openPage({document: true, binary: true, eventSource: true, clock: storage && storage.clock, install: (context) => {
    if (typeof storage === 'function') {
      Object.defineProperty(context, 'localStorage', {get: storage});
    } else {
      context.localStorage = storage;
    }
  }});
  const server = new FakeServer(world, {answer: network ? {network} : {}});
  server.weather = weather || (() => undefined);
  const start = world.clock.now;
  const tries = [];
  const link = server.link;
  server.link = function (...args) {
    const made = link.apply(this, args);
    tries.push(`${made.leaf.slice(1)} ${world.clock.now - start}`);
    return made;
  };
  const {socket, log} = openSocket(world, socketOptions, address);
  world.clock.pass(5000);
  const {transport} = socket;
  socket.close();
  world.clock.pass(5000);
  assert.deepStrictEqual([world.clock.errors, log.map(([type]) => type)], [[], ['open', 'close']]);
  return {tries, transport, world};
}

const dead = (fate) => (link) => (link.leaf === '/websocket' ? fate : undefined);
const kBoth = ['open 0', 'websocket 20', 'xhr 20'];

describe('the verdict', () => {
  test('a WebSocket that worked here last starts alone', () => {
    const storage = createStorage();
    assert.deepStrictEqual(visit(storage).tries.slice(0, 3), kBoth);
    const again = visit(storage);
    assert.deepStrictEqual([again.tries, again.transport], [['open 0', 'websocket 20'], 'websocket']);
  });
  ['refuse', 'swallow', 'silent'].forEach((fate) => test(`it forbids nothing and is forgotten: the poll waits a little, where the WebSocket is dead now (${fate})`, () => {
    const storage = createStorage();
    visit(storage);
    const {tries, transport} = visit(storage, {weather: dead(fate)});
    assert.deepStrictEqual(tries.slice(0, 3), ['open 0', 'websocket 20', fate === 'refuse' ? 'xhr 30' : 'xhr 150']);
    assert.strictEqual(transport, 'xhr_stream');
    assert.deepStrictEqual(visit(storage, {weather: dead(fate)}).tries.slice(0, 3), kBoth);
  }));
  test('a stream that worked here last is tried as soon as the WebSocket has failed', () => {
    const storage = createStorage();
    const streamAt = () => Number(visit(storage, {weather: dead('refuse')}).tries.find((words) => words.startsWith('xhr_streaming')).split(' ')[1]);
    assert.strictEqual(streamAt(), 1040);
    assert.strictEqual(streamAt(), 40);
  });
  test('where a poll was the best last, streams come as late as any upgrade', () => {
    const storage = createStorage();
    const weather = (link) => (link.leaf === '/websocket' ? 'refuse' : link.leaf === '/xhr_streaming' ? 'hold' : undefined);
    const streams = () => visit(storage, {weather, transports: ['websocket', 'xhr_stream', 'xhr_poll']}).tries.filter((words) => words.startsWith('xhr_streaming'));
    assert.strictEqual(streams().length, 1);
    assert.deepStrictEqual(streams(), []);
  });
  test('a WebSocket is tried on every visit, also where a poll was the best last', () => {
    const storage = createStorage();
    visit(storage, {weather: (link) => (/websocket|streaming|eventsource|htmlfile/.test(link.leaf) ? 'refuse' : undefined)});
    assert.strictEqual(visit(storage).transport, 'websocket');
  });
  test('holds for its network and its server only', () => {
    const storage = createStorage();
    visit(storage, {network: 'aaaaaaaa'});
    assert.deepStrictEqual(visit(storage, {network: 'aaaaaaaa'}).tries.length, 2);
    assert.deepStrictEqual(visit(storage, {network: 'bbbbbbbb'}).tries.slice(0, 3), kBoth);
    assert.deepStrictEqual(visit(storage).tries.slice(0, 3), kBoth);
    assert.deepStrictEqual(visit(storage, {network: 'aaaaaaaa', address: 'http://other.test/echo'}).tries.slice(0, 3), kBoth);
    assert.deepStrictEqual(visit(storage, {network: 'aaaaaaaa', transports: ['websocket', 'xhr_poll']}).tries.slice(0, 3), kBoth);
  });
  test('for a day, and not from the future', () => {
    const storage = createStorage();
    const {clock} = visit(storage).world;
    const visitCopy = () => visit(createStorage(new Map(storage.items), clock)).tries.slice(0, 3);
    clock.pass(86400000 - 11000);
    assert.deepStrictEqual(visitCopy(), ['open 0', 'websocket 20']);
    clock.pass(12000);
    assert.deepStrictEqual(visitCopy(), kBoth);
    clock.skew = -200000000;
    assert.deepStrictEqual(visitCopy(), kBoth);
  });
  test('twenty are kept, the latest', () => {
    const storage = createStorage();
    for (let i = 0; i < 30; i++) {
      visit(storage, {network: `0000${i + 1000}`});
    }
    const list = JSON.parse(storage.items.get('encke.verdict'));
    assert.deepStrictEqual([list.length, list[19][0]], [20, 'http://example.test 00001029 ']);
    assert.deepStrictEqual([...storage.items.keys()], ['encke.verdict']);
  });
});

describe('a browser that remembers nothing', () => {
  const refuse = () => {
    throw new Error('QuotaExceededError');
  };
  const storages = {
    'has no localStorage': undefined, 'has null for it': null, 'throws when it is asked for it': refuse,
    'throws when it is read': {getItem: refuse, setItem: refuse}, 'is full': {...createStorage(), setItem: refuse}
  };
  Object.keys(storages).forEach((what) => test(`that ${what} connects as on a first visit`, () => {
    assert.deepStrictEqual(visit(storages[what]).tries.slice(0, 3), kBoth);
    assert.deepStrictEqual(visit(storages[what]).tries.slice(0, 3), kBoth);
  }));
  ['', 'null', '5', '"x"', '{}', '{"length":3}', '[', '[null,1,"x",[],{}]', '[["http://example.test  ","websocket"]]',
    '[["http://example.test  ",7,1000000]]', '[["http://example.test  ","websocket","x"]]', '[["http://example.test  ","none such",1000000]]',
    '[["http://example.test  ","constructor",1000000]]'].forEach((garbage) => test(`whose storage has ${garbage || 'nothing'} in it connects, and remembers`, () => {
    const storage = createStorage(new Map([['encke.verdict', garbage]]));
    assert.deepStrictEqual(visit(storage).tries.slice(0, 3), kBoth);
    assert.deepStrictEqual(visit(storage).tries, ['open 0', 'websocket 20']);
  }));
});
