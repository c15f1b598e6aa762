// Time away (PROTOCOL 6.7), with a real browser: its processes are stopped (SIGSTOP) as a laptop's lid stops them, within the
// resume window and beyond it; and the server is started anew under a page.
'use strict';
const fs = require('node:fs');
const {after, before, test} = require('node:test');
const assert = require('node:assert');
const {launchBrowser, startServer, within} = require('./support.js');

const kTransports = ['websocket', 'xhr_stream', 'eventsource', 'forever_frame', 'xhr_poll', 'jsonp'];
const kEventually = 20; // ms between two looks at what is to become true

let server;
let browser;

function config(resumeWindow) {
  return {services: {'/all': {type: 'broadcast', heartbeat_seconds: 0.3, heartbeat_answer_seconds: 0.3, disconnect_delay_seconds: 0.2,
    resume_window_seconds: resumeWindow}}};
}

async function until(holds, what) {
  let over = false;
  try {
    await within((async () => {
      while (!over && !await holds()) {
        await new Promise((resolve) => setTimeout(resolve, kEventually));
      }
    })(), what);
  } finally {
    over = true;
  }
}

/** A process and all below it. */
function family(pid) {
  const children = new Map();
  for (const name of fs.readdirSync('/proc').filter((entry) => /^[0-9]+$/.test(entry))) {
    try {
      const parent = Number(fs.readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[1]);
      children.set(parent, [...children.get(parent) || [], Number(name)]);
    } catch {
      // It has ended meanwhile.
    }
  }
  const all = [pid];
  for (let index = 0; index < all.length; index++) {
    all.push(...children.get(all[index]) || []);
  }
  return all;
}

function signal(pids, name) {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Established connections to the server's port, as the kernel lists them. */
function connections() {
  const port = server.port.toString(16).toUpperCase().padStart(4, '0');
  return fs.readFileSync('/proc/net/tcp', 'utf8').split('\n').filter((line) => new RegExp(`^ *[0-9]+: [0-9A-F]+:${port} [0-9A-F:]+ 01 `).test(line)).length;
}

/** A page whose socket notes what comes; `seen()` reads it, `key` is that of its first session. */
async function openPage(options) {
  const page = await browser.newPage();
  const opening = page.waitForResponse((response) => response.url().includes('/open'));
  await page.goto(`${server.url}encke.js`); // any page of the server's origin
  await page.setContent('<!doctype html><title>suspended</title>');
  await page.addScriptTag({url: `${server.url}encke.js`});
  await page.evaluate((wanted) => {
    window.notes = [];
    window.socket = new Encke.Socket('/all', [], wanted);
    socket.onopen = () => notes.push('open');
    socket.onmessage = (event) => notes.push(event.data);
    socket.onclose = (event) => notes.push(`close ${event.code} ${(event.unacknowledged || []).join(',')}`);
    socket.addEventListener('gap', (event) => notes.push(`gap ${event.unacknowledged.join(',')}`));
  }, options);
  const text = await (await within(opening, 'the opening')).text();
  const key = /session\\?":\\?"([^"\\]+)/.exec(text)[1];
  await within(page.waitForFunction(() => notes.includes('open')), 'the open event');
  return {page, key, seen: () => page.evaluate(() => notes.slice())};
}

/** Publishes numbered messages over a bare WebSocket, and waits until the server has dealt with them. */
async function publish(socket, from, to) {
  const last = within(new Promise((resolve) => {
    socket.on('message', (data) => String(data) === `n${to - 1}` && resolve());
  }), 'the publisher\'s own copy');
  for (let number = from; number < to; number++) {
    socket.send(`n${number}`);
  }
  await last;
  socket.removeAllListeners('message');
}

async function connectPublisher() {
  const {WebSocket} = require('ws');
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/all/websocket`);
  await within(new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject)), 'the publisher\'s connection');
  return socket;
}

function numbers(from, to) {
  return Array.from({length: to - from}, (nothing, index) => `n${from + index}`);
}

/** Runs `work` while every process of the browser stands still. */
async function suspended(work) {
  const pids = family(process.pid).filter((pid) => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('chrom'));
  signal(pids, 'SIGSTOP');
  try {
    await work();
  } finally {
    signal(pids.reverse(), 'SIGCONT');
  }
}

before(async () => {
  browser = await launchBrowser();
});

after(async () => {
  await browser.close();
});

for (const transport of kTransports) {
  test(`a browser that was stopped gets what it missed, once and in order, over ${transport} (6.7)`, async () => {
    server = await startServer({config: config(30)});
    try {
      const publisher = await connectPublisher();
      const {page, seen} = await openPage({transports: [transport]});
      await publish(publisher, 0, 10);
      await within(page.waitForFunction(() => notes.includes('n9')), 'the first messages');
      const connected = connections();
      await suspended(async () => {
        await publish(publisher, 10, 40);
        if (transport === 'websocket') { // which has to answer heartbeats
          await until(() => connections() < connected, 'the server\'s end of the socket');
        }
        await publish(publisher, 40, 60);
      });
      await publish(publisher, 60, 70);
      await within(page.waitForFunction(() => notes.includes('n69')), 'the last messages');
      assert.deepStrictEqual(await seen(), ['open', ...numbers(0, 70)]);
      publisher.terminate();
      await page.close();
    } finally {
      await server.stop();
    }
  });
}

test('a browser that was stopped for longer than the window hears that there is a gap, and goes on (6.7)', async () => {
  server = await startServer({config: config(0.5)});
  try {
    const publisher = await connectPublisher();
    const {page, key, seen} = await openPage({transports: ['websocket'], reconnect: true});
    await suspended(async () => {
      await until(async () => (await fetch(`${server.url}all/encke.1/${key}/xhr_send`, {method: 'POST'})).status === 404,
        'the end of the session');
      await publish(publisher, 0, 5);
    });
    await within(page.waitForFunction(() => notes.filter((note) => note === 'open').length === 2), 'the second opening');
    await publish(publisher, 5, 8);
    await within(page.waitForFunction(() => notes.includes('n7')), 'the messages after the gap');
    assert.deepStrictEqual(await seen(), ['open', 'close 2011 ', 'gap ', 'open', ...numbers(5, 8)]);
    publisher.terminate();
    await page.close();
  } finally {
    await server.stop();
  }
});

for (const transport of kTransports) {
  test(`a server that was started anew ends the session cleanly, over ${transport} (6.9)`, async () => {
    server = await startServer({config: config(30)});
    const {page, seen} = await openPage({transports: [transport]});
    try {
      await page.evaluate(() => socket.send('before'));
      await within(page.waitForFunction(() => notes.includes('before')), 'the first message');
      await server.kill();
      await page.evaluate(() => socket.send('into the void'));
      server = await startServer({config: config(30), port: server.port});
      await within(page.waitForFunction(() => notes.some((note) => note.startsWith('close'))), 'the close event');
      const notes = await seen();
      assert.deepStrictEqual(notes.slice(0, 2), ['open', 'before']);
      assert.match(notes[2], /^close 2011 .*into the void$/);
      assert.strictEqual(notes.length, 3);
      await page.close();
    } finally {
      await server.stop();
    }
  });
}
