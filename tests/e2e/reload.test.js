// The option `reload` in Chromium: a service that numbers its messages is listened to across reloads and navigations of one tab.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {describe, test} = require('node:test');
const {launchBrowser, startServer, watchForErrors} = require('./support.js');

const patience = {timeout: 120000};

// What comes is kept where every page of the tab finds it at once.
const kPage = `<!doctype html><title>PAGE</title><script src="/encke.js"></script><script>
  function keep(name, value) {
    localStorage.setItem(name, (localStorage.getItem(name) || '') + value + ' ');
  }
  var socket = new Encke.Socket('/broadcast', [], {reload: true, transports: TRANSPORTS});
  socket.onopen = function () { keep('events', 'open'); };
  socket.onmessage = function (event) {
    if (event.data.charAt(0) === 'd') { keep('received', event.data.substring(2)); }
  };
  socket.onclose = function (event) { keep('events', 'close ' + event.code); };
  socket.ongap = function (event) { keep('events', 'gap ' + event.reason); };
  setInterval(function () {
    var number = Number(localStorage.getItem('sent') || 0);
    if (socket.readyState === 1) {
      socket.send('u ' + number);
      localStorage.setItem('sent', String(number + 1));
    }
  }, 10);
</script>`;

async function until(what, check) {
  const end = Date.now() + 30000;
  while (!await check()) {
    assert.ok(Date.now() < end, what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function listenAcrossPages(transport) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-reload-'));
  ['one', 'two'].forEach((name) => fs.writeFileSync(path.join(folder, name + '.html'),
    kPage.replace('PAGE', name).replace('TRANSPORTS', JSON.stringify([transport]))));
  fs.writeFileSync(path.join(folder, 'other.html'), '<!doctype html><title>other</title>');
  const server = await startServer({config: {services: {'/broadcast': {type: 'broadcast'}}, static: {'/': folder}}});
  const browser = await launchBrowser();
  try {
    const outside = await (await browser.newContext()).newPage();
    await outside.goto(server.url + 'other.html');
    await outside.evaluate((address) => {
      window.sent = 0;
      window.received = [];
      window.socket = new WebSocket(address);
      window.socket.onmessage = (event) => event.data[0] === 'u' && window.received.push(Number(event.data.slice(2)));
      return new Promise((resolve) => {
        window.socket.onopen = resolve;
      });
    }, server.url.replace('http', 'ws') + 'broadcast/websocket');

    const page = await (await browser.newContext()).newPage();
    const errors = watchForErrors(page);
    const stored = (name) => page.evaluate((key) => (localStorage.getItem(key) || '').split(' ').slice(0, -1), name);
    const opens = (count) => until(`open for the ${count}. time`, async () => (await stored('events')).length >= count);
    await page.goto(server.url + 'one.html');
    await opens(1);
    await outside.evaluate(() => {
      window.timer = setInterval(() => window.socket.send('d ' + window.sent++), 5);
    });
    let pages = 1;
    for (const go of [...Array(5).fill(() => page.reload()), () => page.goto(server.url + 'two.html'), () => page.goBack(), () => page.goForward(),
      async () => {
        await page.goto(server.url + 'other.html');
        await new Promise((resolve) => setTimeout(resolve, 300));
        await page.goto(server.url + 'one.html');
      }]) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await go();
      await opens(++pages);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    const downs = await outside.evaluate(() => {
      clearInterval(window.timer);
      return window.sent;
    });
    await until('the last message is there', async () => (await stored('received')).includes(String(downs - 1)));
    assert.ok(downs > 300);
    assert.deepStrictEqual((await stored('received')).map(Number), Array.from({length: downs}, (unused, i) => i));
    assert.deepStrictEqual(await stored('events'), Array(pages).fill('open'));
    const sent = await page.evaluate(() => Number(localStorage.getItem('sent')));
    await until('what went up is there', () => outside.evaluate((last) => window.received.includes(last), sent - 1));
    const ups = await outside.evaluate(() => window.received);
    assert.deepStrictEqual(ups, ups.map((unused, i) => i));
    assert.deepStrictEqual(errors, []);
  } finally {
    await browser.close();
    assert.strictEqual(await server.stop(), 0);
    fs.rmSync(folder, {recursive: true});
  }
  assert.match(server.log(), /service \/broadcast: 2 sessions opened/, 'one for the tab, one for who stood outside');
}

describe('reload', () => {
  ['websocket', 'xhr_stream', 'xhr_poll'].forEach((transport) => {
    test(`${transport}: five reloads, a navigation back and forth, and another site's page between: each message once, both ways`, patience,
      () => listenAcrossPages(transport));
  });
});
