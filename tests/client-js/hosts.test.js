// Tabs that do not share spread over the hosts that the server names (6.2).
'use strict';
const assert = require('node:assert');
const {test} = require('node:test');
const {FakeBrowser} = require('./support/browser.js');
const {openSocket} = require('./support/world.js');

function hostsUsed(count, options, {page, weather} = {}) {
  const browser = new FakeBrowser({seed: 5, server: {answer: {hosts: ['b.example.test', 'c.example.test:8080', 'bad host', 'x/y']}}});
  browser.server.weather = weather || (() => undefined);
  return Array.from({length: count}, () => {
    const {socket} = openSocket(browser.openPage(page), options);
    browser.clock.pass(500);
    const link = browser.server.links.filter((one) => one.key).pop();
    assert.strictEqual(socket.readyState, 1);
    assert.strictEqual(socket.url, 'ws://example.test/echo');
    return new URL(link.url, 'http://example.test').host;
  });
}

test('6.2 each page takes a host by chance, and opens its session there', () => {
  assert.deepStrictEqual([...new Set(hostsUsed(30, {}))].sort(), ['b.example.test', 'c.example.test:8080', 'example.test']);
});
test('a host that does not answer is done without', () => {
  const weather = (link) => (/[bc]\.example/.test(link.url) ? 'refuse' : undefined);
  assert.deepStrictEqual([...new Set(hostsUsed(12, {}, {weather}))], ['example.test']);
});
test('tabs that share have one connection, at the first host', () => {
  const browser = new FakeBrowser({seed: 5, server: {answer: {hosts: ['b.example.test']}}});
  for (let i = 0; i < 6; i++) {
    openSocket(browser.openPage(), {share: true});
    browser.clock.pass(500);
  }
  assert.deepStrictEqual([...new Set(browser.server.links.map((link) => new URL(link.url, 'http://example.test').host))], ['example.test']);
});
test('tabs that cannot share spread, and their report says why', () => {
  const browser = new FakeBrowser({seed: 5, channels: false, locks: false, storage: false, server: {answer: {hosts: ['b.example.test']}}});
  for (let i = 0; i < 12; i++) {
    const {socket} = openSocket(browser.openPage(), {share: true});
    browser.clock.pass(500);
    assert.strictEqual(socket.readyState, 1);
    assert.match(socket.report()[0].reason, /neither BroadcastChannel nor a localStorage .* this tab connects on its own/);
  }
  assert.strictEqual(new Set(browser.server.links.map((link) => new URL(link.url, 'http://example.test').host)).size, 2);
});
test('a session that goes on after a reload stays with its host', () => {
  for (let seed = 1; seed < 8; seed++) {
    const browser = new FakeBrowser({seed, server: {answer: {hosts: ['b.example.test', 'c.example.test']}}});
    const tab = browser.openTab();
    const hosts = [0, 1, 2].map(() => {
      const page = browser.openPage({}, tab);
      openSocket(page, {reload: true});
      browser.clock.pass(500);
      const {url} = browser.server.links[browser.server.links.length - 1];
      browser.leave(page);
      return new URL(url, 'http://example.test').host;
    });
    assert.strictEqual(new Set(hosts).size, 1, hosts.join(' '));
  }
});
