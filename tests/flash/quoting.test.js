// What goes between page and movie survives an ExternalInterface that evaluates source text: the facade, the movie's own source and
// the real server, without a browser.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {root, startServer, within} = require('../e2e/support.js');
const {compileMovie, openPage, Request, toMovie, toPage} = require('./player.js');

const patience = {timeout: 120000};
const bundle = fs.readFileSync(process.env.ENCKE_BUNDLE || path.join(root, 'build/client-js/encke.js'), 'utf8');
let server;
let movie;

before(async () => {
  server = await startServer({config: {services: {'/echo': {type: 'echo'}, '/close': {type: 'close'}}}});
  movie = compileMovie();
}, patience);

after(async () => assert.strictEqual(await server.stop(), 0), patience);

/** Sends messages to a service and answers what came back, how it closed, and the page. */
async function converse(messages, {address = '/echo', options = {}, how = {}} = {}) {
  const page = openPage(server, bundle, movie, how);
  const socket = new page.Encke.Socket(address, [], {transports: ['flash'], timeout: 30000, ...options});
  const received = [];
  socket.binaryType = 'arraybuffer';
  const closed = new Promise((resolve) => {
    socket.onopen = () => messages.forEach((message) => socket.send(message));
    socket.onmessage = ({data}) => {
      if (received.push(typeof data === 'string' ? data : Array.from(new Uint8Array(data))) === messages.length) {
        socket.close(3001, 'enough');
      }
    };
    socket.onclose = ({code, reason}) => resolve([code, reason]);
  });
  const close = await within(closed, 'the close');
  page.stop();
  return {received, close, page, report: socket.report()};
}

describe('the ExternalInterface of these tests', () => {
  test('evaluates what the movie says', () => {
    assert.strictEqual(toPage('plain [text] 1'), 'plain [text] 1');
    assert.strictEqual(toPage('a\\u0041'), 'aA');
    assert.strictEqual(toPage('&amp;&lt;'), '&<');
    assert.strictEqual(toPage('cut\0off'), 'cut');
    ['\\', 'a"b', 'a\nb', '&quot;'].forEach((text) => assert.throws(() => toPage(text), {name: 'SyntaxError'}));
    assert.strictEqual(toPage('" + "injected" + "'), 'injected');
  });
  test('makes XML of what the page says', () => {
    assert.strictEqual(toMovie('&amp;'), '&');
    assert.strictEqual(toMovie('\u20ac'), '?');
    assert.strictEqual(toMovie('cut\0off'), 'cut');
    assert.throws(() => toMovie('</string>'));
  });
});

describe('what goes through it', () => {
  const awkward = ['', '\\', '\\\\"', '"', '\'', '`', '&amp;', '&quot;', '&#65;', '<b>', '</string>', ']]>', '%', '%41', '%u0041', '\0', 'a\0b',
    '\r\n', '\n', '\t', '\x7f', '\x80', '\u2028\u2029', '\ufeff', '\ufffe\uffff', '\u{1f600}', '\u{10ffff}', ',', ':', '1:t:x,2:t:y', '" + alert(1) + "',
    '\\u0022', '\\x22', '+', '%2B', '\ud7ff\ue000'];

  test('texts that are not what they look like come back as they were', patience, async () => {
    const {received, close} = await converse(awkward);
    assert.deepStrictEqual(received, awkward);
    assert.deepStrictEqual(close, [3001, 'enough']);
  });
  test('every character of the first plane, and the ends of the others', patience, async () => {
    const block = (from, size) => Array.from({length: size}, (unused, i) => String.fromCodePoint(from + i)).join('');
    const texts = [block(0, 0xd800), block(0xe000, 0x2000)];
    for (let plane = 1; plane < 17; plane++) {
      texts.push(block(plane * 0x10000, 256) + block(plane * 0x10000 + 0xff00, 256));
    }
    const {received} = await converse(texts);
    assert.deepStrictEqual(received.map((text, i) => text === texts[i]), texts.map(() => true));
  });
  test('half a surrogate pair is U+FFFD before it gets there', patience, async () => {
    assert.deepStrictEqual((await converse(['a\ud83d', '\ude00', '\ude00\ud83d'])).received, ['a\ufffd', '\ufffd', '\ufffd\ufffd']);
  });
  test('bytes of each value, of every length up to 300', patience, async () => {
    const all = Array.from({length: 300}, (unused, i) => Array.from({length: i}, (same, at) => at * i & 255));
    assert.deepStrictEqual((await converse(all.map((bytes) => Uint8Array.from(bytes)))).received, all);
  });
  test('nothing crosses but ASCII without quotes, backslashes, entities and NUL', patience, async () => {
    const {page} = await converse([...awkward, Uint8Array.from({length: 256}, (unused, i) => i)]);
    assert.ok(page.crossed.length > 10);
    assert.deepStrictEqual(page.crossed.filter((text) => !/^[ !#-%(-;=?-[\]-_a-~]*$/.test(text)), []);
  });
  test('the movie is not called before its first nudge, nor within one', patience, async () => {
    for (const startMs of [0, 300]) {
      assert.deepStrictEqual((await converse(['a', 'b'], {how: {startMs}})).page.wrong, []);
    }
  });
  test('a close by the server brings its code and reason', patience, async () => {
    assert.deepStrictEqual((await converse([], {address: '/close'})).close, [3000, 'Go away!']);
  });
});

describe('where it is tried', () => {
  const fields = {transports: ['flash', 'xhr_poll']};
  const reasonIn = async (browser, more = {}) => {
    const {report} = await converse(['x'], {options: {...fields, ...more.options}, address: more.address, how: {browser}});
    return report.find((entry) => entry.transport === 'flash').reason;
  };
  const plugin = (description) => ({navigator: {plugins: {'Shockwave Flash': {description}}}});

  test('not without a player, nor with one of before 2006', patience, async () => {
    for (const browser of [{navigator: {}}, {navigator: {plugins: {}}}, plugin('Shockwave Flash 8.0 r24')]) {
      assert.strictEqual(await reasonIn(browser), 'this browser has no Flash Player');
    }
  });
  test('with a plug-in of version 9, 10 or 32', patience, async () => {
    for (const version of ['9.0 r124', '10.3 r183', '32.0 r0']) {
      const {page, received} = await converse(['x'], {options: {transports: ['flash']}, how: {browser: plugin(`Shockwave Flash ${version}`)}});
      assert.deepStrictEqual([received, /type="application\/x-shockwave-flash"/.test(page.markup())], [['x'], true]);
    }
  });
  test('with the ActiveX control of version 9, by its class', patience, async () => {
    const asked = [];
    const ActiveXObject = function (name) {
      asked.push(name);
      if (name !== 'ShockwaveFlash.ShockwaveFlash.9') {
        throw new Error('Automation server can\'t create object');
      }
    };
    const {page, received} = await converse(['x'], {options: {transports: ['flash']}, how: {browser: {navigator: {}, ActiveXObject}}});
    assert.deepStrictEqual(received, ['x']);
    assert.match(page.markup(), /^<object id="encke_swf" width="1" height="1" classid="clsid:D27CDB6E-AE6D-11cf-96B8-444553540000"><param name="movie" value="http/);
  });
  test('not to another origin, unless the page says where its own has the movie', patience, async () => {
    const address = server.url.replace('127.0.0.1', 'localhost') + 'echo';
    const credentials = {XMLHttpRequest: class extends Request {
      withCredentials = false;
    }};
    assert.match(await reasonIn(credentials, {address}), /^the option flash does not say where/);
    const {received, page} = await converse(['x'], {address, options: {transports: ['flash'], flash: {swf: server.url + 'encke.swf'}}, how: {browser: credentials}});
    assert.deepStrictEqual([received, page.markup().includes(`data="${server.url}encke.swf"`)], [['x'], true]);
  });
});

describe('the movie and its element', () => {
  test('stand beyond the edge, are seen by the player, and let no other domain call', patience, async () => {
    const {page} = await converse(['x']);
    assert.deepStrictEqual([page.place.left, page.place.top, page.place.display, page.place.visibility], ['-100px', '-100px', undefined, undefined]);
    assert.match(page.markup(), new RegExp(`^<object id="encke_swf" width="1" height="1" type="application/x-shockwave-flash" data="${server.url}encke.swf">`));
    assert.match(page.markup(), /<param name="allowScriptAccess" value="sameDomain">/);
    assert.deepStrictEqual(page.policies, []);
  });
  test('are where the option flash says, with what it says of the policy', patience, async () => {
    const {page} = await converse(['x'], {options: {flash: {swf: '/a"b&c.swf', policy: 'xmlsocket://h:843'}}});
    assert.match(page.markup(), /data="\/a&quot;b&amp;c\.swf"/);
    assert.deepStrictEqual(page.policies, ['xmlsocket://h:843']);
  });
  test('a movie that does not start is told after 7.5 s, in words', patience, async () => {
    const {close, report} = await converse(['x'], {options: {timeout: 0}, how: {startMs: 1e6}});
    assert.strictEqual(close[0], 1006);
    assert.match(report[0].reason, /encke\.swf did not start within 7500 ms; it is not there, of another origin than the page, or blocked$/);
  });
  test('that go from the page take the socket with them, and the next carrier puts new ones in', patience, async () => {
    const page = openPage(server, bundle, movie);
    const socket = new page.Encke.Socket('/echo', [], {transports: ['flash'], timeout: 3000});
    const next = (type) => within(new Promise((resolve) => socket.addEventListener(type, resolve)), type, 10000);
    await next('open');
    const resumed = next('resume');
    page.remove();
    await resumed;
    const came = next('message');
    socket.send('after');
    assert.deepStrictEqual([(await came).data, page.movies(), page.wrong], ['after', 2, []]);
    const close = (which) => within(new Promise((resolve) => {
      which.onclose = resolve;
      which.close();
    }), 'the close', 10000);
    await close(socket);
    page.remove();
    const other = new page.Encke.Socket('/echo', [], {transports: ['flash'], timeout: 3000});
    await within(new Promise((resolve) => other.addEventListener('open', resolve)), 'another socket', 10000);
    assert.deepStrictEqual([Array.from(other.report(), ({outcome}) => outcome), page.movies(), page.wrong], [['in use'], 3, []]);
    await close(other);
    page.stop();
  });
  test('what came that is not UTF-8 ends its socket, in words, and breaks nothing', patience, async () => {
    const odd = 'player.addCallback("encke", (text) => (text === "p" ? "1:t:%FF,1:t:k0" : "ok")); player.call("Encke.calls.flash");';
    const page = openPage(server, bundle, odd);
    const socket = new page.Encke.Socket('/echo', [], {transports: ['flash'], timeout: 3000});
    await within(new Promise((resolve) => {
      socket.onclose = resolve;
    }), 'the close', 10000);
    page.stop();
    assert.match(socket.report()[0].reason, /^what came is not the server's; /);
  });
  test('what the movie does not open is told at once, in its words', patience, async () => {
    const policies = {push: () => {
      throw new Error('Error #2067: "no", it says');
    }};
    const {report} = await converse(['x'], {options: {flash: {policy: 'xmlsocket://h:843'}}, how: {policies}});
    assert.match(report[0].reason, /Error #2067: "no", it says$/);
  });
});
