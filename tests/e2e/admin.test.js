// The page for operators in Chromium: it shows a facade page's session as it is, draws, and closes it.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {after, before, test} = require('node:test');
const {launchBrowser, screenshotPath, startServer, watchForErrors, within} = require('./support.js');

const patience = {timeout: 120000};
const token = 'a-token-of-some-length';
const sizes = [['wide', {width: 1280, height: 1000}], ['narrow', {width: 390, height: 844}]];

let folder;
let server;
let door; // the address of the operators' listener
let browser;
let visitor; // a page of the facade's
let admin;
let adminErrors;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-admin-'));
  fs.writeFileSync(path.join(folder, 'token'), token + '\n');
  fs.writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>visitor</title><script src="/encke.js"></script>');
  server = await startServer({args: ['--workers', '2'], config: {
    services: {'/echo': {type: 'echo'}, '/chat': {type: 'broadcast', disconnect_delay_seconds: 120}}, static: {'/': folder},
    admin: {listen: '127.0.0.1:0', token_file: path.join(folder, 'token'), page: true}
  }});
  door = /for operators on (http:\/\/127\.0\.0\.1:[0-9]+)\/admin/.exec(server.log())[1];
  browser = await launchBrowser();
  const context = await browser.newContext();
  visitor = await context.newPage();
  await visitor.goto(server.url);
  await visitor.evaluate(() => new Promise((resolve, reject) => {
    window.ended = new Promise((tell) => {
      window.socket = new Encke.Socket('/echo', [], {transports: ['xhr_stream'], timings: 1});
      window.socket.onclose = (event) => tell([event.code, event.reason]);
    });
    window.socket.onopen = resolve;
    setTimeout(() => reject(new Error('not open')), 20000);
  }));
  const operator = await browser.newContext({httpCredentials: {username: 'operator', password: token}});
  admin = await operator.newPage();
  adminErrors = watchForErrors(admin);
  admin.on('console', (message) => {
    if (message.type() === 'error') adminErrors.push(message.text());
  });
  const answer = await admin.goto(`${door}/admin`);
  assert.strictEqual(answer.status(), 200);
}, patience);

after(async () => {
  if (browser) await browser.close();
  if (server) assert.strictEqual(await server.stop(), 0);
  fs.rmSync(folder, {recursive: true, force: true});
});

/** A request of a browser that has no page; what it gets. */
async function speak(where, body = '') {
  const answer = await fetch(server.url.slice(0, -1) + where, {method: 'POST', body});
  return (await answer.text()).trim();
}

/** The text of the cells of a table's rows. */
const rows = (id) => admin.evaluate((table) => [...document.getElementById(table).tBodies[0].rows].map((row) =>
  [...row.cells].map((cell) => cell.textContent)), id);

test('without the token a browser is asked for it, and shown nothing', patience, async () => {
  for (const what of ['/admin', '/admin/admin.js', '/admin/live/info', '/admin/close']) {
    const answer = await fetch(door + what);
    assert.strictEqual(answer.status, 401);
    assert.match(answer.headers.get('www-authenticate'), /^Basic /);
  }
});

test('it shows the session of a page of the facade, with its transport and address', patience, async () => {
  await admin.waitForFunction(() => document.getElementById('line').textContent.startsWith('live over '));
  await admin.waitForFunction(() => document.querySelector('#list button'));
  const shown = await rows('list');
  assert.strictEqual(shown.length, 1);
  assert.deepStrictEqual(shown[0].slice(1, 4), ['/echo', 'xhr_stream', '127.0.0.1']);
  assert.deepStrictEqual((await rows('transports'))[0].slice(0, 3), ['/echo', 'xhr_stream', '1']);
});

test('what the page sends and gets moves the plots', patience, async () => {
  const drawn = () => admin.evaluate(() => document.querySelector('#messages-plot svg').getAttribute('aria-label'));
  await visitor.evaluate(() => {
    let count = 0;
    window.talking = setInterval(() => window.socket.send('message ' + count++), 20);
  });
  await admin.waitForFunction(() => /up: [1-9].*down: [1-9]/.test(
    document.querySelector('#messages-plot svg').getAttribute('aria-label')));
  const before = await admin.evaluate(() => document.querySelector('#sessions-plot svg').innerHTML);
  assert.match(await drawn(), /up: [0-9.]+, down: [0-9.]+/);
  // Where the time goes is there with the second sample, which brings what the page measured of the first.
  await admin.waitForFunction(() => /network: .*server: .*client: /.test(
    document.querySelector('#times-plot svg').getAttribute('aria-label')));
  await admin.waitForFunction((old) => document.querySelector('#sessions-plot svg').innerHTML !== old, before);
});

test('the list is filtered by service and by what is typed', patience, async () => {
  await admin.selectOption('#service', '/chat');
  assert.deepStrictEqual(await rows('list'), [['None.']]);
  await admin.selectOption('#service', '/echo');
  assert.strictEqual((await rows('list')).length, 1);
  await admin.fill('#find', 'websocket');
  assert.deepStrictEqual(await rows('list'), [['None.']]);
  await admin.fill('#find', '');
  await admin.selectOption('#service', '');
});

test('it fits screens wide and narrow, light and dark', patience, async () => {
  for (const colorScheme of ['light', 'dark']) {
    await admin.emulateMedia({colorScheme});
    for (const [name, size] of sizes) {
      await admin.setViewportSize(size);
      await admin.screenshot({path: screenshotPath(`admin-${name}-${colorScheme}.png`), fullPage: true});
      assert.ok(await admin.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), `${name} scrolls sideways`);
    }
  }
  await admin.setViewportSize(sizes[0][1]);
});

test('a page of another origin cannot close a session, nor open the line', patience, async () => {
  const shown = await visitor.evaluate(async (address) => {
    const post = (headers) => fetch(`${address}/admin/close`, {method: 'POST', mode: 'cors', credentials: 'omit', headers, body: '{}'})
      .then((answer) => answer.status, (error) => error.name);
    return [await post({}), await post({'X-Encke-Admin': '1'})];
  }, door);
  assert.deepStrictEqual(shown, ['TypeError', 'TypeError']);
  const basic = 'Basic ' + Buffer.from('operator:' + token).toString('base64');
  const post = (headers) => fetch(`${door}/admin/close`, {method: 'POST', headers: {Authorization: basic, ...headers}, body: '{}'});
  assert.strictEqual((await post({})).status, 403);
  assert.strictEqual((await post({'X-Encke-Admin': '1', Origin: server.url.slice(0, -1)})).status, 403);
  assert.strictEqual((await post({'X-Encke-Admin': '1'})).status, 400);
  const info = await fetch(`${door}/admin/live/info`, {headers: {Authorization: basic, Origin: 'http://evil.example'}});
  assert.strictEqual(info.status, 403);
});

test('closing the session closes the page\'s socket, with the code and the reason of the operator', patience, async () => {
  await visitor.evaluate(() => clearInterval(window.talking));
  await admin.click('#list button');
  await admin.fill('#code', '4007');
  await admin.fill('#reason', 'please go');
  await admin.click('#close');
  assert.deepStrictEqual(await within(visitor.evaluate(() => window.ended), 'the close'), [4007, 'please go']);
  await admin.waitForFunction(() => document.querySelector('#list tbody').textContent === 'None.');
  assert.match(server.log(), /an operator at 127\.0\.0\.1 closed the session [0-9a-f]+ with 4007/);
  assert.deepStrictEqual(adminErrors, []);
});

test('who does not read stands among the slowest readers, above who is less behind, until it has read', patience, async () => {
  const slowest = async (wanted) => {
    await admin.waitForFunction((text) => [...document.getElementById('slowest').tBodies[0].rows].map((row) =>
      [...row.cells].slice(-3).map((cell) => cell.textContent).join(' ')).join() === text, wanted.join());
    return rows('slowest');
  };
  await slowest(['Nobody is behind.']);
  assert.deepStrictEqual([await speak('/chat/000/slow/xhr'), await speak('/chat/000/quick/xhr')], ['o', 'o']);
  await speak('/chat/000/quick/xhr_send', JSON.stringify(['x'.repeat(1000)]));
  assert.strictEqual((await speak('/chat/000/quick/xhr')).length, 1005); // which so has read it
  await speak('/chat/000/quick/xhr_send', '["three"]');
  const shown = await slowest(['/chat xhr_poll 1005 B', '/chat xhr_poll 5 B']);
  const listed = await rows('list'); // the same two
  assert.deepStrictEqual(shown.map((row) => row[0]).sort(), listed.map((row) => row[0]).sort());
  assert.deepStrictEqual(listed.map((row) => row[3]), ['between two carriers', 'between two carriers']);
  await speak('/chat/000/slow/xhr');
  await slowest(['/chat xhr_poll 5 B']);
  await speak('/chat/000/quick/xhr');
  await slowest(['Nobody is behind.']);
  assert.deepStrictEqual(adminErrors, []);
});
