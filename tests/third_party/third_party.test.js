// Clients that were written for WebSocket, unmodified, over Encke.install({always: true}) and each transport; their servers know
// nothing of Encke either and are reached by TCP through a relay.
'use strict';
const assert = require('node:assert');
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, root, watchForErrors, within} = require('../e2e/support.js');
const clients = require('./clients.js');

const transports = ['websocket', 'xhr_stream', 'eventsource', 'forever_frame', 'xhr_poll', 'jsonp'];
const texts = Array.from({length: 60}, (none, i) => `message ${i} \u00e9\u20ac\u{1f600} ${'x'.repeat(i * 5)}`);
const patience = {timeout: 60000};
let relay, address, browser;
const servers = [];

async function startServer(name) {
  const server = await require('./servers/' + name + '.js')();
  servers.push(server);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return String(server.address().port);
}

async function startRelay(backends) {
  relay = spawn(process.env.ENCKE_RELAY || path.join(root, 'build/tests/third_party/encke_relay'), ['127.0.0.1:0', ...backends],
    {stdio: ['ignore', 'ignore', 'pipe']});
  return within(new Promise((resolve, reject) => {
    let log = '';
    relay.once('error', reject);
    relay.once('exit', (status) => reject(new Error(`the relay ended with ${status}: ${log}`)));
    relay.stderr.setEncoding('utf8').on('data', (chunk) => {
      log += chunk;
      const match = /listening on http:\/\/(127\.0\.0\.1:[0-9]+)/.exec(log);
      if (match) {
        resolve(match[1]);
      }
    });
  }), 'the start of the relay');
}

before(async () => {
  address = await startRelay([
    '/stomp', await startServer('stomp'), 'bytes', 'v12.stomp',
    '/xmpp', await startServer('xmpp'), 'lines', 'xmpp',
    '/mqtt', await startServer('mqtt'), 'bytes', 'mqtt',
    '/irc', await startServer('irc'), 'lines', 'text.ircv3.net'
  ]);
  browser = await launchBrowser();
});

after(async () => {
  if (browser) {
    await browser.close();
  }
  if (relay) {
    relay.removeAllListeners('exit');
    relay.kill('SIGKILL');
  }
  servers.forEach((server) => server.close());
});

Object.entries(clients).forEach(([name, client]) => describe(`${name}, as it is published`, () => {
  transports.forEach((transport) => test(`sends itself ${texts.length} messages over ${transport}, in order`, patience, async () => {
    const page = await browser.newPage();
    const errors = watchForErrors(page);
    try {
      await page.goto(`http://${address}/encke.js`);
      await page.setContent('<!doctype html><title>page</title>');
      await page.addScriptTag({url: `http://${address}/encke.min.js`});
      await page.evaluate((wanted) => {
        const Native = window.Encke.Socket;
        window.made = [];
        window.isInstalled = window.Encke.install({always: true, transports: wanted});
        const Installed = window.WebSocket; // to see which sockets the client makes
        window.WebSocket = class extends Installed {
          constructor(...all) {
            super(...all);
            window.made.push(this);
          }
        };
        window.isOurs = Installed.prototype === Native.prototype;
      }, transport);
      await page.addScriptTag({content: fs.readFileSync(path.join(__dirname, 'node_modules', client.script), 'utf8')});
      const received = await within(page.evaluate(client.run, {address: `ws://${address}`, texts}), 'the conversation', 50000);
      assert.deepStrictEqual(received, texts);
      assert.deepStrictEqual(await page.evaluate(() => [window.isInstalled, window.isOurs, window.made.length,
        window.made[0].transport, window.made[0].protocol]), [true, true, 1, transport, client.protocol]);
      assert.deepStrictEqual(errors, []);
    } finally {
      await page.close();
    }
  }));
}));

describe('a client that takes a socket', () => {
  ['@stomp/stompjs', 'mqtt.js'].forEach((name) => test(`${name} by its own option, as docs/client.md says`, patience, async () => {
    const page = await browser.newPage();
    await page.goto(`http://${address}/encke.js`);
    await page.setContent('<!doctype html><title>page</title>');
    await page.addScriptTag({url: `http://${address}/encke.min.js`});
    await page.addScriptTag({content: fs.readFileSync(path.join(__dirname, 'node_modules', clients[name].script), 'utf8')});
    const native = await page.evaluate(() => {
      window.native = 0;
      window.WebSocket = function () {
        window.native++;
        throw new Error('not this one');
      };
      return String(window.WebSocket).includes('native++');
    });
    const received = await within(page.evaluate(clients[name].run, {address: `ws://${address}`, texts, transports: ['xhr_stream']}),
      'the conversation', 50000);
    assert.deepStrictEqual([native, received, await page.evaluate(() => window.native)], [true, texts, 0]);
    await page.close();
  }));
});
