// The option `share`: several pages of one browser, one session.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {FakeBrowser} = require('./support/browser.js');
const {openSocket} = require('./support/world.js');

const ways = {
  'BroadcastChannel and Web Locks': {},
  'BroadcastChannel and a lease': {locks: false},
  'localStorage and Web Locks': {channels: false},
  'localStorage alone': {channels: false, locks: false}
};

/** A browser with so many tabs that share, all of them open. */
function openTabs(count, options = {}, socketOptions = {}) {
  const browser = new FakeBrowser(options);
  const tabs = Array.from({length: count}, () => openTab(browser, socketOptions));
  return {browser, tabs, server: browser.server, clock: browser.clock};
}

function openTab(browser, socketOptions = {}, pass = 3000) {
  const page = browser.openPage();
  const tab = {page, ...openSocket(page, {share: true, ...socketOptions})};
  browser.clock.pass(pass);
  return tab;
}

const plainUps = (session) => session.received.map(String);
const leaderOf = (tabs) => tabs.find((tab) => /this tab leads/.test(JSON.stringify(tab.socket.report())));

Object.entries(ways).forEach(([way, options]) => describe(`over ${way}`, () => {
  test('all tabs are open over one session and one connection', () => {
    const {tabs, server, clock} = openTabs(4, options);
    assert.deepStrictEqual(tabs.map((tab) => [tab.socket.readyState, tab.socket.transport, tab.log]),
      Array(4).fill([1, 'websocket', [['open']]]));
    assert.strictEqual(server.opens, 1);
    assert.strictEqual(server.live('/websocket').length, 1);
    assert.deepStrictEqual(clock.errors, []);
  });
  test('what comes down reaches every tab, what goes up from any goes up once', () => {
    const {tabs, server, clock} = openTabs(3, options);
    server.session.send('a', Buffer.from([1, 2, 255]), '\u20ac');
    tabs.forEach((tab, i) => tab.socket.send('from ' + i));
    tabs[1].socket.send(Uint8Array.from([9, 0]).buffer);
    clock.pass(500);
    tabs.forEach((tab) => assert.deepStrictEqual(tab.messages(), ['a', [1, 2, 255], '\u20ac']));
    assert.deepStrictEqual(plainUps(server.session).sort(), ['\t\0', 'from 0', 'from 1', 'from 2']);
    clock.pass(5000);
    assert.deepStrictEqual(tabs.map((tab) => tab.socket.bufferedAmount), [0, 0, 0]);
    assert.strictEqual(server.session.base, 3, 'all is acknowledged');
  });
  test('a tab that joins gets what comes from then on', () => {
    const {browser, tabs, server, clock} = openTabs(2, options);
    server.session.send('before');
    clock.pass(100);
    tabs.push(openTab(browser));
    server.session.send('after');
    clock.pass(100);
    assert.deepStrictEqual(tabs.map((tab) => tab.messages()), [['before', 'after'], ['before', 'after'], ['after']]);
  });
  ['kill', 'leave'].forEach((end) => test(`the leader's page ends (${end}): another goes on with the same session`, () => {
    const {browser, tabs, server, clock} = openTabs(4, options);
    const leader = leaderOf(tabs);
    const others = tabs.filter((tab) => tab !== leader);
    server.session.send('1', '2');
    others.forEach((tab, i) => tab.socket.send('early ' + i));
    browser[end](leader.page);
    server.session.send('3');
    others.forEach((tab, i) => tab.socket.send('late ' + i));
    clock.pass(15000);
    server.session.send('4');
    clock.pass(1000);
    others.forEach((tab) => assert.deepStrictEqual(tab.messages(), ['1', '2', '3', '4']));
    others.forEach((tab, i) => assert.deepStrictEqual(plainUps(server.session).filter((m) => m.endsWith(' ' + i)), [`early ${i}`, `late ${i}`]));
    assert.strictEqual(server.opens, 1);
    assert.strictEqual(server.live('/websocket').length, 1);
    assert.deepStrictEqual(clock.errors, []);
  }));
  test('close() in one tab ends its ride, in the last one the session', () => {
    const {tabs, server, clock} = openTabs(3, options);
    tabs.forEach((tab, i) => {
      tab.socket.send('last of ' + i);
      tab.socket.close(3000 + i, 'bye');
      clock.pass(8000);
      assert.deepStrictEqual(tab.log[tab.log.length - 1], ['close', 3000 + i, 'bye', true]);
      assert.deepStrictEqual(server.session.closedBy, i < 2 ? null : [3002, 'bye']);
    });
    assert.deepStrictEqual(plainUps(server.session), ['last of 0', 'last of 1', 'last of 2']);
    assert.deepStrictEqual(clock.errors, []);
    assert.deepStrictEqual(clock.timers, []);
  });
  test('a close by the server reaches all', () => {
    const {tabs, server, clock} = openTabs(3, options);
    server.session.send('last');
    server.session.close(3000, 'Go away!');
    clock.pass(1000);
    tabs.forEach((tab) => assert.deepStrictEqual(tab.log, [['open'], ['message', 'last'], ['close', 3000, 'Go away!', true]]));
  });
  test('a session that is over is over for all, each with what it had not been told to have arrived', () => {
    const {tabs, server, clock} = openTabs(3, options);
    server.session.forget();
    server.cutAll();
    clock.pass(3000);
    tabs.forEach((tab) => assert.deepStrictEqual(tab.log.slice(-2).map(([type, code]) => [type, code]), [['error', undefined], ['close', 2011]]));
  });
  test('with reconnect they meet again in a new one', () => {
    const {tabs, server, clock} = openTabs(3, options, {reconnect: true});
    server.session.forget();
    server.cutAll();
    clock.pass(30000);
    tabs.forEach((tab) => assert.strictEqual(tab.socket.readyState, 1));
    assert.strictEqual(server.opens, 2);
    server.session.send('again');
    clock.pass(100);
    tabs.forEach((tab) => assert.deepStrictEqual(tab.messages(), ['again']));
  });
}));

describe('otherwise', () => {
  test('where Web Locks are refused each tab connects on its own, and its report says why', () => {
    const {tabs, server} = openTabs(2, {locks: 'refused'});
    assert.strictEqual(server.opens, 2);
    tabs.forEach((tab) => assert.match(tab.socket.report()[0].reason, /does not grant Web Locks here .* this tab connects on its own/));
    tabs.forEach((tab) => assert.deepStrictEqual(tab.log, [['open']]));
  });
  test('a server that is not there: every tab is told, as without the option', () => {
    const browser = new FakeBrowser({});
    browser.server.weather = () => 'refuse';
    const tabs = [0, 1, 2].map(() => openTab(browser, {}, 0));
    browser.clock.pass(20000);
    tabs.forEach((tab) => assert.deepStrictEqual(tab.log.map(([type, code]) => [type, code]), [['error', undefined], ['close', 1006]]));
  });
  test('tabs ride along on a leader whose carriers are polls, and no poll brings the same again', () => {
    const {tabs, server, clock} = openTabs(3, {lag: 1}, {transports: ['xhr_poll']});
    const before = server.links.length;
    for (let i = 0; i < 20; i++) {
      server.session.send('m' + i);
      clock.pass(200);
    }
    tabs.forEach((tab) => assert.deepStrictEqual(tab.messages(), Array.from({length: 20}, (unused, i) => 'm' + i)));
    assert.ok(server.links.length - before <= 21, `${server.links.length - before} requests for 20 messages`);
  });
  test('a rider\'s bufferedAmount is what the leader has not sent', () => {
    const {tabs, server, clock} = openTabs(2);
    const rider = tabs.find((tab) => tab !== leaderOf(tabs));
    rider.socket.send('12345');
    assert.strictEqual(rider.socket.bufferedAmount, 5);
    clock.pass(50);
    assert.strictEqual(rider.socket.bufferedAmount, 0);
    server.weather = () => 'refuse';
    server.cutAll();
    clock.pass(50);
    rider.socket.send('123');
    clock.pass(1000);
    assert.strictEqual(rider.socket.bufferedAmount, 3);
    assert.deepStrictEqual(rider.log.map(([type]) => type), ['open', 'interrupt']);
    server.weather = () => undefined;
    clock.pass(10000);
    assert.strictEqual(rider.socket.bufferedAmount, 0);
    assert.deepStrictEqual(rider.log.map(([type]) => type), ['open', 'interrupt', 'resume']);
  });
  test('a tab that hangs holds nobody up for long, and gets all when it goes on', () => {
    [{}, {locks: false}].forEach((options) => {
      const {tabs, server, clock} = openTabs(3, options);
      const slow = tabs.find((tab) => tab !== leaderOf(tabs));
      const other = tabs.find((tab) => tab !== leaderOf(tabs) && tab !== slow);
      slow.page.slow = 60000;
      other.socket.send('up');
      server.session.send('down');
      clock.pass(14000);
      assert.deepStrictEqual(server.session.received, ['up']);
      clock.pass(3000);
      assert.strictEqual(server.session.base, 1, 'and the server may let go of what came down');
      assert.deepStrictEqual(slow.messages(), []);
      slow.page.slow = 0;
      clock.pass(70000);
      tabs.forEach((tab) => assert.deepStrictEqual(tab.messages(), ['down']));
      slow.socket.send('late');
      clock.pass(1000);
      assert.deepStrictEqual(server.session.received, ['up', 'late']);
    });
  });
  test('a leader that hangs while another takes its lease does no harm when it goes on', () => {
    const {browser, tabs, server, clock} = openTabs(3, {locks: false});
    const leader = leaderOf(tabs);
    const others = tabs.filter((tab) => tab !== leader);

    server.session.send('1');
    clock.pass(100);
    // Its timers stand still, and what others post waits.
    leader.page.slow = 20000;
    leader.page.hung = true;

    clock.pass(12000);
    server.session.send('2');
    others[0].socket.send('a');
    clock.pass(3000);
    leader.page.hung = false;
    leader.page.slow = 0;
    leader.socket.send('b');
    clock.pass(30000);
    server.session.send('3');
    others[1].socket.send('c');
    clock.pass(3000);
    tabs.forEach((tab) => assert.deepStrictEqual(tab.messages(), ['1', '2', '3']));
    assert.deepStrictEqual(server.session.received.slice().sort(), ['a', 'b', 'c']);
    assert.strictEqual(server.opens, 1);
    assert.ok(leaderOf(tabs) !== leader);
    assert.deepStrictEqual(browser.clock.errors, []);
  });
  test('a tab that slept while the others began anew is told when its own session is over', () => {
    const {browser, tabs: [slow], server, clock} = openTabs(1, {locks: false});
    Object.assign(slow.page, {hung: true, slow: 40000});
    const other = openTab(browser, {}, 30000);
    Object.assign(slow.page, {hung: false, slow: 0});
    clock.pass(45000);
    assert.strictEqual(server.opens, 2);
    slow.socket.send('of the first');
    other.socket.send('of the second');
    clock.pass(1000);
    assert.deepStrictEqual(server.all.map((session) => session.received), [['of the first'], ['of the second']]);
    server.all[0].forget();
    server.cutAll();
    clock.pass(10000);
    assert.deepStrictEqual(slow.log.slice(-2).map(([type, code]) => [type, code]), [['error', undefined], ['close', 2011]]);
    assert.deepStrictEqual([other.socket.readyState, clock.errors], [1, []]);
  });
  test('a leader that closes in its interrupt event tells the server nothing more', () => {
    const {tabs, server, clock} = openTabs(2, {}, {tell: true});
    const leader = leaderOf(tabs);
    leader.socket.addEventListener('interrupt', () => leader.socket.close());
    server.cutAll();
    clock.pass(10000);
    assert.deepStrictEqual(leader.log.map(([type]) => type), ['open', 'interrupt', 'close']);
    assert.deepStrictEqual([server.reports, clock.errors], [[], []]);
  });
  test('Retry-After of an open that is refused with 503 paces the tries of a tab that shares, too', () => {
    const {server, clock} = openTabs(1, {server: {retryAfter: '40'}}, {reconnect: true});
    const at = [];
    server.weather = (link) => {
      if (link.leaf === '/open') {
        at.push(clock.now);
      }
      return link.leaf === '/open' ? '503' : undefined;
    };
    server.session.close(1011, 'x');
    clock.pass(400000);
    const gaps = at.slice(1).map((time, i) => time - at[i]);
    assert.ok(gaps.length >= 4 && gaps.every((gap) => gap >= 40000), gaps.join());
  });
  test('a page that comes back from the cache is told that it missed something', () => {
    const {browser, tabs, clock} = openTabs(2);
    browser.leave(tabs[1].page, {persisted: true});
    clock.pass(100);
    tabs[1].page.tellPage('window', 'pageshow', {persisted: true});
    assert.deepStrictEqual(tabs[1].log.map(([type, code]) => [type, code]), [['open', undefined], ['error', undefined], ['close', 2011]]);
  });
});
