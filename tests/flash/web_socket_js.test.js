// A page of 2011 as it was: web-socket-js with its own movie (from socket.io-client 0.8.7), which speaks hixie-76 over a socket of the
// Flash Player's, here Ruffle's.
'use strict';
const assert = require('node:assert');
const path = require('node:path');
const {test} = require('node:test');
const {launchBrowser, startServer, watchForErrors} = require('../e2e/support.js');
const {addFlash, startRelay} = require('./support.js');

const folder = path.join(path.dirname(require.resolve('socket.io-client/package.json')), 'lib/vendor/web-socket-js');

/** Loads web-socket-js into a page whose browser seems to have no WebSocket; what Ruffle itself opens is a native one. */
async function addWebSocketJs(page, server, relay) {
  await page.evaluate((relayUrl) => {
    const Native = window.WebSocket;
    const init = MessageEvent.prototype.initMessageEvent;
    window.WebSocket = undefined;
    window.WEB_SOCKET_SWF_LOCATION = '/web-socket-js/WebSocketMain.swf';
    window.began = () => {
      window.WebSocket = new Proxy(window.WebSocket, {construct: (Flash, args) => String(args[0]).startsWith(relayUrl) ? new Native(...args) : new Flash(...args)});
      window.WebSocket.__initialize();
    };
    MessageEvent.prototype.initMessageEvent = function (...args) { // browsers of its time took null for no ports
      init.apply(this, args.slice(0, 7).concat([args[7] || []]));
    };
  }, relay.url);
  await page.addScriptTag({url: server.url + 'web-socket-js/swfobject.js'});
  await page.addScriptTag({url: server.url + 'web-socket-js/web_socket.js'});
  await page.evaluate(() => window.began());
}

test('web-socket-js opens, echoes everything in order, and closes', {timeout: 120000}, async () => {
  const server = await startServer({config: {services: {'/echo': {type: 'echo'}}, static: {'/web-socket-js': folder}}});
  const relay = await startRelay(server.port);
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const errors = watchForErrors(page);
    await page.goto(server.url + 'echo');
    await addFlash(page, server, relay);
    await addWebSocketJs(page, server, relay);
    const texts = ['x', 'quotes " and \\ and \'', '\u20ac \u65e5\u672c \u{1f600}', 'y'.repeat(70000), ...Array.from({length: 100}, (unused, i) => `number ${i}`)];
    const seen = await page.evaluate((all) => new Promise((resolve) => {
      const socket = new WebSocket(`ws://${location.host}/echo/websocket`);
      const log = {received: [], events: []};
      socket.onopen = () => {
        log.events.push('open');
        all.forEach((text) => socket.send(text));
      };
      socket.onmessage = ({data}) => {
        if (log.received.push(data) === all.length) {
          socket.close();
        }
      };
      socket.onerror = () => log.events.push('error');
      socket.onclose = () => {
        log.events.push('close');
        resolve(log);
      };
    }), texts);
    assert.deepStrictEqual(seen, {received: texts, events: ['open', 'close']});
    assert.match(relay.sent()[0].toString('latin1'), /^GET \/echo\/websocket HTTP\/1\.1\r\nUpgrade: WebSocket\r\n[^]*\r\nSec-WebSocket-Key2: /);
    assert.deepStrictEqual(errors, []);
  } finally {
    await browser.close();
    await relay.stop();
    assert.strictEqual(await server.stop(), 0);
  }
});
