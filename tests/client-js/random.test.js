// Exactly once and in order, whatever the network does: a socket and a server talk through random cuts, stalls, refusals, lost
// answers, repeated requests, responses that are held back and changes of transport. Each seed is one run; ENCKE_SEEDS=from-to
// runs others, and a failure names its seed.
'use strict';
const assert = require('node:assert');
const {test} = require('node:test');
const vm = require('node:vm');
const {FakeServer, createRandom, openPage, openSocket, transports} = require('./support/world.js');

const kChaosMs = 40000;
const kCalmMs = 30000; // so often as it takes, where the window is narrow and the server far away
const kCalmTimes = 20;
const kStepMs = 50;

function run(seed) {
  const random = createRandom(seed);
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[below(list.length)];
  const names = transports.filter(() => random() < 0.6);
  const polls = names.includes('xhr_poll') || names.includes('jsonp');
  const world = openPage({document: true, binary: random() < 0.8, eventSource: true});
  vm.runInContext('Math', world.context).random = random;
  const server = new FakeServer(world, {
    latency: pick([1, 10, 40, 200]), limit: pick([600, 4096, 131072]),
    answer: {heartbeat: 5000, resume_window: 600000, window: pick([700, 5000, 524288])}
  });
  const {socket, log} = openSocket(world, {transports: names.length > 0 ? names : [pick(transports)], timeout: 1000});
  const sent = {up: [], down: []};
  const violence = pick([0, 0.02, 0.1, 0.3]);
  let chaos = false;

  // A network that is against something for good, from the first connect on, and one that does what it likes for a while.
  const against = {websocket: pick([undefined, undefined, 'refuse', 'swallow', 'silent', 'mute']), xhr_streaming: pick([undefined, undefined, 'hold', 'late'])};
  server.weather = (link) => {
    if (polls && against[link.leaf.slice(1)]) {
      return against[link.leaf.slice(1)];
    }
    if (!chaos || link.path.endsWith('/open') || random() > violence) {
      return undefined;
    }
    return pick(['refuse', 'swallow', 'hold', 'late', 'silent', 'mute', 502, link.leaf === '/xhr_send' ? 'twice' : 'refuse', 'lost answer']);
  };

  const makeMessage = (list) => {
    const number = list.length;
    const message = world.options.binary && random() < 0.3 ? [number & 255, number >> 8, ...Array(below(300)).fill(7)] :
      `${number} ` + pick(['', '\u20ac', 'x'.repeat(below(900)), '%\r\n"\u2028']);
    list.push(message);
    return message;
  };

  const disturb = () => {
    const live = server.live();
    if (live.length > 0 && random() < violence) {
      pick([(link) => link.break(), (link) => link.stall(), (link) => link.break()])(pick(live));
    }
    if (random() < violence / 5) {
      world.tellPage('window', 'online');
    }
    if (random() < violence / 5) {
      world.clock.skew += below(10000000) - 5000000;
    }
  };

  const pass = (milliseconds) => {
    for (let at = 0; at < milliseconds; at += kStepMs) {
      if (chaos) {
        disturb();
        for (let i = below(4); i > 0 && socket.readyState === 1; i--) {
          const message = makeMessage(sent.up);
          socket.send(typeof message === 'string' ? message : Uint8Array.from(message));
        }
        for (let i = below(4); i > 0 && server.session; i--) {
          const message = makeMessage(sent.down);
          server.session.send(typeof message === 'string' ? message : Buffer.from(message));
        }
      }
      if ((world.clock.now - 1000000) % 5000 < kStepMs) {
        server.heartbeat();
      }
      world.clock.pass(kStepMs);
    }
  };

  pass(2000);
  assert.strictEqual(socket.readyState, 1, 'it is open');
  chaos = true;
  pass(kChaosMs);
  chaos = false;
  const session = server.session;
  const received = () => log.filter(([type]) => type === 'message').length;
  for (let i = 0; i < kCalmTimes && (session.received.length < sent.up.length || received() < sent.down.length || i === 0); i++) {
    pass(kCalmMs);
  }
  assert.deepStrictEqual(world.clock.errors, []);
  assert.deepStrictEqual(log.filter(([type]) => type === 'error' || type === 'close'), []);
  assert.strictEqual(server.opens, 1);
  assert.deepStrictEqual(session.received.map((message) => (typeof message === 'string' ? message : Array.from(message))), sent.up);
  assert.deepStrictEqual(log.filter(([type]) => type === 'message').map((entry) => entry[1]), sent.down);
  assert.strictEqual(socket.bufferedAmount, 0);
  socket.close(3000, 'done');
  pass(2000);
  assert.deepStrictEqual(log[log.length - 1], ['close', 3000, 'done', true]);
  assert.deepStrictEqual(session.closedBy, [3000, 'done']);
  assert.deepStrictEqual(world.clock.timers, []);
  assert.deepStrictEqual(world.listeners, []);
  return log.filter(([type]) => type === 'resume').length;
}

const [from, to] = (process.env.ENCKE_SEEDS || '1-60').split('-').map(Number);
let losses = 0;
for (let seed = from; seed <= (to || from); seed++) {
  test(`6.5 each message arrives once and in order, both ways (seed ${seed})`, () => {
    losses += run(seed);
  });
}
test('the runs did lose carriers', {skip: to - from < 20 && 'too few runs to expect it'}, () => assert.ok(losses > 20));
