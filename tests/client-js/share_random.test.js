// Nothing lost and nothing twice in the tabs that stay, whatever happens to the others: tabs come, close, leave and are killed at any point, the
// leading one too, while numbered messages go both ways over a network that is disturbed. Each seed is one run; ENCKE_SEEDS=from-to
// runs others, and a failure names its seed.
'use strict';
const assert = require('node:assert');
const {test} = require('node:test');
const {FakeBrowser} = require('./support/browser.js');
const {createRandom, openSocket} = require('./support/world.js');

const kChaosMs = 20000;
const kCalmMs = 60000;
const kStepMs = 20;
const kCalmStepMs = 500;

function run(seed) {
  const random = createRandom(seed);
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[below(list.length)];
  const browser = new FakeBrowser({
    seed, lag: pick([0, 3, 30]), channels: random() < 0.7, locks: random() < 0.5,
    server: {latency: pick([1, 10, 40]), limit: pick([600, 131072]), answer: {heartbeat: 5000, resume_window: 600000, window: pick([900, 5000, 524288])}}
  });
  const {server, clock} = browser;
  const names = pick([undefined, undefined, ['xhr_stream'], ['xhr_poll'], ['websocket', 'xhr_poll']]);
  const tabs = [];
  const violence = pick([0, 0.02, 0.1]);
  const deaths = pick([0.002, 0.01, 0.03]);
  const stats = {killed: 0, leadersKilled: 0};
  let chaos = false;

  server.weather = (link) => {
    if (!chaos || link.path.endsWith('/open') || random() > violence) {
      return undefined;
    }
    return pick(['refuse', 502, link.leaf === '/xhr_send' ? 'twice' : 'refuse', 'lost answer']);
  };

  const openTab = () => {
    const page = browser.openPage();
    const tab = {name: 't' + tabs.length, page, sent: [], ended: '', ...openSocket(page, {share: true, transports: names, timeout: 1000})};
    tabs.push(tab);
  };
  const alive = () => tabs.filter((tab) => tab.ended === '');
  const open = () => alive().filter((tab) => tab.socket.readyState === 1);
  const leads = (tab) => /this tab leads/.test(JSON.stringify(tab.socket.report()));

  const end = () => {
    const leaders = alive().filter(leads);
    const tab = leaders.length > 0 && random() < 0.5 ? pick(leaders) : pick(alive());
    if (open().filter((other) => other !== tab).length < 2) {
      return; // somebody is to keep the session
    }
    const how = pick(['killed', 'killed', 'left', 'closed']);
    stats.killed++;
    stats.leadersKilled += leads(tab) ? 1 : 0;
    if (how === 'killed') {
      browser.kill(tab.page, pick([0, 300, 3000]));
    } else if (how === 'left') {
      browser.leave(tab.page);
    } else if (tab.socket.readyState === 1) {
      tab.socket.close(3000, 'enough');
    } else {
      return;
    }
    tab.ended = how;
  };

  let downs = 0;
  const pass = (milliseconds) => {
    const step = chaos ? kStepMs : kCalmStepMs;
    for (let at = 0; at < milliseconds; at += step) {
      if (chaos) {
        const live = server.live();
        if (live.length > 0 && random() < violence / 4) {
          pick(live).break();
        }
        if (random() < deaths) {
          end();
        }
        if (alive().length < 6 && random() < 0.02) {
          openTab();
        }
        open().forEach((tab) => {
          if (random() < 0.15) {
            const text = `${tab.name} ${tab.sent.length} ` + 'x'.repeat(below(3) ? 0 : below(400));
            tab.sent.push(text);
            tab.socket.send(random() < 0.2 ? Uint8Array.from(Buffer.from(text)) : text);
          }
        });
        if (server.session && random() < 0.3) {
          server.session.send(`${downs++} ` + 'y'.repeat(below(3) ? 0 : below(400)));
        }
      }
      if (Math.floor(clock.now / 5000) !== Math.floor((clock.now + step) / 5000)) {
        server.heartbeat();
      }
      clock.pass(step);
    }
  };

  openTab();
  openTab();
  openTab();
  pass(5000);
  assert.strictEqual(open().length, 3, 'all are open');
  chaos = true;
  pass(kChaosMs);
  chaos = false;
  pass(kCalmMs);
  assert.deepStrictEqual(clock.errors, []);
  assert.strictEqual(server.opens, 1, 'sessions');
  const session = server.session;
  const received = session.received.map(String);
  tabs.forEach((tab) => {
    const mine = received.filter((text) => text.startsWith(tab.name + ' '));
    if (tab.ended === 'killed' || tab.ended === 'left') {
      assert.deepStrictEqual(mine, tab.sent.slice(0, mine.length), `${tab.name}, ${tab.ended}: a beginning of what it sent`);
    } else {
      assert.deepStrictEqual(mine, tab.sent, `${tab.name}: all that it sent`);
    }
    const messages = tab.log.filter(([type]) => type === 'message').map((entry) => entry[1]);
    const first = messages.length > 0 ? Number(messages[0].split(' ')[0]) : downs;
    const upTo = tab.ended === '' ? downs : first + messages.length;
    assert.deepStrictEqual(messages.map((text) => Number(text.split(' ')[0])),
      Array.from({length: upTo - first}, (unused, i) => first + i), `${tab.name} (${tab.ended}): what came down`);
    if (tab.ended === '') {
      assert.strictEqual(tab.socket.readyState, 1, tab.name);
      assert.deepStrictEqual(tab.log.filter(([type]) => type === 'error' || type === 'close' || type === 'gap'), []);
      assert.strictEqual(tab.socket.bufferedAmount, 0, tab.name);
    }
    if (tab.ended === 'closed') {
      assert.deepStrictEqual(tab.log[tab.log.length - 1], ['close', 3000, 'enough', true], tab.name);
    }
  });
  assert.strictEqual(tabs.slice(0, 1)[0].log[0][0], 'open');
  const owed = session.down.slice(session.base).reduce((sum, message) => sum + message.length + 48, 0);
  assert.ok(owed < server.answer.window / 4 + 500, `what came down is acknowledged, but for ${owed} bytes`);
  return stats;
}

const [from, to] = (process.env.ENCKE_SEEDS || '1-24').split('-').map(Number);
let leadersKilled = 0;
const seeds = Array.from({length: (to || from) - from + 1}, (unused, i) => from + i);
// 315 and 411: a tab opens while another takes over the lead.
seeds.concat(process.env.ENCKE_SEEDS ? [] : [315, 411]).forEach((seed) => {
  test(`6.5 shared by tabs that come and go, each message arrives once and in order (seed ${seed})`, () => {
    leadersKilled += run(seed).leadersKilled;
  });
});
test('the runs did end leaders', {skip: (to || from) - from < 20 && 'too few runs to expect it'}, () => assert.ok(leadersKilled > 20));
