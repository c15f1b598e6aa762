// Encke.Socket in a real browser against the real server, from the page's own origin and from another one.
'use strict';
const assert = require('node:assert');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, startServer, watchForErrors} = require('./support.js');

const transports = ['websocket', 'xhr_stream', 'xhr_poll'];
const patience = {timeout: 60000};

let server;
let browser;
let page;
let errors;

before(async () => {
  server = await startServer({config: {services: {
    '/echo': {type: 'echo', response_limit: 4096}, '/close': {type: 'close'}, '/plain': {type: 'echo', websocket: false}
  }}});
  browser = await launchBrowser();
  page = await browser.newPage();
  errors = watchForErrors(page);
  await page.goto(server.url + 'echo');
  await page.addScriptTag({url: server.url + 'encke.js'});
}, patience);

after(async () => {
  await browser.close();
  assert.strictEqual(await server.stop(), 0);
  assert.deepStrictEqual(errors, []);
}, patience);

/** Opens a socket in the page, sends, and answers its events; closes when as many messages have come back. */
function converse(where, {url, options, messages}) {
  return where.evaluate(([address, choice, texts]) => new Promise((resolve) => {
    const socket = new Encke.Socket(address, [], choice);
    const log = {received: [], events: [], mostBuffered: 0};
    socket.onopen = () => {
      log.events.push('open');
      texts.forEach((text) => socket.send(text));
      log.mostBuffered = socket.bufferedAmount;
    };
    socket.onmessage = (event) => {
      if (log.received.push(event.data) === texts.length) {
        socket.close(3001, 'enough');
      }
    };
    socket.onerror = () => log.events.push('error');
    socket.onclose = (event) => {
      log.events.push(['close', event.code, event.reason, event.wasClean]);
      resolve({...log, transport: socket.transport, buffered: socket.bufferedAmount, report: socket.report()});
    };
  }), [url, options, messages]);
}

['own', 'another'].forEach((origin) => transports.forEach((transport) => {
  describe(`${transport} from ${origin} origin`, () => {
    const options = {transports: [transport]};
    const address = (leaf) => (origin === 'own' ? '' : server.url.replace('127.0.0.1', 'localhost').replace(/\/$/, '')) + leaf;

    test('500 messages come back in order and unchanged, over many responses', patience, async () => {
      const messages = Array.from({length: 500}, (unused, i) => `${i} \u0000 \u2028 \ufeff % " \\ \u{1f600} ` + 'x'.repeat(i % 90));
      const result = await converse(page, {url: address('/echo'), options, messages});
      assert.deepStrictEqual(result.received, messages);
      assert.deepStrictEqual(result.events, ['open', ['close', 3001, 'enough', true]]);
      assert.strictEqual(result.transport, transport);
      assert.ok(result.mostBuffered > 0);
      assert.strictEqual(result.buffered, 0);
    });
    test('messages of all sizes', patience, async () => {
      const messages = ['', 'x', 'y'.repeat(4096), '\u20ac'.repeat(5000), 'z'.repeat(50000)];
      assert.deepStrictEqual((await converse(page, {url: address('/echo'), options, messages})).received, messages);
    });
    test('a close by the server arrives with its code and reason', patience, async () => {
      const result = await converse(page, {url: address('/close'), options, messages: []});
      assert.deepStrictEqual(result.events, ['open', ['close', 3000, 'Go away!', true]]);
    });
  });
}));

describe('choosing', () => {
  const choose = async (where, url) => {
    const result = await converse(where, {url, options: {timeout: 3000}, messages: ['x']}); // however busy the machine is
    return [result.transport, ...result.report.map((entry) => entry.transport + ' ' + entry.outcome)];
  };
  test('WebSocket where it works', patience, async () => {
    assert.deepStrictEqual(await choose(page, '/echo'), ['websocket', 'websocket in use']);
  });
  test('streaming where the service has no WebSocket', patience, async () => {
    assert.deepStrictEqual(await choose(page, '/plain'), ['xhr_stream', 'websocket skipped', 'xhr_stream in use']);
  });
  test('streaming where something swallows WebSockets, polling where streams are held back too', patience, async () => {
    const other = await browser.newPage();
    await other.routeWebSocket(/./, () => {});
    await other.goto(server.url + 'echo');
    await other.addScriptTag({url: server.url + 'encke.js'});
    assert.deepStrictEqual(await choose(other, '/echo'), ['xhr_stream', 'websocket timed out', 'xhr_stream in use']);
    await other.route('**/xhr_streaming*', () => {});
    assert.deepStrictEqual(await choose(other, '/echo'),
      ['xhr_poll', 'websocket timed out', 'xhr_stream timed out', 'xhr_poll in use']);
    await other.close();
  });
  test('no service there: an error, and a close that says so', patience, async () => {
    const result = await converse(page, {url: '/nothing', options: {}, messages: []});
    assert.deepStrictEqual([result.events[0], result.events[1][1], result.events[1][3]], ['error', 1006, false]);
    assert.match(result.events[1][2], /nothing at this address \(404\)/);
  });
  test('the minified bundle does the same', patience, async () => {
    const other = await browser.newPage();
    await other.goto(server.url + 'echo');
    await other.addScriptTag({url: server.url + 'encke.min.js'});
    assert.deepStrictEqual(await choose(other, '/echo'), ['websocket', 'websocket in use']);
    await other.close();
  });
});
