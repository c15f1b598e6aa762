// encke.swf end to end: in Ruffle, in a real browser, over Ruffle's socket proxy, against the real server.
'use strict';
const assert = require('node:assert');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, startServer, watchForErrors, within} = require('../e2e/support.js');
const {addFlash, startRelay} = require('./support.js');

const patience = {timeout: 120000};
const config = {services: {'/echo': {type: 'echo'}, '/close': {type: 'close'}, '/chat': {type: 'broadcast'}}};
const options = {transports: ['flash'], timeout: 60000}; // however busy the machine is

let server;
let relay;
let browser;

before(async () => {
  server = await startServer({config});
  relay = await startRelay(server.port);
  browser = await launchBrowser();
}, patience);

after(async () => {
  await browser.close();
  await relay.stop();
  assert.strictEqual(await server.stop(), 0);
}, patience);

/** Runs work(page) in a page with Ruffle, which must have no script errors. */
async function inPage(work, more = {}) {
  const page = await browser.newPage();
  const errors = watchForErrors(page);
  await page.goto(server.url + 'echo');
  await addFlash(page, server, relay, more);
  const answer = await work(page);
  await page.close();
  assert.deepStrictEqual(errors, []);
  return answer;
}

/** Sends messages (strings, or arrays of bytes) to an echo; answers what came back and how it closed. */
const converse = (page, path, messages, choice = options) => page.evaluate(([address, all, how]) => new Promise((resolve) => {
  const socket = new Encke.Socket(address, [], how);
  const log = {received: [], events: []};
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => {
    log.events.push('open');
    all.forEach((data) => socket.send(typeof data === 'string' ? data : Uint8Array.from(data)));
  };
  socket.onmessage = ({data}) => {
    if (log.received.push(typeof data === 'string' ? data : Array.from(new Uint8Array(data))) === all.length) {
      socket.close(3001, 'enough');
    }
  };
  socket.onerror = () => log.events.push('error');
  socket.onclose = (event) => {
    log.events.push([event.code, event.reason, event.wasClean]);
    resolve({...log, transport: socket.transport, report: socket.report()});
  };
}), [path, messages, choice]);

/** The whole of the first plane, and the beginning and the end of each other; half surrogate pairs are no characters. */
function planes() {
  const starts = Array.from({length: 16}, (unused, i) => i * 0x1000).filter((start) => start !== 0xd000);
  for (let plane = 1; plane < 17; plane++) {
    starts.push(plane * 0x10000, plane * 0x10000 + 0xf000);
  }
  const block = (from, size) => Array.from({length: size}, (unused, i) => String.fromCodePoint(from + i)).join('');
  return [...starts.map((start) => block(start, 0x1000)), block(0xd000, 0x800)];
}

describe('encke.swf in Ruffle', () => {
  ['encke.js', 'encke.min.js'].forEach((script) => test(`a page talks and closes (${script})`, patience, () => inPage(async (page) => {
    const texts = ['', 'x', 'quotes " and \' and ` and \\', '&amp; &lt; <b> %41 %u0041', 'a,b:c\0d\r\n', '\u20ac \u{1f600} \ufeff \u2028 \uffff'];
    const result = await converse(page, '/echo', texts);
    assert.deepStrictEqual(result.received, texts);
    assert.deepStrictEqual(result.events, ['open', [3001, 'enough', true]]);
    assert.strictEqual(result.transport, 'flash');
  }, {script})));

  test('characters of every plane come back', patience, () => inPage(async (page) => {
    const texts = planes();
    const result = await converse(page, '/echo', texts);
    assert.deepStrictEqual(result.received.map((text) => text.length), texts.map((text) => text.length));
    assert.deepStrictEqual(result.received.filter((text, i) => text !== texts[i]), []);
  }));

  test('every byte comes back, in order among text, and so do no bytes', patience, () => inPage(async (page) => {
    const bytes = Array.from({length: 256}, (unused, i) => i);
    const all = [[], bytes, 'text', [0], [0, 0, 0, 0], bytes.concat(bytes).reverse(), ''];
    assert.deepStrictEqual((await converse(page, '/echo', all)).received, all);
  }));

  test('1 MiB of text and 1 MiB of bytes come back', patience, () => inPage(async (page) => {
    const wrong = await page.evaluate((choice) => new Promise((resolve) => {
      const socket = new Encke.Socket('/echo', [], choice);
      const text = Array.from({length: 1 << 17}, (unused, i) => `${i % 10}"\u20ac\\\u{1f600}%x`.slice(0, 8)).join('').slice(0, 1 << 20);
      const bytes = Uint8Array.from({length: 1 << 20}, (unused, i) => i * 7 + (i >> 8));
      const found = [];
      socket.binaryType = 'arraybuffer';
      socket.onopen = () => {
        socket.send(text);
        socket.send(bytes);
      };
      socket.onmessage = ({data}) => {
        if (typeof data === 'string') {
          found.push(data === text);
        } else {
          const got = new Uint8Array(data);
          found.push(got.length === bytes.length && got.every((byte, i) => byte === bytes[i]));
          socket.close();
        }
      };
      socket.onclose = ({code}) => resolve([...found, code]);
    }), options);
    assert.deepStrictEqual(wrong, [true, true, 1005]);
  }));

  test('half a surrogate pair arrives as U+FFFD', patience, () => inPage(async (page) => {
    assert.deepStrictEqual((await converse(page, '/echo', ['a\ud83d', '\ude00b'])).received, ['a\ufffd', '\ufffdb']);
  }));

  test('the server closes: its code and reason arrive', patience, () => inPage(async (page) => {
    assert.deepStrictEqual((await converse(page, '/close', [])).events, ['open', [3000, 'Go away!', true]]);
  }));

  test('several sockets share one movie and keep apart', patience, () => inPage(async (page) => {
    const before = relay.connections();
    const results = await page.evaluate((choice) => Promise.all([0, 1, 2].map((which) => new Promise((resolve) => {
      const socket = new Encke.Socket('/echo', [], choice);
      const received = [];
      socket.onopen = () => [0, 1, 2, 3].forEach((i) => socket.send(`${which} ${i}`));
      socket.onmessage = ({data}) => received.push(data) === 4 && socket.close();
      socket.onclose = () => resolve(received);
    }))), options);
    assert.deepStrictEqual(results, [0, 1, 2].map((which) => [0, 1, 2, 3].map((i) => `${which} ${i}`)));
    assert.strictEqual(await page.evaluate(() => document.querySelectorAll('#encke_swf').length), 1);
    assert.strictEqual(relay.connections() - before, 3);
  }));

  test('a line that breaks costs nothing: the next socket goes on', patience, () => inPage(async (page) => {
    await page.evaluate((choice) => new Promise((resolve) => {
      const socket = new Encke.Socket('/echo', [], choice);
      window.state = {socket, received: [], events: []};
      ['interrupt', 'resume', 'close'].forEach((type) => socket.addEventListener(type, () => window.state.events.push(type)));
      socket.onmessage = ({data}) => window.state.received.push(data) === 1 && resolve();
      socket.onopen = () => socket.send('before');
    }), options);
    relay.cut();
    await page.evaluate(() => window.state.socket.send('after'));
    await page.waitForFunction(() => window.state.received.length === 2, null, {timeout: 60000});
    assert.deepStrictEqual(await page.evaluate(() => [window.state.received, window.state.events]), [['before', 'after'], ['interrupt', 'resume']]);
  }));

  test('where WebSocket is blocked a poll serves first, and flash takes over when it has started', patience, async () => {
    const page = await browser.newPage();
    await page.routeWebSocket(/encke\.1/, (blocked) => blocked.close());
    await page.goto(server.url + 'echo');
    await addFlash(page, server, relay);
    await page.evaluate(() => new Promise((resolve) => {
      const socket = new Encke.Socket('/echo');
      window.state = {socket, transports: [], received: []};
      socket.onmessage = ({data}) => window.state.received.push(data);
      socket.addEventListener('transport', () => {
        window.state.transports.push(socket.transport);
        socket.send('over ' + socket.transport);
      });
      socket.onopen = () => {
        window.state.transports.push(socket.transport);
        socket.send('first');
        resolve();
      };
    }));
    await page.waitForFunction(() => window.state.received.includes('over flash'), null, {timeout: 60000});
    const [transports, received] = await page.evaluate(() => [window.state.transports, window.state.received]);
    assert.deepStrictEqual([transports[0], transports.at(-1), received[0], received.length], ['xhr_poll', 'flash', 'first', transports.length]);
    await page.close();
  });

  test('what the socket sends begins with the greeting and the hello, which names service, session and origin', patience, () => inPage(async (page) => {
    await converse(page, '/echo', ['x']);
    const sent = relay.sent().pop().toString('latin1');
    const path = /^encke\.1\nh\0\0\0(.)(\/echo\/encke\.1\/[A-Za-z0-9_-]{36}\/flash\n(.*?))t\0\0\0\nr\[100,0,0\]/s.exec(sent);
    assert.ok(path, sent);
    assert.strictEqual(path[1].charCodeAt(0), path[2].length);
    assert.strictEqual(path[3], server.url.replace(/\/$/, ''));
  }));
});

describe('where it does not get through', () => {
  test('the server goes: an interrupt, and no transport comes through; it comes back without the session: 2011', patience, async () => {
    const other = await startServer({config});
    const itsRelay = await startRelay(other.port);
    const page = await browser.newPage();
    try {
      await page.goto(other.url + 'echo');
      await addFlash(page, other, itsRelay);
      await page.evaluate((choice) => new Promise((resolve) => {
        const socket = new Encke.Socket('/echo', [], choice);
        window.events = [];
        ['interrupt', 'resume', 'close'].forEach((type) => socket.addEventListener(type, (event) => window.events.push([type, event.code || 0])));
        socket.onopen = resolve;
      }), {...options, timeout: 2000});
      await other.kill();
      await page.waitForFunction(() => window.events.length === 1, null, {timeout: 60000});
      const again = await startServer({config, port: other.port});
      await page.waitForFunction(() => window.events.length === 2, null, {timeout: 60000});
      assert.deepStrictEqual(await page.evaluate(() => window.events), [['interrupt', 0], ['close', 2011]]);
      assert.strictEqual(await again.stop(), 0);
    } finally {
      await page.close();
      await itsRelay.stop();
    }
  });

  test('no socket may be had: a poll serves, and the report says why', patience, () => inPage(async (page) => {
    const report = await page.evaluate((choice) => new Promise((resolve) => {
      const socket = new Encke.Socket('/echo', [], choice);
      const look = setInterval(() => {
        if (socket.report().length === 2) {
          clearInterval(look);
          resolve([socket.transport, ...socket.report()]);
        }
      }, 50);
    }), {transports: ['flash', 'xhr_poll'], timeout: 60000});
    assert.strictEqual(report[0], 'xhr_poll');
    assert.deepStrictEqual(report.slice(1).map(({transport, outcome}) => [transport, outcome]), [['xhr_poll', 'in use'], ['flash', 'failed']]);
    assert.match(report[2].reason, /./);
  }, {port: null}));

  test('the movie is not there: it says so, and the poll goes on', patience, () => inPage(async (page) => {
    const report = await page.evaluate((choice) => new Promise((resolve) => {
      const socket = new Encke.Socket('/echo', [], choice);
      const look = setInterval(() => {
        if (socket.report().length === 2) {
          clearInterval(look);
          resolve(socket.report());
        }
      }, 50);
    }), {transports: ['flash', 'xhr_poll'], flash: {swf: '/nowhere.swf'}});
    assert.match(report[1].reason, /^\/nowhere\.swf did not start within 7500 ms; it is not there/);
  }));

  test('a page of another origin without a movie of its own leaves it out, with words', patience, () => inPage(async (page) => {
    const result = await converse(page, server.url.replace('127.0.0.1', 'localhost') + 'echo', ['x'], {transports: ['flash', 'xhr_poll']});
    assert.match(result.report.find((entry) => entry.transport === 'flash').reason, /the option flash does not say where/);
  }));
});

describe('encke.swf', () => {
  test('is served with its type, and checked again each time', patience, async () => {
    const answer = await within(fetch(server.url + 'encke.swf'), 'the movie');
    assert.deepStrictEqual([answer.status, answer.headers.get('content-type'), answer.headers.get('content-encoding')],
      [200, 'application/x-shockwave-flash', null]);
    assert.strictEqual(Buffer.from(await answer.arrayBuffer()).toString('latin1', 0, 4), 'CWS\x09');
  });

  test('its address changes nothing in it: no parameter is run, and opened by itself it calls nobody', patience, async () => {
    const page = await browser.newPage();
    const errors = watchForErrors(page);
    await page.goto(server.url + 'echo');
    await addFlash(page, server, relay);
    await page.evaluate(() => {
      window.called = [];
      window.hurt = () => window.called.push('hurt');
      Encke.calls = {flash: () => window.called.push('nudge')};
      document.body.innerHTML = '<object type="application/x-shockwave-flash" data="/encke.swf?kPage=hurt&callback=hurt&nudge=hurt" ' +
        'width="1" height="1"><param name="flashvars" value="kPage=hurt&callback=hurt"></object>';
    });
    await page.waitForFunction(() => window.called.length > 1, null, {timeout: 60000});
    assert.deepStrictEqual(await page.evaluate(() => Array.from(new Set(window.called))), ['nudge']);
    await page.close();
    assert.deepStrictEqual(errors, []);
  });
});
