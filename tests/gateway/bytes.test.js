// Bytes through the gateway and back, over each transport of the facade: all of them, in order, over one connection to the server,
// which notices nothing of what the browser's connections suffer.
'use strict';
const assert = require('node:assert');
const {spawn} = require('node:child_process');
const crypto = require('node:crypto');
const net = require('node:net');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, startServer, watchForErrors, within} = require('../e2e/support.js');

const pageParts = path.join(__dirname, 'page_parts.js');
const kTransports = ['websocket', 'xhr_stream', 'xhr_poll', 'eventsource', 'forever_frame', 'jsonp'];
const kMiB = 1024 * 1024;
const kSize = 10 * kMiB;
const kSizeUnderFaults = 2 * kMiB; // all of the profile's faults come before that
// Of these seeds the first two connections are cut within their first hundred bytes, either way, so that each run has its faults,
// whichever connection a browser opens first; those after them have other ones.
const kSeeds = {websocket: 192, xhr_stream: 239, xhr_poll: 386, eventsource: 2006, forever_frame: 1133, jsonp: 619};
const patience = {timeout: 120000};
const backends = new Map(); // by the path of their service: {server, connections}
let server;
let browser;
let facade; // the script

/** A server that sends back all that it gets, and remembers of each connection what it got. */
async function startBackend(path) {
  const connections = [];
  const backend = net.createServer((socket) => {
    const seen = {hash: crypto.createHash('sha256'), length: 0, error: null, ended: null};
    seen.ended = new Promise((resolve) => socket.once('close', resolve));
    connections.push(seen);
    socket.on('error', (error) => {
      seen.error = error;
    });
    socket.on('data', (chunk) => {
      seen.hash.update(chunk);
      seen.length += chunk.length;
    });
    socket.pipe(socket);
  });
  await new Promise((resolve) => backend.listen(0, '127.0.0.1', resolve));
  backends.set(path, {server: backend, connections});
  return [path, {type: 'tcp', connect: `127.0.0.1:${backend.address().port}`, heartbeat_seconds: 2, heartbeat_answer_seconds: 2}];
}

before(async () => {
  const paths = kTransports.flatMap((way) => [`/whole/${way}`, `/faults/${way}`]);
  server = await startServer({config: {services: Object.fromEntries(await Promise.all(paths.map(startBackend)))}});
  facade = await (await fetch(`${server.url}encke.min.js`)).text();
  browser = await launchBrowser();
}, patience);

after(async () => {
  if (browser) {
    await browser.close();
  }
  if (server) {
    assert.strictEqual(await server.stop(), 0);
  }
  backends.forEach((backend) => backend.server.close());
}, patience);

/** In the page: sends random bytes in pieces of many sizes, and answers what it sent and what came back, as digests. */
async function exchange({address, path, way, size}) {
  const {collect, digest, random, socket: open} = gatewayParts;
  const bytes = random(size);
  let socket;
  // Until the first open event there is nothing to lose: a page connects anew then.
  for (let tries = 20; ; tries--) {
    socket = open(address, path, [], way);
    const closed = await new Promise((resolve) => {
      socket.onopen = () => resolve(null);
      socket.onclose = (event) => resolve(event);
    });
    if (!closed) {
      break;
    }
    if (tries === 1) {
      throw new Error(`it does not open: ${closed.code} ${closed.reason}`);
    }
  }
  const came = collect(socket, size);
  for (let from = 0, length = 1; from < size; from += length, length = length * 3 % 200003) {
    socket.send(bytes.subarray(from, from + length));
  }
  const received = await came;
  const code = await new Promise((resolve) => {
    socket.onclose = (event) => resolve(event.code);
    socket.close(1000, 'done');
  });
  return {sent: await digest(bytes), received: await digest(received), code, transport: socket.transport};
}

async function checkExchange(address, path, way, size) {
  const page = await browser.newPage();
  const errors = watchForErrors(page);
  try {
    // A hidden frame must be of its page's origin; the browser is made to believe that it is, without the page coming through the
    // proxy. From such a page it would open no WebSocket.
    const home = way === 'forever_frame' ? `${address}/home` : `${server.url}encke.js`;
    await page.route(`${address}/home`, (route) => route.fulfill({contentType: 'text/plain', body: 'home'}));
    await page.goto(home);
    await page.setContent('<!doctype html><title>bytes</title>');
    await page.addScriptTag({content: facade});
    await page.addScriptTag({path: pageParts});
    const result = await within(page.evaluate(exchange, {address, path, way, size}), 'the exchange', 100000);
    assert.strictEqual(result.received, result.sent);
    assert.deepStrictEqual([result.code, result.transport], [1000, way]);
    const used = backends.get(path).connections.filter((connection) => connection.length > 0);
    assert.strictEqual(used.length, 1);
    await within(used[0].ended, 'the end of the connection to the backend');
    assert.deepStrictEqual([used[0].length, used[0].hash.digest('hex'), used[0].error], [size, result.sent, null]);
    assert.deepStrictEqual(errors, []);
  } finally {
    await page.close();
  }
}

describe(`${kSize / kMiB} MiB of random bytes go to a server and come back`, {concurrency: 3}, () => {
  kTransports.forEach((way) => test(`over ${way}`, patience, () => checkExchange(server.url.slice(0, -1), `/whole/${way}`, way, kSize)));
});

describe('the server behind the gateway notices nothing of broken connections before it', {concurrency: 3}, () => {
  const skip = !process.env.ENCKE_FAULT_PROXY && 'ENCKE_FAULT_PROXY names no proxy';
  kTransports.forEach((way) => test(`over ${way}`, {skip, ...patience}, async () => {
    const child = spawn(process.env.ENCKE_FAULT_PROXY, ['--to', String(server.port), '--seed', String(kSeeds[way]), '--profile', 'mixed'],
      {stdio: ['pipe', 'pipe', 'pipe']});
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    try {
      const port = await within(new Promise((resolve, reject) => {
        child.once('error', reject);
        child.stdout.once('data', (data) => resolve(Number(String(data).match(/[0-9]+/)[0])));
      }), 'the start of the proxy');
      await checkExchange(`http://127.0.0.1:${port}`, `/faults/${way}`, way, kSizeUnderFaults);
    } finally {
      child.stdin.end();
      await within(ended, 'the end of the proxy');
    }
    assert.match(said, / [1-9][0-9]* faults/); // else nothing was put to the test
  }));
});
