// A page behind each kind of proxy: its messages arrive, once and in order, and what the facade made of the proxy is in docs/proxies.md.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, root, startServer, watchForErrors} = require('../e2e/support.js');
const {isInstalled, proxies, start, version} = require('./proxies.js');

const patience = {timeout: 60000};
const kMessages = 200;
const table = path.join(root, 'docs/proxies.md');
const kBegin = '<!-- table: begin -->\n';
const kEnd = '<!-- table: end -->';

let server;
const rows = [];

before(async () => {
  server = await startServer({config: {services: {'/echo': {type: 'echo'}}}});
}, patience);

after(async () => {
  assert.strictEqual(await server.stop(), 0);
}, patience);

/** Counts up against an echo; answers what came, how long the first took, and what the facade says of the way. */
function converse(page) {
  return page.evaluate((total) => new Promise((resolve) => {
    const began = performance.now();
    const socket = new Encke.Socket('/echo', [], {});
    const received = [];
    let first = 0;
    let opened = 0;
    socket.onopen = () => {
      opened = performance.now() - began;
      for (let i = 0; i < total / 2; i++) {
        socket.send(`number ${i}`);
      }
    };
    socket.onmessage = (event) => {
      first = first || performance.now() - began;
      if (received.push(event.data) === total / 2) {
        const send = () => { // when the way has settled
          for (let i = total / 2; i < total; i++) {
            socket.send(`number ${i}`);
          }
        };
        setTimeout(send, 4000);
      }
      if (received.length === total) {
        socket.onclose = (closed) => resolve({received, first, opened, transport: socket.transport, report: socket.report(),
          closed: [closed.code, closed.wasClean]});
        socket.close(1000);
      }
    };
    socket.onclose = (closed) => resolve({received, closed: [closed.code, closed.reason], report: socket.report()});
  }), kMessages);
}

describe('behind a proxy each message arrives once, in order, over the best transport that gets through', () => {
  for (const proxy of proxies) {
    const skip = isInstalled(proxy) || process.env.CI ? false : `${proxy.program} is not installed`;
    test(proxy.name, {...patience, skip}, async () => {
      const way = await start(proxy, server.port);
      const browser = await launchBrowser(way.browserArguments);
      try {
        const page = await browser.newPage();
        const errors = watchForErrors(page);
        await page.goto(way.url + 'echo');
        await page.addScriptTag({url: way.url + 'encke.js'});
        const told = await converse(page);
        const report = JSON.stringify(told.report, null, 1);
        assert.deepStrictEqual(told.received, Array.from({length: kMessages}, (unused, i) => `number ${i}`), report);
        assert.deepStrictEqual(told.closed, [1000, true], report);
        assert.deepStrictEqual(errors, []);
        assert.strictEqual(told.transport, proxy.ends || told.transport, report);
        rows.push({proxy, told});
        console.log(`${proxy.name}: open after ${Math.round(told.opened)} ms, first message after ${Math.round(told.first)} ms, ` +
          `over ${told.transport}\n${report}`);
      } finally {
        await browser.close();
        await way.stop();
      }
    });
  }
});

/** A hundred messages each way over one transport alone; answers those that came. */
function converseOver(page, transport) {
  return page.evaluate((name) => new Promise((resolve) => {
    const socket = new Encke.Socket('/echo', [], {transports: [name]});
    const received = [];
    socket.onopen = () => socket.send('0');
    socket.onmessage = (event) => { // the next one goes when this one is here, so what is held back shows
      if (received.push(event.data) < 100) {
        socket.send(String(received.length));
      } else {
        socket.close(1000);
      }
    };
    socket.onclose = (closed) => resolve([closed.code, socket.transport, received]);
  }), transport);
}

const plain = proxies[0];
test('nginx, which speaks HTTP/1.0 to the server, lets each transport of HTTP through', {...patience, skip: !isInstalled(plain) && !process.env.CI}, async () => {
  const way = await start(plain, server.port);
  const browser = await launchBrowser(way.browserArguments);
  try {
    const page = await browser.newPage();
    await page.goto(way.url + 'echo');
    await page.addScriptTag({url: way.url + 'encke.js'});
    for (const name of ['xhr_stream', 'eventsource', 'forever_frame', 'xhr_poll', 'jsonp']) {
      assert.deepStrictEqual(await converseOver(page, name), [1000, name, Array.from({length: 100}, (unused, i) => String(i))], name);
    }
  } finally {
    await browser.close();
    await way.stop();
  }
});

/** What was given up, and why, in the facade's own words. */
function verdict(told) {
  return told.report.filter((entry) => ['failed', 'timed out', 'skipped', 'lost'].includes(entry.outcome))
    .map((entry) => `\`${entry.transport}\` ${entry.outcome}: ${entry.reason}`).join('; ') || 'all that was tried got through';
}

function render() {
  const lines = ['| proxy | what it is | first message | transport in the end | what was given up, and why |', '|---|---|---:|---|---|'];
  for (const {proxy, told} of rows) {
    lines.push(`| ${proxy.name.replace(/-.*/, '')} ${version(proxy)} | ${proxy.what} | ${Math.round(told.first)} ms | \`${told.transport}\` | ${verdict(told)} |`);
  }
  return lines.join('\n') + '\n';
}

/** What the table claims, less the times and versions, which differ from machine to machine. */
function claims(text) {
  return [...text.matchAll(/^\| (\S+) [0-9.]+ \| (.*?) \| .*? \| (`\w+`) \|/gm)].map((match) => match.slice(1).join(' '));
}

test('docs/proxies.md says what was seen (ENCKE_WRITE=1 writes it anew)', {...patience}, (t) => {
  if (rows.length < proxies.length) {
    t.skip('not every proxy was there');
    return;
  }
  const text = fs.readFileSync(table, 'utf8');
  const [head, rest] = text.split(kBegin);
  if (process.env.ENCKE_WRITE) {
    fs.writeFileSync(table, head + kBegin + render() + kEnd + rest.split(kEnd)[1]);
  } else {
    assert.deepStrictEqual(claims(rest), claims(render()));
  }
});
