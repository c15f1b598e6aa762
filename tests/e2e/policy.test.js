// The facade under a strict Content-Security-Policy with Trusted Types: every transport works, and the browser reports no violation.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, root, startServer, watchForErrors, within} = require('./support.js');

const kPolicy = 'default-src \'none\'; script-src \'self\'; connect-src \'self\' ws:; frame-src \'self\'; form-action \'self\'; ' +
  'require-trusted-types-for \'script\'';
const transports = ['websocket', 'xhr_stream', 'eventsource', 'forever_frame', 'xhr_poll', 'jsonp'];
const packageFolder = process.env.ENCKE_PACKAGE || path.join(root, 'build/packages/encke-client');
const patience = {timeout: 60000};
let folder, server, browser;

// What the page loads as its own script: text and bytes to the echo and back, then an end in order.
const kConversation = `
window.violations = [];
document.addEventListener('securitypolicyviolation', function (event) {
  window.violations.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample);
});
window.converse = function (transport) {
  return new Promise(function (resolve) {
    var socket = new Encke.Socket('/echo', [], {transports: transport});
    var received = [];
    socket.binaryType = 'arraybuffer';
    socket.onopen = function () {
      for (var i = 0; i < 20; i++) {
        socket.send(i % 2 ? new Uint8Array([i, 0, 255]) : i + ' \\u20ac');
      }
    };
    socket.onmessage = function (event) {
      received.push(typeof event.data === 'string' ? event.data : Array.from(new Uint8Array(event.data)));
      if (received.length === 20) {
        socket.close(3001, 'done');
      }
    };
    socket.onclose = function (event) {
      resolve({received: received, transport: socket.transport, close: [event.code, event.wasClean], reason: event.reason,
        violations: window.violations});
    };
  });
};
`;
const kExpected = Array.from({length: 20}, (none, i) => (i % 2 ? [i, 0, 255] : `${i} \u20ac`));

const files = {
  'converse.js': kConversation,
  'encke.mjs': fs.readFileSync(path.join(packageFolder, 'encke.mjs'), 'utf8'),
  'module.mjs': 'import Encke, {Socket} from "/encke.mjs";\nwindow.same = Encke.Socket === Socket;\n',
  'violates.js': 'try { eval("1"); } catch (e) { window.refused = String(e); }\n'
};
const scripts = {
  'encke.js': '<script src="/encke.js"></script>',
  'encke.min.js': '<script src="/encke.min.js"></script>',
  'the module encke.mjs': '<script type="module" src="/module.mjs"></script>',
  'violates.js': '<script src="/violates.js"></script>'
};

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-policy-'));
  Object.entries(files).forEach(([name, text]) => fs.writeFileSync(path.join(folder, name), text));
  Object.keys(scripts).forEach((name, i) => fs.writeFileSync(path.join(folder, `page${i}.html`), '<!doctype html><title>page</title>' +
    `<meta http-equiv="Content-Security-Policy" content="${kPolicy}"><script src="/converse.js"></script>${scripts[name]}`));
  server = await startServer({config: {services: {'/echo': {type: 'echo'}}, static: {'/': folder}}});
  browser = await launchBrowser();
});

after(async () => {
  if (browser) {
    await browser.close();
  }
  if (server) {
    await server.stop();
  }
  fs.rmSync(folder, {recursive: true, force: true});
});

/** The page of the server's that runs one of `scripts` under the policy. */
async function openPage(name) {
  const page = await browser.newPage();
  await page.goto(`${server.url}page${Object.keys(scripts).indexOf(name)}.html`);
  return page;
}

test('the page is under the policy: what it forbids is refused and reported', patience, async () => {
  const page = await openPage('violates.js');
  assert.match(await page.evaluate(() => window.refused), /EvalError/);
  assert.match((await page.evaluate(() => window.violations)).join(), /^require-trusted-types-for .*eval/);
  await page.close();
});

Object.keys(scripts).filter((name) => name !== 'violates.js').forEach((name) => describe(name, () => {
  transports.forEach((transport) => test(`speaks over ${transport} with no violation`, patience, async () => {
    const page = await openPage(name);
    const errors = watchForErrors(page);
    const result = await within(page.evaluate((wanted) => window.converse(wanted), transport), 'the conversation', 30000);
    assert.deepStrictEqual(result.received, kExpected, result.reason);
    assert.deepStrictEqual([result.transport, result.close, result.violations, errors], [transport, [3001, true], [], []]);
    await page.close();
  }));
}));
