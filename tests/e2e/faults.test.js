// Nothing lost, nothing twice (PROTOCOL 6), with a real browser: the facade talks to the server through a proxy that breaks
// connections by a seed. ENCKE_FAULT_SEEDS sets how many, ENCKE_FAULT_FROM the first; a failure names its seed.
'use strict';
const {spawn} = require('node:child_process');
const {after, before, test} = require('node:test');
const assert = require('node:assert');
const {launchBrowser, startServer, within} = require('./support.js');

const kTransports = ['websocket', 'xhr_stream', 'eventsource', 'forever_frame', 'xhr_poll', 'jsonp'];
const kSeeds = Number(process.env.ENCKE_FAULT_SEEDS || 2);
const kFrom = Number(process.env.ENCKE_FAULT_FROM || 1);
const kMessages = 60;
let server;
let browser;
let facade; // the script

/** The fault proxy in front of the server; it ends when its input does. */
async function startProxy(seed) {
  const child = spawn(process.env.ENCKE_FAULT_PROXY, ['--to', String(server.port), '--seed', String(seed), '--profile', 'mixed'],
    {stdio: ['pipe', 'pipe', 'inherit']});
  const port = await within(new Promise((resolve, reject) => {
    child.once('error', reject);
    child.stdout.once('data', (data) => resolve(Number(String(data).match(/[0-9]+/)[0])));
  }), 'the start of the proxy');
  return {port, stop: () => within(new Promise((resolve) => {
    child.once('exit', resolve);
    child.stdin.end();
  }), 'the end of the proxy')};
}

before(async () => {
  server = await startServer({config: {
    services: {'/echo': {type: 'echo', heartbeat_seconds: 1, heartbeat_answer_seconds: 1, response_limit: 4096}}}});
  facade = await (await fetch(`${server.url}encke.js`)).text();
  browser = await launchBrowser();
});

after(async () => {
  await browser.close();
  await server.stop();
});

/** In the page: sends numbered messages, text and bytes in turn, a few ahead of the echo, and answers what came, in words. */
function exchange({transports, count}) {
  return new Promise((resolve) => {
    const socket = new Encke.Socket('/echo', [], transports ? {transports} : {});
    const came = [];
    let sent = 0;
    socket.binaryType = 'arraybuffer';
    const sendMore = () => {
      while (sent < count && sent < came.length + 8) {
        const text = `${sent}:${'ab\u00e9\ud83d\ude00'.repeat(sent % 50)}`;
        socket.send(sent % 3 === 2 ? new TextEncoder().encode(text) : text);
        sent++;
      }
    };
    socket.onopen = sendMore;
    socket.onmessage = (event) => {
      const text = typeof event.data === 'string' ? event.data : new TextDecoder().decode(event.data);
      came.push((typeof event.data === 'string' ? 'text ' : 'bytes ') + text);
      if (came.length === count) {
        socket.close(1000, 'done');
      } else {
        sendMore();
      }
    };
    socket.onclose = (event) =>
      resolve({came, code: event.code, reason: event.reason, clean: event.wasClean, report: socket.report()});
  });
}

function expected(count) {
  return Array.from({length: count}, (nothing, index) =>
    `${index % 3 === 2 ? 'bytes' : 'text'} ${index}:${'ab\u00e9\ud83d\ude00'.repeat(index % 50)}`);
}

const skip = !process.env.ENCKE_FAULT_PROXY && 'ENCKE_FAULT_PROXY names no proxy';

for (const transports of [...kTransports.map((name) => [name]), null]) {
  const name = transports ? transports[0] : 'whatever gets through';
  for (let seed = kFrom; seed < kFrom + kSeeds; seed++) {
    test(`each message arrives once and in order over ${name}, seed ${seed}`, {skip}, async () => {
      const proxy = await startProxy(seed);
      const page = await browser.newPage();
      try {
        // The page itself does not come through the proxy: only the socket is put to the test.
        const origin = `http://127.0.0.1:${proxy.port}`;
        await page.route(`${origin}/page`, (route) => route.fulfill(
          {contentType: 'text/html', body: '<!doctype html><title>faults</title><script src="/facade.js"></script>'}));
        await page.route(`${origin}/facade.js`, (route) => route.fulfill(
          {contentType: 'application/javascript', body: facade}));
        await page.goto(`${origin}/page`);
        const result = await within(page.evaluate(exchange, {transports, count: kMessages}), `the exchange of seed ${seed}`);
        assert.deepStrictEqual(result.came, expected(kMessages), JSON.stringify(result.report));
        assert.strictEqual(result.code, 1000, `${result.reason} ${JSON.stringify(result.report)}`);
        assert.strictEqual(result.clean, true);
      } finally {
        await page.close();
        await proxy.stop();
      }
    });
  }
}
