// A visitor of the chat, as its end-to-end tests act one.
'use strict';
const assert = require('node:assert');
const {after, before} = require('node:test');
const {launchBrowser, startServer, watchForErrors} = require('./support.js');

const desktop = {viewport: {width: 1280, height: 800}};
const phone = {viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true};
const shown = {websocket: 'WebSocket', flash: 'Flash socket', xhr_stream: 'XHR streaming', eventsource: 'EventSource', forever_frame: 'Forever frame',
  xhr_poll: 'XHR polling', jsonp: 'Script tags'};
const patience = {timeout: 30000};

/** A visitor to a server by a browser: a page of a browser profile of its own (or the given one), connected by the named transport. */
async function visit(server, browser, {options = desktop, transport = '', name = '', hash = '', context = null, prepare = null} = {}) {
  const profile = context || await browser.newContext(options);
  const page = await profile.newPage();
  page.setDefaultTimeout(patience.timeout);
  const errors = watchForErrors(page);
  page.on('console', (entry) => {
    if (entry.type() === 'error' && /Content Security Policy/.test(entry.text())) {
      errors.push(entry.text());
    }
  });
  if (prepare) {
    await prepare(page);
  }
  await page.goto(server.url + hash);
  await page.waitForSelector('#dot.open', {state: 'attached'});
  const visitor = {
    page,
    errors,
    use: async (wanted) => {
      await page.selectOption('#transport', wanted);
      await page.waitForSelector('#dot.open', {state: 'attached'});
      await page.waitForFunction((text) => document.getElementById('pill-text').textContent === text, shown[wanted]);
    },
    rename: async (wanted) => {
      await page.fill('#name', wanted);
      await page.press('#name', 'Enter');
    },
    say: async (text) => {
      await page.fill('#text', text);
      await page.press('#text', 'Enter');
    },
    join: async (room) => {
      await page.fill('#room-name', room);
      await page.press('#room-name', 'Enter');
      await page.waitForFunction((title) => document.getElementById('room-title').textContent === title, '#' + room);
    },
    sees: (text) => page.waitForFunction((wanted) => Array.prototype.some.call(document.querySelectorAll('.say:not(.own) .bubble'),
      (bubble) => bubble.innerText === wanted), text),
    sent: (text) => page.waitForFunction((wanted) => Array.prototype.some.call(document.querySelectorAll('.say.own:not(.pending) .bubble'),
      (bubble) => bubble.innerText === wanted), text),
    reads: (id, wanted) => page.waitForFunction(([element, text]) => document.getElementById(element).textContent.includes(text), [id, wanted]),
    lacks: (id, unwanted) => page.waitForFunction(([element, text]) => !document.getElementById(element).textContent.includes(text),
      [id, unwanted]),
    leave: async () => {
      assert.deepStrictEqual(errors, []);
      await (context ? page.close() : profile.close());
    }
  };
  if (transport) {
    await visitor.use(transport);
  }
  if (name) {
    await visitor.rename(name);
  }
  return visitor;
}

/** A server and a browser for the tests of a file; visit() comes to that server by that browser. */
function stage() {
  const its = {visit: (options) => visit(its.server, its.browser, options)};
  before(async () => {
    its.server = await startServer();
    its.browser = await launchBrowser();
  }, patience);
  after(async () => {
    await its.browser.close();
    assert.strictEqual(await its.server.stop(), 0);
  }, patience);
  return its;
}

module.exports = {desktop, patience, phone, shown, stage, visit};
