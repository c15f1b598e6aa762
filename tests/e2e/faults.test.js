// Nothing lost, nothing twice (PROTOCOL 6), with a real browser: the facade talks to the server through a proxy that breaks
// connections by a seed. ENCKE_FAULT_SEEDS sets how many, ENCKE_FAULT_FROM the first; a failure names its seed.
'use strict';
const {spawn} = require('node:child_process');
const {after, before, describe, test} = require('node:test');
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

/**
 * In the page: sends numbered messages, text and bytes in turn, a few ahead of the echo, and answers what came, in words. Until the first
 * open event it connects anew, as a page would: before that there is nothing to lose.
 */
function exchange({address, transports, count}) {
  return new Promise((resolve) => {
    const connect = (tries) => {
      const socket = new Encke.Socket(address, [], transports ? {transports} : {});
      const came = [];
      let sent = 0;
      let opened = false;
      socket.binaryType = 'arraybuffer';
      const sendMore = () => {
        while (sent < count && sent < came.length + 8) {
          const text = `${sent}:${'ab\u00e9\ud83d\ude00'.repeat(sent % 50)}`;
          socket.send(sent % 3 === 2 ? new TextEncoder().encode(text) : text);
          sent++;
        }
      };
      socket.onopen = () => {
        opened = true;
        sendMore();
      };
      socket.onmessage = (event) => {
        const text = typeof event.data === 'string' ? event.data : new TextDecoder().decode(event.data);
        came.push((typeof event.data === 'string' ? 'text ' : 'bytes ') + text);
        if (came.length === count) {
          socket.close(1000, 'done');
        } else {
          sendMore();
        }
      };
      socket.onclose = (event) => {
        if (!opened && tries > 1) {
          connect(tries - 1);
        } else {
          resolve({came, code: event.code, reason: event.reason, clean: event.wasClean, report: socket.report()});
        }
      };
    };
    connect(20);
  });
}

function expected(count) {
  return Array.from({length: count}, (nothing, index) =>
    `${index % 3 === 2 ? 'bytes' : 'text'} ${index}:${'ab\u00e9\ud83d\ude00'.repeat(index % 50)}`);
}

const skip = !process.env.ENCKE_FAULT_PROXY && 'ENCKE_FAULT_PROXY names no proxy';

// Side by side: what takes time here is mostly waiting for what was broken.
describe('under faults (6.5, 6.7)', {concurrency: 7}, () => {
  for (const transports of [...kTransports.map((name) => [name]), null]) {
    const name = transports ? transports[0] : 'whatever gets through';
    for (let seed = kFrom; seed < kFrom + kSeeds; seed++) {
      test(`each message arrives once and in order over ${name}, seed ${seed}`, {skip}, async () => {
        const proxy = await startProxy(seed);
        const page = await browser.newPage();
        try {
          // The page itself does not come through the proxy: only the socket is put to the test. A hidden frame must be of its page's
          // origin, so there the browser is made to believe that it is; from such a page it would open no WebSocket.
          const address = `http://127.0.0.1:${proxy.port}`;
          const home = name === 'forever_frame' ? `${address}/home` : `${server.url}encke.js`;
          await page.route(`${address}/home`, (route) => route.fulfill({contentType: 'text/plain', body: 'home'}));
          await page.goto(home);
          await page.setContent('<!doctype html><title>faults</title>');
          await page.addScriptTag({content: facade});
          const result = await within(page.evaluate(exchange, {address: `${address}/echo`, transports, count: kMessages}), `the exchange of seed ${seed}`);
          const wanted = expected(kMessages);
          const wrong = wanted.findIndex((message, index) => message !== result.came[index]);
          assert.ok(wrong < 0 && result.came.length === kMessages, `message ${wrong} of ${result.came.length} is ` +
            `"${result.came[wrong]}", closed with ${result.code} ${result.reason}; ${JSON.stringify(result.report)}`);
          assert.strictEqual(result.code, 1000, `${result.reason} ${JSON.stringify(result.report)}`);
          assert.strictEqual(result.clean, true);
        } finally {
          await page.close();
          await proxy.stop();
        }
      });
    }
  }
});
