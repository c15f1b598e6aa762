// examples/sockjs as it is shipped: its configuration, its page, the stock client, each transport that Chromium has.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {after, before, test} = require('node:test');
const {launchBrowser, root, screenshotPath, startServer, watchForErrors} = require('./support.js');

const folder = path.join(root, 'examples/sockjs');
const installed = fs.existsSync(path.join(folder, 'node_modules/sockjs-client/dist'));
const options = {timeout: 60000, skip: installed ? false : 'npm install was not run in examples/sockjs'};

let server;
let browser;

before(async () => {
  if (installed) {
    server = await startServer({config: path.join(folder, 'encke.json')});
    browser = await launchBrowser();
  }
}, {timeout: 60000});

after(async () => {
  if (installed) {
    await browser.close();
    assert.strictEqual(await server.stop(), 0);
  }
}, {timeout: 60000});

['', 'websocket', 'xhr-streaming', 'eventsource', 'iframe-eventsource', 'htmlfile', 'iframe-htmlfile', 'xhr-polling',
  'iframe-xhr-polling', 'jsonp-polling'].forEach((transport) => {
  test(`the page connects, echoes and closes by ${transport || 'its own choice'}`, options, async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(30000);
    const errors = watchForErrors(page);
    const logged = (text) => page.waitForFunction((wanted) => document.getElementById('log').innerText.includes(wanted), text);
    await page.goto(server.url);
    await page.selectOption('#transport', transport);
    await page.click('#connect');
    await logged('open by ' + transport);
    await page.fill('#text', 'Hello %41 \u20ac');
    await page.click('#send');
    await logged('message: Hello %41 \u20ac');
    if (transport === '') {
      await page.screenshot({path: screenshotPath('sockjs-example.png')});
    }
    await page.click('#close');
    await logged('closed: 1000');
    assert.deepStrictEqual(errors, []);
    await page.close();
  });
});
