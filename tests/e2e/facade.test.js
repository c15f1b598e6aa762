// Encke.Socket in a real browser against the real server, from the page's own origin and from another one.
'use strict';
const assert = require('node:assert');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, startProxy, startServer, watchForErrors} = require('./support.js');

const transports = ['websocket', 'xhr_stream', 'eventsource', 'forever_frame', 'xhr_poll', 'jsonp'];
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

/** Sends numbered messages, text and binary in turns, against an echo; answers what was wrong with what came back. */
function countUp(where, {url, options, count, pauseMs}) {
  return where.evaluate(([address, choice, total, pause]) => new Promise((resolve) => {
    const socket = new Encke.Socket(address, [], choice);
    const log = {wrong: [], interrupts: 0, resumes: 0, transports: []};
    const bytesOf = (i) => Uint8Array.from({length: i % 300}, (unused, at) => i + at);
    let sent = 0;
    let next = 0;
    socket.binaryType = 'arraybuffer';
    const send = () => {
      for (let i = 0; i < 5 && sent < total; i++, sent++) {
        socket.send(sent % 20 < 10 ? `text ${sent} \r\n\u20ac%` : bytesOf(sent));
      }
      if (sent < total) {
        setTimeout(send, pause);
      }
    };
    socket.onopen = send;
    socket.oninterrupt = () => log.interrupts++;
    socket.onresume = () => log.resumes++;
    socket.onmessage = ({data}) => {
      const good = next % 20 < 10 ? data === `text ${next} \r\n\u20ac%` :
        data instanceof ArrayBuffer && String(new Uint8Array(data)) === String(bytesOf(next));
      if (!good) {
        log.wrong.push([next, String(data)]);
      }
      if (log.transports[log.transports.length - 1] !== socket.transport) {
        log.transports.push(socket.transport);
      }
      if (++next === total) {
        socket.close(3001, 'enough');
      }
    };
    socket.onclose = (event) => resolve({...log, received: next, close: [event.code, event.wasClean], reason: event.reason});
  }), [url, options, count, pauseMs]);
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
    test('text and bytes come back in order', patience, async () => {
      const result = await countUp(page, {url: address('/echo'), options, count: 200, pauseMs: 0});
      assert.deepStrictEqual([result.wrong, result.received, result.interrupts, result.close], [[], 200, 0, [3001, true]]);
    });
  });
}));

describe('choosing', () => {
  // Connects, and when it has come to the transport that is wanted, and an echo over it, tells what was tried, sorted.
  const choose = (where, url, wanted) => where.evaluate(([address, last]) => new Promise((resolve) => {
    const socket = window.chosen = new Encke.Socket(address, [], {timeout: 3000}); // however busy the machine is
    const answer = () => resolve([socket.transport, ...socket.report().map((entry) => entry.transport + ' ' + entry.outcome).sort()]);
    const since = Date.now();
    const look = setInterval(() => {
      if (socket.transport === last || socket.readyState === 3 || Date.now() - since > 15000) {
        clearInterval(look);
        socket.send('x');
      }
    }, 20);
    socket.onmessage = () => {
      answer();
      socket.close();
    };
    socket.onclose = answer;
  }), [url, wanted]);
  test('WebSocket where it works, after a poll that was there sooner', patience, async () => {
    const other = await browser.newPage();
    await other.routeWebSocket(/./, async (socket) => {
      await other.waitForFunction(() => window.chosen.transport === 'xhr_poll');
      socket.connectToServer();
    });
    await other.goto(server.url + 'echo');
    await other.addScriptTag({url: server.url + 'encke.js'});
    assert.deepStrictEqual(await choose(other, '/echo', 'websocket'), ['websocket', 'websocket in use', 'xhr_poll replaced']);
    assert.match(await other.evaluate(() => localStorage['encke.verdict']), /"websocket"/);
    await other.close();
  });
  test('streaming where the service has no WebSocket', patience, async () => {
    assert.deepStrictEqual(await choose(page, '/plain', 'xhr_stream'), ['xhr_stream', 'websocket skipped', 'xhr_poll replaced', 'xhr_stream in use']);
  });
  test('streaming where something swallows WebSockets, polling where streams are held back too', patience, async () => {
    const other = await browser.newPage();
    await other.routeWebSocket(/./, () => {});
    await other.goto(server.url + 'echo');
    await other.addScriptTag({url: server.url + 'encke.js'});
    assert.deepStrictEqual(await choose(other, '/echo', 'xhr_stream'), ['xhr_stream', 'websocket timed out', 'xhr_poll replaced', 'xhr_stream in use']);
    await other.route('**/xhr_streaming*', () => {});
    await other.evaluate(() => localStorage.clear());
    const held = other.evaluate(() => new Promise((resolve) => {
      const socket = new Encke.Socket('/echo', [], {timeout: 1000});
      const since = Date.now();
      const look = setInterval(() => {
        const words = socket.report().map((entry) => entry.transport + ' ' + entry.outcome);
        if ((words.includes('forever_frame skipped') && words.includes('xhr_poll in use')) || Date.now() - since > 15000) {
          clearInterval(look);
          resolve([socket.transport, ...words.sort()]);
          socket.close();
        }
      }, 20);
    }));
    assert.deepStrictEqual(await held,
      ['xhr_poll', 'eventsource skipped', 'forever_frame skipped', 'websocket timed out', 'xhr_poll in use', 'xhr_stream timed out']);
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
    assert.deepStrictEqual(await choose(other, '/echo', 'websocket'), ['websocket', 'websocket in use', 'xhr_poll replaced']);
    await other.close();
  });
});

transports.forEach((transport) => describe(`a line that breaks under ${transport}`, () => {
  // Chromium says nothing of a frame that was cut off: there the page has to ask.
  const options = {transports: [transport], heartbeat: transport === 'forever_frame' ? 200 : 0};
  test('loses nothing and repeats nothing, however often', patience, async () => {
    const proxy = await startProxy(server.port);
    const other = await browser.newPage();
    await other.goto(proxy.url + 'echo');
    await other.addScriptTag({url: proxy.url + 'encke.js'});
    const cuts = setInterval(proxy.cut, 400);
    try {
      const result = await countUp(other, {url: '/echo', options, count: 1000, pauseMs: 20});
      assert.deepStrictEqual([result.wrong, result.received, result.close, result.reason], [[], 1000, [3001, true], 'enough']);
      assert.ok(proxy.cuts() >= 3, `${proxy.cuts()} cuts`);
    } finally {
      clearInterval(cuts);
      await other.close();
      await proxy.stop();
    }
  });
}));

describe('a change of transport', () => {
  test('down, where WebSockets do not get through any more, and up again: nothing lost, nothing twice', patience, async () => {
    const proxy = await startProxy(server.port);
    const other = await browser.newPage();
    await other.goto(proxy.url + 'echo');
    await other.addScriptTag({url: proxy.url + 'encke.js'});
    const counting = countUp(other, {url: '/echo', options: {transports: ['websocket', 'xhr_stream', 'xhr_poll']}, count: 3600, pauseMs: 20});
    try {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      proxy.refuse(/\/websocket /);
      proxy.cut();
      await new Promise((resolve) => setTimeout(resolve, 2000));
      proxy.refuse(null);
      const result = await counting;
      assert.deepStrictEqual([result.wrong, result.received, result.close, result.reason], [[], 3600, [3001, true], 'enough']);
      // On a busy machine a poll is there first, and is replaced at once.
      const lasting = result.transports.filter((transport) => transport !== 'xhr_poll');
      assert.deepStrictEqual([lasting, result.interrupts, result.resumes], [['websocket', 'xhr_stream', 'websocket'], 1, 1]);
    } finally {
      await other.close();
      await proxy.stop();
    }
  });
  test('a server that was started anew: close 2011 with what was not acknowledged, and with reconnect a gap, then open', patience, async () => {
    const first = await startServer({config: {services: {'/echo': {type: 'echo'}}}});
    const other = await browser.newPage();
    await other.goto(server.url + 'echo');
    await other.addScriptTag({url: server.url + 'encke.js'});
    await other.evaluate((address) => new Promise((resolve) => {
      window.log = [];
      window.socket = new Encke.Socket(address, [], {reconnect: true});
      ['gap', 'close', 'error', 'interrupt', 'resume', 'message'].forEach((type) => socket.addEventListener(type, (event) =>
        log.push([type, event.code || event.data || '', Array.from(event.unacknowledged || [])])));
      socket.onopen = () => {
        log.push(['open', '', []]);
        resolve();
      };
    }), first.url.replace('127.0.0.1', 'localhost') + 'echo');
    const port = first.port;
    first.kill();
    await other.waitForFunction(() => log.some(([type]) => type === 'interrupt'));
    await other.evaluate(() => socket.send('never there'));
    const second = await startServer({config: {services: {'/echo': {type: 'echo'}}}, port});
    await other.waitForFunction(() => log.filter(([type]) => type === 'open').length === 2, null, {timeout: 30000});
    await other.evaluate(() => socket.send('there'));
    await other.waitForFunction(() => log.some(([type]) => type === 'message'));
    assert.deepStrictEqual(await other.evaluate(() => log), [['open', '', []], ['interrupt', '', []], ['error', '', []],
      ['close', 2011, ['never there']], ['gap', '', ['never there']], ['open', '', []], ['message', 'there', []]]);
    await other.close();
    assert.strictEqual(await second.stop(), 0);
  });
});
