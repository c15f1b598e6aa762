// The released SockJS clients, unmodified, in a real browser: each transport forced in turn, same-origin and cross-origin.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {bundle} = require('./commonjs_bundle.js');
const {launchBrowser, startServer, watchForErrors, within} = require('./support.js');

const versions = ['1.0.3', '1.1.5', '1.3.0', '1.6.1'];
const origins = ['same-origin', 'cross-origin'];
// Each transport of the clients, and the end of the URL by which it receives.
const leaves = {
  'websocket': 'websocket',
  'xhr-streaming': 'xhr_streaming',
  'eventsource': 'eventsource',
  'iframe-eventsource': 'eventsource',
  'htmlfile': 'htmlfile',
  'iframe-htmlfile': 'htmlfile',
  'xhr-polling': 'xhr',
  'iframe-xhr-polling': 'xhr',
  'jsonp-polling': 'jsonp'
};
const streams = ['xhr_streaming', 'eventsource', 'htmlfile']; // a client that closes these is seen to go
const kResponseLimit = 4096;
const patience = {timeout: 60000};

/** Why a client does not use a transport in this browser: true of all four, in their own source. */
function disabledBecause(transport, origin) {
  return transport === 'htmlfile' && origin === 'cross-origin' ? 'the client takes htmlfile to its own origin only' : '';
}

// Every code point that the wire escapes, those that clients escape, and the marks of each envelope.
const texts = [
  '', ' ', 'plain', '%', '%41 %25 %00 %zz %', '+ & = ; ?', '"quoted" \'single\' `back`', '\\ \\\\ \\n \\u0041', 'two\nlines\r\nand\rmore\t',
  '\u0000\u0001\u0008\u000b\u000c\u001f\u007f\u0080\u009f\u00ad', 'Gr\u00fc\u00dfe \u65e5\u672c\u8a9e \u0440\u0443\u0441',
  '\u2028\u2029\u200c\u200d\u200e\u200f\u202a\u202e\u202f\u2060\u206f', '\ufeff\ufff0\ufff9\ufffd\ufffe\uffff', '\u{1f600}\u{10ffff}\u{10000}',
  '</script><!-- <b>&amp;</b> -->', 'data: x\r\n\r\ndata: y', 'h', 'o', 'c[3000,"Go away!"]', 'a["x"]', '[]', 'null', '0'
];
const long = [
  'x'.repeat(kResponseLimit - 1), 'y'.repeat(kResponseLimit + 1), '\u20ac%"\n\u2028'.repeat(kResponseLimit), 'z'.repeat(3 * kResponseLimit)
];
const numbered = Array.from({length: 100}, (unused, index) => `message ${index}`);

let folder;
let server;
let browser;

function writePages() {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-clients-'));
  const config = {listen: ['127.0.0.1:0'], static: {'/pages': folder}, services: {}};
  for (const version of versions) {
    const installed = path.join(__dirname, 'node_modules', `sockjs-client-${version}`);
    const built = path.join(installed, 'dist');
    let script = `/client-${version}/sockjs.js`;
    if (fs.existsSync(built)) {
      config.static[`/client-${version}`] = built;
    } else {
      script = `/pages/sockjs-${version}.js`;
      fs.writeFileSync(path.join(folder, `sockjs-${version}.js`), bundle(path.join(installed, 'lib/entry.js'), 'SockJS'));
    }
    fs.writeFileSync(path.join(folder, `${version}.html`),
      `<!DOCTYPE html><title>${version}</title><link rel="icon" href="data:,"><body><script src="${script}"></script></body>`);
    config.services[`/echo-${version}`] = {type: 'echo', response_limit: kResponseLimit, sockjs_url: script};
    config.services[`/close-${version}`] = {type: 'close', sockjs_url: script};
  }
  return config;
}

before(async () => {
  server = await startServer({config: writePages(), args: ['--workers', '2']});
  browser = await launchBrowser();
}, patience);

after(async () => {
  if (browser) {
    await browser.close();
  }
  if (server) {
    assert.strictEqual(await server.stop(), 0);
  }
  fs.rmSync(folder, {recursive: true, force: true});
}, patience);

/** A page of that client's; `requested` grows by the last path segment of all that is asked for below /echo and /close. */
async function open(version) {
  const page = await browser.newPage();
  page.setDefaultTimeout(patience.timeout);
  const errors = watchForErrors(page);
  const requested = [];
  const note = (url) => {
    const match = /\/(?:echo|close)-[0-9.]+(\/[^?]*)/.exec(url);
    if (match) {
      requested.push(match[1]);
    }
  };
  page.on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  await page.goto(`${server.url}pages/${version}.html`);
  return {page, errors, requested};
}

/** In the page: opens, sends each batch and waits for its echo, closes; answers all that happened. */
function runInPage({url, transport, batches}) {
  return new Promise((resolve) => {
    const seen = {version: window.SockJS.version, opened: 0, transport: null, echoes: [], close: null};
    // Only patience: a loaded machine may need longer for a transport to open than the client gives it.
    window.SockJS.prototype.countRTO = () => 10000;
    const socket = new window.SockJS(url, null, {transports: [transport], protocols_whitelist: [transport]});
    let sent = 0;
    let batch = -1;
    function next() {
      batch += 1;
      if (batch === batches.length) {
        socket.close(3500, 'thank you');
        return;
      }
      sent += batches[batch].length;
      batches[batch].forEach((text) => socket.send(text));
    }
    socket.onopen = () => {
      seen.opened += 1;
      seen.transport = socket.transport || socket.protocol;
      if (batches) {
        next();
      }
    };
    socket.onmessage = (event) => {
      seen.echoes.push(event.data);
      if (seen.echoes.length === sent) {
        next();
      }
    };
    socket.onclose = (event) => {
      seen.close = [event.code, event.reason, event.wasClean];
      resolve(seen);
    };
  });
}

/** Resolves when the server has let go of an HTTP session: sends to it are answered with 404. */
async function isGone(url) {
  for (;;) {
    const response = await fetch(`${url}/xhr_send`, {method: 'POST', body: '["late"]'});
    if (response.status === 404) {
      return;
    }
    assert.strictEqual(response.status, 204);
  }
}

for (const origin of origins) {
  for (const version of versions) {
    describe(`sockjs-client ${version}, ${origin}`, {concurrency: 4}, () => {
      const base = () => origin === 'same-origin' ? server.url : server.url.replace('127.0.0.1', 'localhost');
      for (const [transport, leaf] of Object.entries(leaves)) {
        const options = {...patience, skip: disabledBecause(transport, origin) || false};

        test(`${transport}: opens, echoes everything in order, closes`, options, async () => {
          const {page, errors, requested} = await open(version);
          const batches = [texts, long, numbered];
          const seen = await within(page.evaluate(runInPage, {url: `${base()}echo-${version}`, transport, batches}), 'the close event');
          assert.strictEqual(seen.version, version);
          assert.strictEqual(seen.transport, transport, `closed with ${seen.close}`);
          assert.strictEqual(seen.opened, 1);
          const carriers = requested.filter((url) => url.endsWith('/' + leaf));
          assert.ok(carriers.length > 0, `expected ${leaf} among ${requested}`);
          assert.strictEqual(requested.some((url) => /\/iframe.*\.html$/.test(url)), transport.startsWith('iframe-'));
          assert.deepStrictEqual(seen.echoes, batches.flat());
          assert.deepStrictEqual(seen.close, [3500, 'thank you', true]);
          if (streams.includes(leaf)) {
            await within(isGone(`${server.url}echo-${version}${carriers[0].slice(0, carriers[0].lastIndexOf('/'))}`), 'the end of the session');
          }
          assert.deepStrictEqual(errors, []);
          await page.close();
        });

        test(`${transport}: the server's close arrives with its code and reason`, options, async () => {
          const {page, errors} = await open(version);
          const seen = await within(page.evaluate(runInPage, {url: `${base()}close-${version}`, transport}), 'the close event');
          assert.deepStrictEqual(seen.close, [3000, 'Go away!', true]);
          assert.strictEqual(seen.transport, transport);
          assert.strictEqual(seen.opened, 1);
          assert.deepStrictEqual(errors, []);
          await page.close();
        });
      }
    });
  }
}
