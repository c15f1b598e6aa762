// The option `reload`: a session that goes on in the tab's next page.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {FakeBrowser} = require('./support/browser.js');
const {openSocket} = require('./support/world.js');

function openTab({browser: browserOptions, tab: tabOptions, page, socket, address} = {}) {
  const browser = new FakeBrowser(browserOptions);
  const tab = browser.openTab(tabOptions);
  const open = () => {
    const itsPage = browser.openPage(page, tab);
    return {page: itsPage, ...openSocket(itsPage, {reload: true, ...socket}, address)};
  };
  const first = open();
  browser.clock.pass(300);
  return {browser, tab, first, open, server: browser.server, clock: browser.clock};
}

const isEmpty = (tab) => (!tab.session || tab.session.length === 0) && !/encke/.test(tab.name);
const ways = {
  sessionStorage: {},
  'window.name, where there is no sessionStorage': {tab: {session: false}},
  'window.name, where sessionStorage takes nothing': {tab: {quota: 0}},
  'window.name, in a page without an origin': {tab: {session: false}, page: {page: 'about:srcdoc'}, address: 'http://example.test/echo'},
  'beforeunload, where there is no pagehide': {page: {pagehide: false}}
};

Object.entries(ways).forEach(([way, options]) => describe(`by ${way}`, () => {
  test('over six pages each message arrives once, both ways, and `open` comes once in each', () => {
    const {browser, tab, first, open, server, clock} = openTab(options);
    let now = first;
    const got = [];
    const ups = [];
    let downs = 0;
    tab.name = 'what others keep';
    for (let i = 0; i < 6; i++) {
      server.session.send(`d${downs++}`, Buffer.from([1, 2, downs++]));
      now.socket.send(ups[ups.push(`u${ups.length}`) - 1]);
      clock.pass(i * 7);
      server.session.send(`d${downs++}`);
      now.socket.send(ups[ups.push(`u${ups.length}`) - 1]);
      browser.leave(now.page);
      server.session.send(`d${downs++}`);
      clock.pass(50);
      assert.deepStrictEqual(now.log[0], ['open']);
      got.push(...now.messages());
      assert.strictEqual(now.log.length, now.messages().length + 1);
      now = open();
      clock.pass(300);
      assert.ok(isEmpty(tab), 'it was taken out');
    }
    got.push(...now.messages());
    assert.strictEqual(server.opens, 1);
    assert.deepStrictEqual(got, Array.from({length: downs}, (unused, i) => (i % 4 === 1 ? [1, 2, i] : `d${i}`)));
    assert.deepStrictEqual(server.session.received, ups);
    assert.strictEqual(tab.name, 'what others keep');
    assert.deepStrictEqual(now.page.beacons, []);
    assert.deepStrictEqual(clock.errors, []);
  });
}));

describe('otherwise', () => {
  test('a session that the server does not know any more: a new one, `gap`, then `open`', () => {
    const {browser, first, open, server, clock} = openTab();
    first.socket.send('never');
    browser.leave(first.page);
    server.session.forget();
    const next = open();
    clock.pass(500);
    assert.strictEqual(server.opens, 2);
    assert.deepStrictEqual(next.log.map(([type]) => type), ['gap', 'open']);
    assert.deepStrictEqual(next.log[0][2], ['never']);
    assert.match(next.log[0][1], /does not know it/);
    server.session.send('hello');
    clock.pass(100);
    assert.deepStrictEqual(next.messages(), ['hello']);
  });
  test('a page that comes back from the cache goes on, without another `open`', () => {
    const {browser, tab, first, server, clock} = openTab();
    browser.leave(first.page, {persisted: true});
    server.session.send('1');
    clock.pass(500);
    assert.deepStrictEqual(first.log, [['open']]);
    first.page.tellPage('window', 'pageshow', {persisted: true});
    clock.pass(500);
    server.session.send('2');
    clock.pass(100);
    assert.deepStrictEqual(first.log, [['open'], ['message', '1'], ['message', '2']]);
    assert.strictEqual(server.opens, 1);
    assert.ok(isEmpty(tab));
  });
  [true, false].forEach((persisted) => test(`a page that closes its socket as it goes ${persisted ? 'into the cache' : 'for good'}: it stays closed`, () => {
    const {browser, tab, first, open, server, clock} = openTab();
    first.socket.send(new first.page.context.Blob(['never read']));
    first.socket.send('perhaps');
    first.page.context.addEventListener('pagehide', () => first.socket.close());
    let told = null;
    first.socket.addEventListener('close', (event) => {
      told = event.unacknowledged;
    });
    browser.leave(first.page, {persisted});
    assert.deepStrictEqual([first.socket.readyState, isEmpty(tab)], [2, true]);
    const next = open();
    clock.pass(500);
    assert.deepStrictEqual([next.log, server.opens], [[['open']], 2]);
    if (persisted) {
      first.page.tellPage('window', 'pageshow', {persisted});
      clock.pass(500);
      assert.deepStrictEqual(first.log.map(([type]) => type), ['open', 'error', 'close']);
      assert.deepStrictEqual(Array.from(told), ['perhaps']);
    }
    assert.deepStrictEqual(clock.errors, []);
  }));
  test('it closes with 2011 where another page has taken the session', () => {
    const {browser, first, open, server, clock} = openTab();
    browser.leave(first.page, {persisted: true});
    const next = open();
    clock.pass(500);
    first.page.tellPage('window', 'pageshow', {persisted: true});
    server.session.send('1');
    clock.pass(500);
    assert.deepStrictEqual(first.log.map((entry) => entry.slice(0, 2)), [['open'], ['error'], ['close', 2011]]);
    assert.deepStrictEqual(next.log, [['open'], ['message', '1']]);
  });
  test('of two tabs with the same stored session the second begins anew and is told of the gap', () => {
    const {browser, tab, first, open, server, clock} = openTab();
    browser.leave(first.page);
    const copy = browser.openTab();
    tab.session.items.forEach((words, key) => copy.session.setItem(key, words));
    const next = open();
    clock.pass(500);
    const page = browser.openPage({}, copy);
    const other = openSocket(page, {reload: true});
    clock.pass(500);
    assert.deepStrictEqual([next.log.map(([type]) => type), other.log.map(([type]) => type)], [['open'], ['gap', 'open']]);
    assert.strictEqual(server.opens, 2);
    assert.strictEqual(next.socket.readyState, 1);
  });
  test('two sockets of a page with one address go on with a session each', () => {
    const {browser, first, server, clock, open} = openTab();
    const second = openSocket(first.page, {reload: true});
    clock.pass(300);
    browser.leave(first.page);
    const next = open();
    const beside = openSocket(next.page, {reload: true});
    clock.pass(500);
    server.all.forEach((session, i) => session.send(String(i)));
    clock.pass(100);
    assert.strictEqual(second.log.length, 1);
    assert.deepStrictEqual([next.messages(), beside.messages()], [['0'], ['1']]);
  });
  test('a session that fits nowhere: the next page is told of the gap, and its report says why', () => {
    const {browser, first, open, server, clock} = openTab({tab: {quota: 600, named: false}});
    server.latency = 100000;
    first.socket.send('x'.repeat(2000));
    browser.leave(first.page);
    server.latency = 10;
    const next = open();
    clock.pass(500);
    assert.deepStrictEqual(next.log.map(([type]) => type), ['gap', 'open']);
    assert.match(next.log[0][1], /could not be kept for this page: sessionStorage does not take [0-9]+ characters/);
    assert.deepStrictEqual(Array.from(next.socket.report(), (entry) => [entry.transport, entry.outcome])[0], ['reload', 'failed']);
    assert.strictEqual(server.opens, 2);
  });
  test('where a tab can keep nothing, the report says so and the page says goodbye', () => {
    const {browser, first, open, clock} = openTab({tab: {session: false, named: false}});
    assert.deepStrictEqual(Array.from(first.socket.report(), (entry) => [entry.transport, entry.outcome])[0], ['reload', 'skipped']);
    browser.leave(first.page);
    assert.strictEqual(first.page.beacons.length, 1);
    const next = open();
    clock.pass(500);
    assert.deepStrictEqual(next.log, [['open']]);
  });
  test('without the option the page says goodbye, with it it does not', () => {
    [true, false].forEach((reload) => {
      const {browser, first} = openTab({socket: {reload}});
      browser.leave(first.page);
      assert.strictEqual(first.page.beacons.length, reload ? 0 : 1);
    });
  });
  test('a reload before the session went on again takes it along', () => {
    const {browser, first, open, server, clock} = openTab();
    server.session.send('1');
    browser.leave(first.page);
    browser.leave(open().page);
    const third = open();
    clock.pass(500);
    assert.deepStrictEqual(third.log, [['open'], ['message', '1']]);
  });
  test('a socket that was closed leaves nothing behind', () => {
    const {browser, tab, first, clock} = openTab();
    first.socket.close();
    clock.pass(300);
    browser.leave(first.page);
    assert.ok(isEmpty(tab));
    assert.deepStrictEqual(first.page.listeners, []);
  });
  test('a page that stays after beforeunload goes on, and takes back what it stored', () => {
    const {tab, first, server, clock} = openTab({page: {pagehide: false}});
    first.page.tellPage('window', 'beforeunload');
    assert.ok(!isEmpty(tab));
    server.session.send('1');
    clock.pass(20000);
    server.heartbeat();
    clock.pass(20000);
    server.session.send('2');
    clock.pass(100);
    assert.deepStrictEqual(first.log, [['open'], ['message', '1'], ['message', '2']]);
    assert.ok(isEmpty(tab));
  });
  ['goes on in another page', 'comes back from the cache'].forEach((how) => test(`what was sent behind a Blob that is still being read is not lost with it; the session ${how}`, () => {
    const {browser, first, open, server, clock} = openTab();
    first.socket.send('before');
    first.socket.send(new first.page.context.Blob([Buffer.from('a Blob')]));
    first.socket.send('behind');
    first.socket.send(Uint8Array.of(1, 2));
    browser.leave(first.page, {persisted: how === 'comes back from the cache'});
    const {socket} = first.page.dead ? open() : first;
    first.page.tellPage('window', 'pageshow', {persisted: true});
    clock.pass(500);
    socket.send('last');
    clock.pass(500);
    assert.deepStrictEqual(server.session.received.map((message) => (typeof message === 'string' ? message : [...message])), ['before', 'behind', [1, 2], 'last']);
    assert.deepStrictEqual([socket.bufferedAmount, server.opens], [0, 1]);
  }));
  test('share and reload: the last tab takes the session along', () => {
    const {browser, first, open, server, clock} = openTab({socket: {share: true}});
    first.socket.send('1');
    browser.leave(first.page);
    server.session.send('a');
    const next = open();
    clock.pass(500);
    assert.deepStrictEqual(next.log, [['open'], ['message', 'a']]);
    assert.deepStrictEqual([server.opens, server.session.received], [1, ['1']]);
  });
  test('share and reload: a reload before the session went on again takes it along', () => {
    const {browser, first, open, server, clock} = openTab({socket: {share: true}});
    server.session.send('1');
    browser.leave(first.page);
    [0, 1, 2, 3, 5, 8, 13, 21].forEach((milliseconds) => {
      const {page} = open();
      clock.pass(milliseconds);
      browser.leave(page);
    });
    server.session.send('2');
    const last = open();
    clock.pass(500);
    assert.deepStrictEqual([last.log.map(([type]) => type).slice(0, 1), last.messages().at(-1), server.opens], [['open'], '2', 1]);
  });
  test('share and reload: where other tabs have begun a new session meanwhile, the page is told of the gap and joins them', () => {
    const {browser, first, open, server, clock} = openTab({socket: {share: true}});
    server.weather = () => 'swallow';
    server.live().forEach((link) => link.stall());
    first.socket.send('never');
    browser.leave(first.page);
    server.weather = () => undefined;
    const other = openSocket(browser.openPage(), {share: true});
    clock.pass(3000);
    const next = open();
    clock.pass(3000);
    assert.deepStrictEqual([next.log.map(([type]) => type), next.log[0][2], other.log, server.opens], [['gap', 'open'], ['never'], [['open']], 2]);
    server.session.send('to both');
    next.socket.send('from the one that joined');
    clock.pass(500);
    assert.deepStrictEqual([next.messages(), other.messages(), server.session.received], [['to both'], ['to both'], ['from the one that joined']]);
    assert.deepStrictEqual(clock.errors, []);
  });
});

describe('what another site put into window.name', () => {
  /** A page opens in a tab that a hostile site has prepared with a session for it; answers what it asked for, and what it was told. */
  function openPrepared(tabOptions, {host = 'evil.test', key = 'e'.repeat(36)}) {
    const browser = new FakeBrowser();
    const tab = browser.openTab(tabOptions);
    const session = {key, windowBytes: 524288, carrier: 1, received: 0, stated: 0, base: 0, messages: [], closing: null};
    const snapshot = {offer: {...browser.server.answer, session: key}, rtt: 10, host, transport: 'websocket', closing: null, session};
    const words = JSON.stringify([{id: 'a', snapshot}]);
    tab.name = `<encke:${escape(JSON.stringify(['http://example.test', {'encke.reload http://example.test/echo': words}]))}>`;
    const {log} = openSocket(browser.openPage({}, tab), {reload: true});
    browser.clock.pass(1000);
    return {urls: browser.server.links.map((link) => link.url), log};
  }
  test('is not looked at where sessionStorage works', () => {
    const {urls, log} = openPrepared({}, {host: 'example.test'});
    assert.deepStrictEqual([urls.map((link) => link.replace(/.*\/|\?.*/g, '')), log], [['open', 'websocket', 'xhr', 'xhr'], [['open']]]);
  });
  test('leads to no other host where there is nothing better', () => {
    const {urls, log} = openPrepared({session: false}, {});
    assert.ok(urls.every((url) => new URL(url, 'http://example.test').host === 'example.test'), urls.join());
    assert.deepStrictEqual(log.map(([type]) => type), ['gap', 'open']);
  });
  test('leads to no other path', () => {
    const {urls} = openPrepared({session: false}, {key: '../../account/delete?'});
    assert.ok(urls.every((url) => !url.includes('account')), urls.join());
  });
});
