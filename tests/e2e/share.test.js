// The option `share` in Chromium: tabs of one origin, one session, one connection; the leading tab is closed, and its renderer
// crashed, while numbered messages go both ways.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {launchBrowser, startServer, watchForErrors, within} = require('./support.js');

const patience = {timeout: 280000}; // twelve browsers' worth of processes, on a machine that may be busy

/** In a page: opens a shared socket, and keeps what comes. */
function ride([name, options]) {
  const tab = window.tab = {name, received: [], events: [], sent: 0, timer: null};
  const socket = tab.socket = new Encke.Socket('/broadcast', [], {share: true, ...options});
  socket.onmessage = (event) => event.data[0] === 'd' && tab.received.push(Number(event.data.slice(2)));
  ['open', 'close', 'error', 'gap'].forEach((type) => socket.addEventListener(type, (event) => tab.events.push(type)));
  return new Promise((resolve) => socket.addEventListener('open', resolve));
}

/** In the page of somebody else: a plain WebSocket beside the tabs, which numbers what it sends and keeps what they send. */
function standOutside(address) {
  const outside = window.outside = {sent: 0, received: [], timer: null};
  const socket = outside.socket = new WebSocket(address);
  socket.onmessage = (event) => event.data[0] === 'u' && outside.received.push(event.data);
  return new Promise((resolve) => {
    socket.onopen = resolve;
  });
}

const startTalking = () => {
  tab.timer = setInterval(() => tab.socket.send(`u ${tab.name} ${tab.sent++}`), 50);
};
const stopTalking = () => {
  clearInterval(tab.timer);
  return tab.sent;
};
const isLeader = () => tab.socket.report().some((entry) => entry.transport === 'share' && /this tab leads/.test(entry.reason));

async function until(what, check) {
  const end = Date.now() + 60000;
  while (!await check()) {
    assert.ok(Date.now() < end, what);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function findLeader(tabs) {
  let leader = null;
  await until('a tab leads', async () => {
    for (const tab of tabs) {
      leader = await tab.page.evaluate(isLeader) ? tab : leader;
    }
    return leader !== null;
  });
  return leader;
}

function shareWith(count, missing) {
  return async () => {
    const server = await startServer({config: {services: {'/broadcast': {type: 'broadcast'}, '/echo': {type: 'echo'}}}});
    const browser = await launchBrowser(['--renderer-process-limit=50']);
    const errors = [];
    const alive = new Set(); // WebSockets of the tabs
    let tabs = [];
    try {
      const context = await browser.newContext();
      await context.addInitScript(`for (const name of ${JSON.stringify(missing)}) {
        Object.defineProperty(name === 'locks' ? Navigator.prototype : window, name, {get: () => undefined});
      }`);
      const openTab = async (name) => {
        const tab = {name, page: await context.newPage()};
        tab.page.on('crash', () => {
          tab.crashed = true;
        });
        tab.page.on('websocket', (socket) => {
          alive.add(socket);
          socket.on('close', () => alive.delete(socket));
        });
        await tab.page.goto(server.url + 'echo');
        tab.errors = watchForErrors(tab.page);
        errors.push(tab.errors);
        await tab.page.addScriptTag({url: server.url + 'encke.js'});
        await within(tab.page.evaluate(ride, [name, {}]), `the opening of ${name}`);
        tabs.push(tab);
      };
      for (let i = 0; i < count; i++) {
        await openTab('t' + i);
      }
      assert.strictEqual(alive.size, 1, 'one connection for all');
      const outside = await (await browser.newContext()).newPage();
      await outside.goto(server.url + 'echo');
      await outside.evaluate(standOutside, server.url.replace('http', 'ws') + 'broadcast/websocket');
      await outside.evaluate(() => {
        window.outside.timer = setInterval(() => window.outside.socket.send('d ' + window.outside.sent++), 10);
      });
      await Promise.all(tabs.map((tab) => tab.page.evaluate(startTalking)));
      const pause = () => new Promise((resolve) => setTimeout(resolve, 1500));

      await pause();
      const closed = await findLeader(tabs);
      await closed.page.close();
      tabs = tabs.filter((tab) => tab !== closed);
      await pause();
      const crashed = await findLeader(tabs);
      const cdp = await context.newCDPSession(crashed.page);
      cdp.send('Page.crash').catch(() => {});
      await until('the crash', () => crashed.crashed);
      tabs = tabs.filter((tab) => tab !== crashed);
      assert.deepStrictEqual(tabs.filter((tab) => tab.crashed).map((tab) => tab.name), [], 'the others live');
      const next = await findLeader(tabs);
      assert.ok(next !== crashed);
      await pause();

      const sent = await Promise.all(tabs.map((tab) => tab.page.evaluate(stopTalking)));
      const downs = await outside.evaluate(() => {
        clearInterval(window.outside.timer);
        return window.outside.sent;
      });
      assert.ok(downs > 200, `${downs} went down`);
      for (const tab of tabs) {
        await until(`${tab.name} has the last message down`, () => tab.page.evaluate((last) => tab.received[tab.received.length - 1] === last, downs - 1));
        const {received, events} = await tab.page.evaluate(() => tab);
        assert.deepStrictEqual(events, ['open'], tab.name);
        assert.deepStrictEqual(received, Array.from({length: downs}, (unused, i) => i), `${tab.name}: what came down`);
      }
      await until('all that the tabs sent is there', async () => {
        const all = await outside.evaluate(() => window.outside.received);
        return tabs.every((tab, i) => sent[i] === 0 || all.includes(`u ${tab.name} ${sent[i] - 1}`));
      });
      const all = await outside.evaluate(() => window.outside.received);
      tabs.forEach((tab, i) => assert.deepStrictEqual(all.filter((text) => text.startsWith(`u ${tab.name} `)),
        Array.from({length: sent[i]}, (unused, n) => `u ${tab.name} ${n}`), `${tab.name}: what went up`));
      [closed, crashed].forEach((tab) => {
        const its = all.filter((text) => text.startsWith(`u ${tab.name} `));
        assert.deepStrictEqual(its, its.map((unused, n) => `u ${tab.name} ${n}`), `${tab.name}, which ended: a beginning`);
        assert.ok(its.length > 0, `${tab.name} said something`);
      });
      assert.deepStrictEqual(errors.flat(), []);
    } finally {
      await browser.close();
      assert.strictEqual(await server.stop(), 0);
    }
    assert.match(server.log(), /service \/broadcast: 2 sessions opened/, 'one for the tabs, one for who stood outside');
  };
}

describe('share', () => {
  test('twelve tabs: one connection, and nothing lost or repeated when the leading one is closed or crashes', patience, shareWith(12, []));
  test('six tabs without Web Locks', patience, shareWith(6, ['locks']));
  test('six tabs with localStorage alone', patience, shareWith(6, ['locks', 'BroadcastChannel']));
});
