// Capability URLs of a real server: examples/call_me_back in Chromium with curl at its URL, pages of other origins, lost
// connections, a reload, and that no URL stands anywhere.
'use strict';
const assert = require('node:assert');
const {execFile} = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, root, screenshotPath, startProxy, startServer, watchForErrors, within} = require('./support.js');

const patience = {timeout: 120000};
const example = path.join(root, 'examples/call_me_back');
let browser;

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

/** What curl says of a request: its status and the text of the answer. */
function curl(...args) {
  return within(new Promise((resolve, reject) => {
    execFile('curl', ['-sS', '--noproxy', '*', '-w', '\n%{http_code}', ...args], (error, text) => {
      if (error) {
        reject(error);
        return;
      }
      const end = text.lastIndexOf('\n');
      resolve([Number(text.slice(end + 1)), text.slice(0, end)]);
    });
  }), 'the end of curl');
}

/** The page of the example at a server; answers the page, its URL, and what it lists, without the times. */
async function openExample(url, query = '') {
  const page = await (await browser.newContext()).newPage();
  const errors = watchForErrors(page);
  await page.goto(url + query);
  const address = async (before = '') => {
    await page.waitForFunction((old) => !/^$/.test(document.getElementById('url').value) && document.getElementById('url').value !== old, before);
    return page.inputValue('#url');
  };
  const came = async (count) => {
    await page.waitForFunction((many) => document.querySelectorAll('#came li').length >= many, count);
    return page.$$eval('#came li', (lines) => lines.map((line) => line.textContent.replace(/^.*?  /, '')));
  };
  return {page, errors, address, came, close: () => page.context().close()};
}

const kGone = 'there is no such URL: it never was, its time is up, or it was taken back\n';

describe('the example', () => {
  ['websocket', 'xhr_poll'].forEach((transport) => {
    test(`${transport}: what curl posts is listed in order, on whichever of three workers it comes in`, patience, async () => {
      const server = await startServer({config: path.join(example, 'encke.json'), args: ['--workers', '3']});
      try {
        const {page, errors, address, came, close} = await openExample(server.url, '?transport=' + transport);
        const url = await address();
        assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/inbox\/in\/[\w-]{24}$/);
        const expected = [];
        for (let number = 0; number < 8; number++) { // each by a connection of its own
          assert.deepStrictEqual(await curl('-d', `number ${number} grüße`, url), [204, '']);
          expected.push(`number ${number} grüße`);
        }
        assert.deepStrictEqual(await came(8), expected);
        await page.screenshot({path: screenshotPath(`call_me_back_${transport}.png`)});
        const line = await page.inputValue('#line');
        assert.ok(line.endsWith(' ' + url) && line.includes('curl -d '), line);

        await page.click('#another');
        const other = await address(url);
        assert.deepStrictEqual(await curl('-d', 'x', url), [404, kGone]);
        assert.deepStrictEqual(await curl('-H', 'Content-Type: image/gif', '-d', 'x', other), [204, '']);
        assert.deepStrictEqual(await curl(other + '?message=%3Cb%3Eby%20link'), [204, '']);
        assert.deepStrictEqual((await came(10)).slice(8), ['(image/gif, base64) eA==', '<b>by link']);
        assert.deepStrictEqual(errors, []);
        await close();
        for (let left = 100; (await curl('-d', 'x', other))[0] !== 404; left--) { // over xhr_poll until the page's goodbye has come
          assert.ok(left > 0, 'the URL of a page that has gone is gone');
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      } finally {
        assert.strictEqual(await server.stop(), 0);
      }
    });
  });

  test('what is posted while the page has no connection comes once it is back, each message once', patience, async () => {
    const server = await startServer({config: path.join(example, 'encke.json'), args: ['--workers', '2']});
    const proxy = await startProxy(server.port);
    try {
      const {errors, address, came, close} = await openExample(proxy.url);
      const path = new URL(await address()).pathname;
      const expected = [];
      for (let number = 0; number < 5; number++) {
        proxy.cut();
        assert.deepStrictEqual(await curl('-d', `number ${number}`, server.url.slice(0, -1) + path), [204, '']);
        expected.push(`number ${number}`);
        assert.deepStrictEqual(await came(number + 1), expected);
      }
      assert.deepStrictEqual(errors, []);
      await close();
    } finally {
      await proxy.stop();
      assert.strictEqual(await server.stop(), 0);
    }
  });
});

// Asks for a URL in its first life alone; the path is kept where the next one finds it.
const kReloaded = `<!doctype html><title>reloaded</title><script src="/encke.js"></script><script>
  var came = [];
  var socket = new Encke.Socket('/inbox', [], {reload: true});
  socket.onopen = function () {
    if (!sessionStorage.getItem('path')) { socket.send('{"open": {}}'); }
  };
  socket.onmessage = function (event) {
    var message = JSON.parse(event.data);
    if (message.opened) { sessionStorage.setItem('path', message.path); } else { came.push(message.body); }
  };
</script>`;

describe('a page that is reloaded', () => {
  test('with `reload` it keeps its URL', patience, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-inbox-'));
    fs.writeFileSync(path.join(folder, 'index.html'), kReloaded);
    const server = await startServer({config: {workers: 2, services: {'/inbox': {type: 'inbox'}}, static: {'/': folder}}});
    try {
      const page = await (await browser.newContext()).newPage();
      const errors = watchForErrors(page);
      await page.goto(server.url);
      await page.waitForFunction(() => sessionStorage.getItem('path'));
      const leaf = await page.evaluate(() => sessionStorage.getItem('path'));
      for (let life = 1; life < 4; life++) {
        await page.reload();
        assert.deepStrictEqual(await curl('-d', `life ${life}`, server.url + 'inbox' + leaf), [204, '']);
        await page.waitForFunction((text) => came.indexOf(text) >= 0, `life ${life}`);
      }
      assert.deepStrictEqual(errors, []);
      await page.context().close();
    } finally {
      assert.strictEqual(await server.stop(), 0);
      fs.rmSync(folder, {recursive: true});
    }
  });
});

/** Serves one empty page, of an origin of its own. */
async function startPage() {
  const server = http.createServer((request, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>other</title>'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {url: `http://127.0.0.1:${server.address().port}/`, stop: () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  })};
}

/** In a page: opens a URL with these terms on a bare WebSocket; window.came has what came. */
async function openUrl(page, address, wish) {
  return page.evaluate(([to, terms]) => new Promise((resolve, reject) => {
    window.came = [];
    window.socket = new WebSocket(to.replace('http', 'ws') + 'inbox/websocket');
    window.socket.onopen = () => window.socket.send(JSON.stringify({open: terms}));
    window.socket.onerror = () => reject(new Error('no WebSocket'));
    window.socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.opened) {
        resolve(to + 'inbox' + message.path);
      } else {
        window.came.push(message.body);
      }
    };
  }), [address, wish]);
}

describe('pages of other origins', () => {
  test('fetch reads the answer with cors_origins, a script tag calls its function, and without cors_origins nothing is read', patience, async () => {
    const other = await startPage();
    const server = await startServer({config: {services: {'/inbox': {type: 'inbox', inbox: {jsonp: true, cors_origins: [other.url.slice(0, -1)]}}}}});
    const closed = await startServer({config: {services: {'/inbox': {type: 'inbox'}}}});
    try {
      const page = await (await browser.newContext()).newPage();
      await page.goto(other.url);
      const url = await openUrl(page, server.url, {jsonp: true});
      const post = (to, type) => page.evaluate(([where, kind]) =>
        fetch(where, {method: 'POST', headers: {'Content-Type': kind}, body: '{"from":"fetch"}'}).then((answer) => answer.status, () => 'unreadable'), [to, type]);
      assert.strictEqual(await post(url, 'application/json'), 204, 'with a preflight');
      assert.strictEqual(await post(url.slice(0, -5) + 'AAAAA', 'application/json'), 404);
      assert.deepStrictEqual(await page.evaluate((where) => new Promise((resolve, reject) => {
        window.delivered = resolve;
        const script = document.createElement('script');
        script.onerror = reject;
        script.src = where + '?callback=delivered&message=from%20a%20script';
        document.head.appendChild(script);
      }), url), {delivered: true});
      await page.waitForFunction(() => window.came.length === 2);
      assert.deepStrictEqual(await page.evaluate(() => window.came), ['{"from":"fetch"}', 'from a script']);

      const shut = await openUrl(page, closed.url, {});
      assert.strictEqual(await post(shut, 'application/json'), 'unreadable', 'the preflight is refused');
      assert.strictEqual(await post(shut, 'text/plain'), 'unreadable', 'it is delivered all the same, as a form could do');
      await page.waitForFunction(() => window.came.length === 1);
      await page.context().close();
    } finally {
      await other.stop();
      assert.deepStrictEqual([await server.stop(), await closed.stop()], [0, 0]);
    }
  });
});

describe('an operator', () => {
  test('finds no URL in the log, in metrics or on the page for operators; SIGHUP leaves URLs, SIGTERM ends them', patience, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-inbox-'));
    const token = 'a-token-of-some-length';
    fs.writeFileSync(path.join(folder, 'token'), token + '\n');
    const config = path.join(folder, 'encke.json');
    const write = (more) => fs.writeFileSync(config, JSON.stringify({
      workers: 2, log: {level: 'trace', access: true}, admin: {listen: '127.0.0.1:0', token_file: 'token', page: true},
      services: {'/inbox': {type: 'inbox', origins: ['http://127.0.0.1'], inbox: {get: true, max_bytes: 100}, ...more}}}));
    write({});
    const server = await startServer({config});
    let stopped = null;
    try {
      const door = /for operators on (http:\/\/127\.0\.0\.1:\d+\/)/.exec(server.log())[1];
      const ask = (leaf) => curl('-H', 'Authorization: Bearer ' + token, door + leaf);
      const page = await (await browser.newContext({httpCredentials: {username: 'x', password: token}})).newPage();
      await page.goto(door + 'admin');
      const socket = new (require('ws'))(server.url.replace('http', 'ws') + 'inbox/websocket', {origin: 'http://127.0.0.1'});
      const messages = [];
      const closed = new Promise((resolve) => socket.on('close', resolve));
      const opened = within(new Promise((resolve) => socket.on('message', (data) => {
        messages.push(JSON.parse(data));
        resolve();
      })), 'an answer');
      socket.on('open', () => socket.send('{"open": {"get": true, "messages": 2}}'));
      await opened;
      const secret = messages[0].path.slice('/in/'.length);
      const url = server.url + 'inbox/in/' + secret;

      write({heartbeat_seconds: 20});
      server.signal('SIGHUP');
      await within((async () => {
        while (!server.log().includes('service /inbox changed')) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      })(), 'the reload');

      const statuses = [];
      for (const args of [['-d', 'x', url], [url + '?message=y'], [url], ['-X', 'PUT', url], ['-d', 'x'.repeat(101), url], ['-d', 'x', url + '/xhr'],
        // With a leaf it is the name of a SockJS session.
        ['-H', 'Origin: http://other.example', '-d', 'x', url + '/x/xhr'], ['-d', 'x', url], ['-d', 'x', url.slice(0, -1) + 'z'],
        ['-H', 'Referer: ' + url, '-H', 'Origin: http://other.example', server.url + 'inbox/info'], ['-H', 'X: ' + 'x'.repeat(20000), url]]) {
        statuses.push((await curl(...args))[0]);
      }
      assert.deepStrictEqual(statuses, [204, 204, 429, 405, 429, 200, 403, 429, 404, 403, 431]);
      const shown = await page.content();
      const metrics = (await ask('metrics'))[1];
      assert.match(metrics, /encke_inbox_messages_total\{service="\/inbox"\} 2\n/);
      await page.waitForFunction(() => document.body.textContent.includes('/inbox'));
      const texts = [shown, await page.content(), metrics];
      stopped = server.stop('SIGTERM');
      assert.strictEqual(await within(closed, 'the end of the socket'), 1001);
      assert.strictEqual(await stopped, 0);
      for (const text of [...texts, server.log()]) {
        assert.ok(!text.includes(secret.slice(0, 8)), text);
      }
      assert.match(server.log(), /session service=\/inbox/);
      await page.context().close();
    } finally {
      if (stopped === null) {
        await server.stop();
      }
      fs.rmSync(folder, {recursive: true});
    }
  });
});
