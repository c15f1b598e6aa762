// A page with Ruffle in place of the Flash Player, and the relay by which Ruffle reaches sockets.
'use strict';
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const {WebSocketServer} = require('ws');
const {within} = require('../e2e/support.js');

const ruffle = path.dirname(require.resolve('@ruffle-rs/ruffle/package.json'));
const types = {'.js': 'text/javascript', '.wasm': 'application/wasm', '.map': 'application/json'};

/**
 * A WebSocket whose messages are the bytes of a connection to a port of this machine, as Ruffle's socketProxy wants it.
 * Answers {url, connections(), sent(), cut(), stop()}: sent() is all that pages have sent, by connection.
 */
async function startRelay(port) {
  const relay = new WebSocketServer({host: '127.0.0.1', port: 0});
  const sent = [];
  const ends = new Set();
  relay.on('connection', (near) => {
    const far = net.connect(port, '127.0.0.1');
    const mine = [];
    const end = () => {
      far.destroy();
      near.close();
      ends.delete(end);
    };
    ends.add(end);
    sent.push(mine);
    near.on('message', (data) => {
      mine.push(data);
      far.write(data);
    });
    far.on('data', (chunk) => near.send(chunk));
    near.on('close', end).on('error', end);
    far.on('close', end).on('error', end);
  });
  await within(new Promise((resolve) => relay.once('listening', resolve)), 'the start of the relay');
  return {
    url: `ws://127.0.0.1:${relay.address().port}/`,
    connections: () => sent.length,
    sent: () => sent.map((chunks) => Buffer.concat(chunks)),
    cut: () => ends.forEach((end) => end()),
    stop: () => {
      const stopped = new Promise((resolve) => relay.close(resolve));
      ends.forEach((end) => end());
      relay.clients.forEach((client) => client.terminate());
      return within(stopped, 'the end of the relay');
    }
  };
}

/** How Ruffle is set up in a page: where its files are, and which ports movies may connect to. */
const configure = (relay, ports) => ({publicPath: '/ruffle/', autoplay: 'on', unmuteOverlay: 'hidden', splashScreen: false, warnOnUnsupportedContent: false,
  logLevel: 'error', socketProxy: ports.map((port) => ({host: '127.0.0.1', port, proxyUrl: relay.url}))});

/**
 * Loads Ruffle, which takes the place of the plug-in, and encke.js into a page that shows something of `server`. `port`, where it is
 * not the server's own, is what movies may connect to; null: nothing.
 */
async function addFlash(page, server, relay, {port = server.port, script = 'encke.js'} = {}) {
  await page.route('**/ruffle/*', (route) => {
    const name = path.basename(new URL(route.request().url()).pathname);
    return route.fulfill({body: fs.readFileSync(path.join(ruffle, name)), contentType: types[path.extname(name)]});
  });
  await page.evaluate((config) => {
    window.RufflePlayer = {config};
  }, configure(relay, port === null ? [] : [port]));
  await page.addScriptTag({url: '/ruffle/ruffle.js'});
  await page.addScriptTag({url: server.url + script});
}

/** A page of the server's that has Ruffle before all scripts of its own; `ruffle` is served at /ruffle then. */
const ruffleBefore = (page, relay, port) => page.addInitScript((config) => {
  window.RufflePlayer = {config};
}, configure(relay, [port]));

module.exports = {addFlash, ruffle, ruffleBefore, startRelay};
