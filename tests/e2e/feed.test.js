// Feeds: datagrams of a multicast group in Chromium, over the facade and the browser's own EventSource; SIGHUP; the example.
'use strict';
const assert = require('node:assert');
const {spawn} = require('node:child_process');
const dgram = require('node:dgram');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {after, before, test} = require('node:test');
const {launchBrowser, root, screenshotPath, startServer, watchForErrors, within} = require('./support.js');

const patience = {timeout: 60000};
const group = '239.255.12.8'; // joined on the loopback interface alone, as the example's
const port = 20000 + process.pid % 20000;

let browser;
let sender;

before(async () => {
  browser = await launchBrowser();
  sender = dgram.createSocket('udp4');
  await new Promise((resolve) => sender.bind(0, '127.0.0.1', resolve));
  sender.setMulticastInterface('127.0.0.1');
}, patience);

after(async () => {
  await browser.close();
  sender.close();
}, patience);

const send = (text, to = group) => new Promise((resolve, reject) => sender.send(text, port, to, (error) => error ? reject(error) : resolve()));

const feed = (more) => ({type: 'feed', source: {udp: `${group}:${port}`, interface: '127.0.0.1'}, key: '/k', ...more});

/** A page of the server's, with the facade, that reads '/feed' by `by` and keeps what comes. */
async function openReader(server, by) {
  const page = await browser.newPage();
  const errors = watchForErrors(page);
  await page.goto(server.url + 'encke.js');
  await page.setContent('<!doctype html><title>feed</title>');
  await page.addScriptTag({url: server.url + 'encke.js'});
  await page.evaluate((name) => {
    window.came = [];
    window.opened = 0;
    const reader = name === 'EventSource' ? new EventSource('/feed/events') : new Encke.Socket('/feed', [], {transports: [name], reconnect: true});
    reader.onopen = () => window.opened++;
    reader.onmessage = (event) => window.came.push([event.data, event.lastEventId]);
    window.reader = reader;
  }, by);
  await page.waitForFunction(() => window.opened === 1);
  return {page, errors, came: (count) => page.waitForFunction((wanted) => window.came.length >= wanted && window.came, count)
    .then((handle) => handle.jsonValue())};
}

['EventSource', 'websocket', 'xhr_stream', 'xhr_poll'].forEach((by) => {
  test(`${by}: every datagram in order, and the last of each key to who comes later`, patience, async () => {
    const server = await startServer({config: {services: {'/feed': feed()}}});
    try {
      const early = await openReader(server, by);
      const texts = [];
      for (let number = 0; number < 500; number++) {
        texts.push(JSON.stringify({k: number % 3, n: number, text: 'two\nlines \u20ac'}));
        await send(texts[number]);
      }
      const all = await early.came(500);
      assert.deepStrictEqual(all.map((each) => each[0]), texts);
      if (by === 'EventSource') {
        assert.deepStrictEqual(all.map((each) => each[1]), texts.map((text, index) => String(index + 1)));
      }
      const late = await openReader(server, by);
      assert.deepStrictEqual((await late.came(3)).map((each) => JSON.parse(each[0]).n), [498, 499, 497]); // as the keys came first
      await send('{"k":0,"n":500}');
      assert.strictEqual((await late.came(4))[3][0], '{"k":0,"n":500}');
      assert.deepStrictEqual([...early.errors, ...late.errors], []);
      await Promise.all([early, late].map((reader) => reader.page.close()));
    } finally {
      assert.strictEqual(await server.stop(), 0);
    }
  });
});

test('a page of another origin reads the events where it may, and not where it may not', patience, async () => {
  const pages = await startServer({config: {services: {'/echo': {type: 'echo'}}}});
  const server = await startServer({config: {services: {'/feed': feed(), '/closed': feed({origins: ['https://other.example']})}}});
  try {
    const page = await browser.newPage();
    await page.goto(pages.url + 'echo');
    const outcome = (leaf) => page.evaluate((address) => new Promise((resolve) => {
      const source = new EventSource(address, {withCredentials: true});
      source.onopen = () => resolve('open');
      source.onerror = () => resolve(source.readyState === EventSource.CLOSED ? 'refused' : 'again');
    }), server.url + leaf);
    assert.strictEqual(await outcome('feed/events'), 'open');
    assert.strictEqual(await outcome('closed/events'), 'refused');
    await page.close();
  } finally {
    assert.strictEqual(await server.stop(), 0);
    assert.strictEqual(await pages.stop(), 0);
  }
});

test('SIGHUP: another key takes the place of a feed, whose readers come back; one that is gone has let go of its address', patience, async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-feed-'));
  const file = path.join(folder, 'encke.json');
  const write = (services) => fs.writeFileSync(file, JSON.stringify({services: {'/echo': {type: 'echo'}, ...services}}));
  const unicast = (key) => ({'/feed': {type: 'feed', source: {udp: `127.0.0.1:${port}`}, key}});
  write(unicast('/k'));
  const server = await startServer({config: file});
  const until = async (what, check) => {
    const end = Date.now() + 30000;
    while (!check()) {
      assert.ok(Date.now() < end, what);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const reload = async (log) => {
    server.signal('SIGHUP');
    await until(log, () => server.log().includes(log));
  };
  try {
    const plain = await openReader(server, 'EventSource');
    const facade = await openReader(server, 'websocket');
    await send('{"k":"a","j":"x"}', '127.0.0.1');
    await Promise.all([plain.came(1), facade.came(1)]);
    write(unicast('/j'));
    await reload('service /feed replaced');
    await Promise.all([plain, facade].map((reader) => reader.page.waitForFunction(() => window.opened === 2)));
    await send('{"k":"a","j":"y"}', '127.0.0.1');
    for (const reader of [plain, facade]) {
      assert.strictEqual((await reader.came(2))[1][0], '{"k":"a","j":"y"}');
    }
    write({});
    await reload('service /feed removed');
    const heir = dgram.createSocket('udp4');
    await new Promise((resolve, reject) => {
      heir.once('error', reject);
      heir.bind({port, address: '127.0.0.1', exclusive: true}, resolve);
    });
    await new Promise((resolve) => heir.close(resolve));
    await Promise.all([plain, facade].map((reader) => reader.page.close()));
  } finally {
    assert.strictEqual(await server.stop(), 0);
    fs.rmSync(folder, {recursive: true});
  }
});

test('examples/ticker: prices move by the facade and by EventSource, and are there at once for who comes later', patience, async () => {
  const folder = path.join(root, 'examples/ticker');
  const server = await startServer({config: path.join(folder, 'encke.json')});
  const quotes = spawn('/usr/bin/python3', [path.join(folder, 'send_quotes.py'), '--rate', '200', '--seed', '1', '--seconds', '40'], {stdio: 'inherit'});
  const ended = new Promise((resolve) => quotes.once('exit', resolve));
  try {
    const page = await browser.newPage();
    const errors = watchForErrors(page);
    const prices = () => page.$$eval('td.price', (cells) => cells.map((cell) => cell.textContent));
    const moves = async (state) => {
      await page.waitForFunction((wanted) => document.getElementById('state').textContent === wanted, state);
      await page.waitForFunction(() => document.querySelectorAll('#quotes tr').length === 10);
      const seen = JSON.stringify(await prices());
      await page.waitForFunction((before) => JSON.stringify(Array.from(document.querySelectorAll('td.price'), (cell) => cell.textContent)) !== before, seen);
    };
    await page.goto(server.url);
    await moves('live by websocket');
    await page.check('#plain');
    await moves('live by EventSource');
    await page.waitForFunction(() => Number(document.getElementById('rate').textContent) > 0);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await page.screenshot({path: screenshotPath('ticker.png')});
    quotes.kill('SIGINT');
    await within(ended, 'the end of send_quotes.py');
    await page.reload();
    await page.waitForFunction(() => document.querySelectorAll('#quotes tr').length === 10);
    const symbols = await page.$$eval('td.symbol', (cells) => cells.map((cell) => cell.textContent));
    assert.deepStrictEqual(symbols, [...symbols].sort());
    assert.deepStrictEqual(errors, []);
    await page.close();
  } finally {
    quotes.kill('SIGKILL');
    assert.strictEqual(await server.stop(), 0);
  }
});
