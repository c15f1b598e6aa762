// A browser that shows what comes in blocks of 4096 bytes, as the one of Android up to 4.3: a Chromium without WebSocket whose
// XMLHttpRequest shows no more of a response than whole blocks before its end. The facade finds it out by the time that the first frame takes.
'use strict';
const assert = require('node:assert');
const {after, before, test} = require('node:test');
const {launchBrowser, startServer, watchForErrors, within} = require('./support.js');

const patience = {timeout: 60000};
let server;
let browser;

before(async () => {
  server = await startServer({config: {services: {'/echo': {type: 'echo'}}}});
  browser = await launchBrowser();
}, patience);

after(async () => {
  await browser.close();
  assert.strictEqual(await server.stop(), 0);
}, patience);

/** Runs before the page's scripts. */
function showBlocks() {
  const {get} = Object.getOwnPropertyDescriptor(XMLHttpRequest.prototype, 'responseText');
  Object.defineProperty(XMLHttpRequest.prototype, 'responseText', {get() {
    const text = get.call(this);
    return this.readyState < 4 ? text.slice(0, text.length - text.length % 4096) : text;
  }});
  window.WebSocket = window.EventSource = undefined;
}

test('6.3 a stream with padding takes over from polls, and each message comes at once', patience, async () => {
  const page = await browser.newPage();
  const errors = watchForErrors(page);
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.addInitScript(showBlocks);
  await page.goto(server.url + 'echo');
  await page.addScriptTag({url: server.url + 'encke.js'});
  const seen = await within(page.evaluate(() => new Promise((resolve) => {
    const socket = new Encke.Socket('/echo', [], {transports: ['xhr_stream', 'xhr_poll']});
    const received = [];
    const first = [];
    socket.onopen = () => first.push(socket.transport);
    socket.addEventListener('transport', () => {
      if (socket.transport === 'xhr_stream') {
        socket.send('0');
      }
    });
    socket.onmessage = (event) => { // the next one goes when this one is seen
      if (received.push(event.data) < 100) {
        socket.send(String(received.length));
      } else {
        resolve({first, received, transport: socket.transport, report: JSON.stringify(socket.report())});
      }
    };
  })), 'the last message');
  assert.deepStrictEqual(seen.received, Array.from({length: 100}, (unused, i) => String(i)), seen.report);
  assert.deepStrictEqual([seen.first, seen.transport], [['xhr_poll'], 'xhr_stream'], seen.report);
  const streams = asked.filter((url) => /\/xhr_streaming\?/.test(url)).map((url) => /&b=1/.test(url));
  assert.deepStrictEqual(streams.slice(0, 2), [false, true], 'the first try was without padding, the next one with it');
  assert.ok(streams.length > 3 && streams.slice(1).every(Boolean), 'responses end at their limit, padding counted, and the next ones follow');
  assert.deepStrictEqual(errors, []);
});
