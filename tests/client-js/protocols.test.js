// Sub-protocols (6.2): the page's list goes up with open, the first that the service has comes back.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {FakeBrowser} = require('./support/browser.js');
const {FakeServer, openPage, openSocket} = require('./support/world.js');

function ask(protocols, {service, page, options} = {}) {
  const world = openPage({document: true, binary: true, ...page});
  const server = new FakeServer(world, {protocols: service});
  const socket = new world.Encke.Socket('/echo?x=1', protocols, options);
  const log = [];
  socket.onopen = () => log.push(['open', socket.protocol]);
  socket.onclose = (event) => log.push(['close', event.code, event.reason]);
  world.clock.pass(500);
  return {world, server, socket, log, query: server.links[0].query};
}

[['by XMLHttpRequest', {}], ['by a script tag', {xhr: false, webSocket: false}]].forEach(([how, page]) => describe(how, () => {
  const rows = [
    ['none asked for', undefined, ['a'], null, ''], ['an empty list', [], ['a'], null, ''], ['one that the service has', 'a', ['b', 'a'], 'a', 'a'],
    ['the page\'s order counts', ['c', 'b', 'a'], ['a', 'b'], 'c,b,a', 'b'],
    ['every character that a token may have', 'a!#$%&\'*+-.^_`|~9Z', ['a!#$%&\'*+-.^_`|~9Z'], 'a!#$%&\'*+-.^_`|~9Z', 'a!#$%&\'*+-.^_`|~9Z']
  ];
  rows.forEach(([what, protocols, service, query, chosen]) => test(`6.2 ${what}`, () => {
    const {socket, log, query: sent} = ask(protocols, {service, page});
    assert.deepStrictEqual([log, socket.protocol, sent.get('p'), sent.get('x')], [[['open', chosen]], chosen, query, '1']);
  }));
  test('6.2 none that the service has: 1006, and a reason that names what it has', () => {
    const {socket, log} = ask(['a', 'b'], {service: ['c', 'd'], page});
    assert.deepStrictEqual([log.length, log[0][0], log[0][1], socket.readyState, socket.protocol], [1, 'close', 1006, 3, '']);
    assert.match(log[0][2], /none of the sub-protocols asked for is spoken here: c, d is\. Ask for what it has; then connect again\.$/);
  });
}));

test('a server that knows nothing of sub-protocols is as one that has none', () => {
  const world = openPage();
  const server = new FakeServer(world, {answer: {protocol: undefined}, protocols: ['a']});
  const socket = new world.Encke.Socket('/echo', 'a');
  let reason = '';
  socket.onclose = (event) => {
    reason = event.reason;
  };
  world.clock.pass(500);
  assert.strictEqual(server.opens, 1);
  assert.match(reason, /speaks none of the sub-protocols a\. /);
});

test('a new session of the same socket asks again', () => {
  const {world, server, socket} = ask(['a', 'b'], {service: ['a', 'b'], options: {reconnect: true}});
  server.options.protocols = ['b'];
  server.sessions.clear();
  server.cutAll();
  world.clock.pass(10000);
  assert.deepStrictEqual([socket.readyState, socket.protocol, server.opens], [1, 'b', 2]);
});

test('a p in the page\'s own query asks for nothing, and goes along', () => {
  [[[], ''], [['a'], 'a']].forEach(([protocols, chosen]) => {
    const world = openPage();
    const server = new FakeServer(world, {protocols: ['a', 'b']});
    const socket = new world.Encke.Socket('/echo?p=b', protocols);
    world.clock.pass(500);
    assert.deepStrictEqual([socket.readyState, socket.protocol, server.links[0].query.getAll('p')], [1, chosen, [chosen, 'b']]);
  });
});

test('without sub-protocols nothing is asked', () => {
  const world = openPage();
  const server = new FakeServer(world);
  openSocket(world, {});
  world.clock.pass(200);
  assert.strictEqual(server.links[0].url, 'http://example.test/echo/encke.1/open');
});

describe('several pages', () => {
  function openIn(page, protocols, options) {
    const socket = new page.Encke.Socket('/echo', protocols, options);
    page.browser.clock.pass(3000);
    return socket;
  }
  function browserWith(protocols) {
    const browser = new FakeBrowser({server: {protocols}});
    const open = (tab) => Object.assign(browser.openPage({}, tab), {browser});
    return {browser, open, server: browser.server};
  }
  test('tabs that share show the same sub-protocol, those that ask for others do not share', () => {
    const {browser, open, server} = browserWith(['a', 'b']);
    const sockets = ['a', 'a', 'b'].map((name) => openIn(open(browser.openTab()), [name], {share: true}));
    assert.deepStrictEqual(sockets.map((socket) => socket.protocol), ['a', 'a', 'b']);
    assert.strictEqual(server.opens, 2);
  });
  test('a page that goes on with a session has its sub-protocol; one that asks for another begins anew', () => {
    const {browser, open, server} = browserWith(['a', 'b']);
    const tab = browser.openTab();
    const protocols = ['a', 'a', 'b'].map((name) => {
      const page = open(tab);
      const socket = openIn(page, [name], {reload: true});
      browser.leave(page);
      return socket.protocol;
    });
    assert.deepStrictEqual([protocols, server.opens], [['a', 'a', 'b'], 2]);
  });
});
