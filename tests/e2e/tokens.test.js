// Pages of a real browser with signed tokens: who is let in, what the page is told where it is not, and what happens when a token expires.
'use strict';
const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, startServer, watchForErrors} = require('./support.js');

const patience = {timeout: 60000};
const kTransports = ['websocket', 'xhr_stream', 'eventsource', 'forever_frame', 'xhr_poll', 'jsonp'];
const kSecret = 'a secret of thirty-two bytes, or more';
const kSoon = 6; // s, longer than so many openings at once take on a machine that has much else to do
const kSooner = 2.5; // s, longer than one takes

let folder, server, browser, page, errors;
const asked = []; // each address that the page asked for

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-tokens-'));
  fs.writeFileSync(path.join(folder, 'secret'), kSecret);
  fs.writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>t</title><script src="/encke.js"></script>');
  const tokens = {algorithm: 'HS256', key_file: path.join(folder, 'secret'), audience: 'chat', leeway_seconds: 0};
  server = await startServer({config: {static: {'/': folder}, services: {'/chat': {type: 'echo', tokens}, '/other': {type: 'echo', tokens}}}});
  browser = await launchBrowser();
  page = await browser.newPage();
  errors = watchForErrors(page);
  page.on('request', (request) => asked.push(request.url()));
  page.on('websocket', (socket) => asked.push(socket.url()));
  await page.exposeFunction('issue', issue);
  await page.goto(server.url);
}, patience);

after(async () => {
  await browser.close();
  assert.strictEqual(await server.stop(), 0);
  fs.rmSync(folder, {recursive: true, force: true});
  assert.deepStrictEqual(errors, []);
}, patience);

/** A token that lasts for so many seconds, signed by who knows `secret`. */
function issue(lasts, claims = {}, secret = kSecret) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({alg: 'HS256', typ: 'JWT'})}.${part({aud: 'chat', exp: Date.now() / 1000 + lasts, ...claims})}`;
  return `${text}.${crypto.createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/**
 * Opens a socket and writes down its events, until it closes for good. It sends `say` when it opens, and with `ends` it closes when that has
 * come back. `token` is a text, or for how many seconds each is good that a function answers: at once, or with `later` by a promise.
 */
function talk(options) {
  return page.evaluate((how) => new Promise((resolve) => {
    const seen = [];
    let calls = 0;
    const given = () => {
      calls++;
      return how.later ? window.issue(how.seconds[calls - 1]) : how.tokens[calls - 1];
    };
    const socket = new Encke.Socket(how.path || '/chat', [], {
      transports: how.transports, reconnect: how.reconnect, token: how.token === undefined && (how.tokens || how.later) ? given : how.token
    });
    socket.onopen = () => {
      seen.push(`open ${socket.transport}`);
      socket.send('hello');
    };
    socket.onmessage = (event) => {
      seen.push(event.data);
      if (how.ends && seen.filter((each) => each === event.data).length === how.ends) {
        socket.close(1000);
      }
    };
    socket.onerror = () => seen.push('error');
    socket.ongap = (event) => seen.push(`gap ${event.unacknowledged.length}`);
    socket.onclose = (event) => {
      seen.push(`close ${event.code} ${event.wasClean}`);
      if (!how.reconnect || event.wasClean) {
        resolve({seen, calls, reason: event.reason, report: socket.report()});
      }
    };
  }), options);
}

describe('a page with a token is let in over each transport, and the token is in no address', () => {
  for (const transport of kTransports) {
    test(transport, patience, async () => {
      const token = issue(600);
      asked.length = 0;
      const {seen, report} = await talk({token, transports: [transport], ends: 1});
      assert.deepStrictEqual(seen, [`open ${transport}`, 'hello', 'close 1000 true'], JSON.stringify(report));
      assert.ok(asked.some((url) => url.includes('/encke.1/')));
      assert.deepStrictEqual(asked.filter((url) => url.includes(token) || url.includes('token')), []);
    });
  }

  test('from a function, and from one that answers later', patience, async () => {
    assert.deepStrictEqual((await talk({tokens: [issue(600)], transports: ['websocket'], ends: 1})).seen, ['open websocket', 'hello', 'close 1000 true']);
    assert.deepStrictEqual((await talk({seconds: [600], later: true, transports: ['xhr_poll'], ends: 1})).seen, ['open xhr_poll', 'hello', 'close 1000 true']);
  });
});

describe('a page that is not let in gets an error, and a close with 1006 that says why; nothing opens', () => {
  const cases = {
    'no token': [undefined, /needs a token/],
    'an expired one': [issue(-5), /the token has expired/],
    'one that somebody else signed': [issue(600, {}, 'another secret of thirty-two bytes'), /not signed as it should be/],
    'one for another audience': [issue(600, {aud: 'mail'}), /aud/],
    'one for another service': [issue(600, {services: ['/other']}), /service/],
    'what is no token': ['x', /the token is none/]
  };
  for (const [what, [token, reason]] of Object.entries(cases)) {
    for (const transport of ['websocket', 'xhr_poll']) {
      test(`${what}, ${transport}`, patience, async () => {
        const told = await talk({token, transports: [transport]});
        assert.deepStrictEqual(told.seen, ['error', 'close 1006 false']);
        assert.match(told.reason, reason);
      });
    }
  }
});

describe('when the token expires', () => {
  test('the page gets a close with 4401 that says so, over each transport', patience, async () => {
    const told = await Promise.all(kTransports.map((transport) => talk({token: issue(kSoon), transports: [transport]})));
    told.forEach(({seen, reason}, i) => {
      assert.deepStrictEqual(seen, [`open ${kTransports[i]}`, 'hello', 'error', 'close 4401 false']);
      assert.strictEqual(reason, 'the token has expired');
    });
  });

  test('with `reconnect` it comes back with the next token, and loses nothing', patience, async () => {
    const told = await talk({seconds: [kSooner, 600], later: true, transports: ['websocket'], reconnect: {least: 100}, ends: 2});
    assert.deepStrictEqual(told.seen, ['open websocket', 'hello', 'error', 'close 4401 false', 'gap 0', 'open websocket', 'hello', 'close 1000 true']);
    assert.strictEqual(told.calls, 2);
  });

  test('a native WebSocket brings its token in the query, and is closed when that expires', patience, async () => {
    const native = (token) => page.evaluate((query) => new Promise((resolve) => {
      const seen = [];
      const socket = new WebSocket(`ws://${location.host}/chat/websocket?access_token=${query}`);
      socket.onopen = () => socket.send('hello');
      socket.onmessage = (event) => seen.push(event.data);
      socket.onclose = (event) => resolve([...seen, event.code, event.reason]);
    }), token);
    assert.deepStrictEqual(await native(issue(kSooner)), ['hello', 4401, 'the token has expired']);
    assert.deepStrictEqual(await native(issue(-5)), [1006, '']);
  });
});
