// Forever frames by document.domain in Chromium, which has it where page and frame ask for it: page and server are sub-domains of one domain,
// and the frame reaches the page without a bridge.
'use strict';
const assert = require('node:assert');
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, startServer, watchForErrors, within} = require('./support.js');

const wkhtmltoimage = '/usr/bin/wkhtmltoimage';
let server, pages, browser, told, seen;

const kDomain = '<!doctype html><script>document.domain = \'encke.test\';</script>';

/** The script of a page that nobody drives: it asks for an address that says what came of it. */
function selfDriven() {
  return `
    var received = [];
    var socket = new Encke.Socket('http://push.encke.test:${server.port}/echo', [], {transports: ['forever_frame'], timeout: 10000});
    socket.onopen = function () {
      socket.send('one');
      socket.send('two </script>');
    };
    socket.onmessage = function (event) {
      received.push(event.data);
      if (received.length === 2) {
        socket.close(3001, 'done');
      }
    };
    socket.onclose = function (event) {
      new Image().src = '/told?' + encodeURIComponent([socket.transport, event.code, event.reason, received.join('|')].join());
    };`;
}

/** What a browser's proxy does, for every host: names below encke.test are this machine's. */
function proxied(request, answer) {
  const url = new URL(request.url, 'http://www.encke.test');
  seen.push(url);
  if (url.hostname === 'push.encke.test') {
    const onward = http.request({host: '127.0.0.1', port: url.port, method: request.method, path: url.pathname + url.search,
      headers: {...request.headers, host: url.host}}, (reply) => {
      answer.writeHead(reply.statusCode, reply.headers);
      reply.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    request.pipe(onward);
    return;
  }
  if (url.pathname === '/told') {
    told(decodeURIComponent(url.search.slice(1)));
  }
  answer.writeHead(200, {'Content-Type': url.pathname === '/driven.js' ? 'text/javascript' : 'text/html', 'Origin-Agent-Cluster': '?0'});
  answer.end(url.pathname === '/driven.js' ? selfDriven() :
    `${kDomain}<script src="http://push.encke.test:${server.port}/encke.js"></script>${url.pathname === '/driven' ? '<script src="/driven.js"></script>' : ''}`);
}

before(async () => {
  seen = [];
  server = await startServer({config: {services: {
    '/echo': {type: 'echo', document_domain: 'encke.test'},
    '/closed': {type: 'echo'}
  }}});
  pages = http.createServer(proxied);
  await new Promise((resolve) => pages.listen(0, '127.0.0.1', resolve));
  browser = await launchBrowser(['--host-resolver-rules=MAP *.encke.test 127.0.0.1']);
});

after(async () => {
  if (browser) {
    await browser.close();
  }
  pages.closeAllConnections();
  pages.close();
  await server.stop();
});

/** Text and bytes to a service and back over a forever frame; what was requested meanwhile. */
async function converse(service) {
  const page = await browser.newPage();
  const errors = watchForErrors(page);
  const requests = [];
  page.on('request', (request) => requests.push(new URL(request.url())));
  await page.goto(`http://www.encke.test:${pages.address().port}/`);
  assert.strictEqual(await page.evaluate(() => document.domain), 'encke.test', 'this Chromium lets a page set its document.domain');
  const result = await within(page.evaluate((address) => new Promise((resolve) => {
    const socket = new window.Encke.Socket(address, [], {transports: ['forever_frame'], timeout: 10000});
    const received = [];
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      socket.send('one \u20ac </script>');
      socket.send(new Uint8Array([0, 1, 255]));
    };
    socket.onmessage = (event) => {
      received.push(typeof event.data === 'string' ? event.data : Array.from(new Uint8Array(event.data)));
      if (received.length === 2) {
        socket.close(3001, 'done');
      }
    };
    socket.onclose = (event) => resolve({received, code: event.code, reason: event.reason, transport: socket.transport});
  }), `http://push.encke.test:${server.port}${service}`), 'the conversation');
  await page.close();
  assert.deepStrictEqual([result, errors], [{received: ['one \u20ac </script>', [0, 1, 255]], code: 3001, reason: 'done', transport: 'forever_frame'}, []]);
  return {frames: requests.filter((url) => url.pathname.endsWith('/htmlfile')), bridges: requests.filter((url) => url.pathname.endsWith('/bridge'))};
}

describe('a page of another name below the same domain', () => {
  test('loads its forever frame itself where the service allows that domain', {timeout: 90000}, async () => {
    const {frames, bridges} = await converse('/echo');
    assert.deepStrictEqual([bridges.length, frames.length, frames[0].searchParams.get('d')], [0, 1, 'encke.test']);
  });
  test('has a bridge load it where the service does not', {timeout: 90000}, async () => {
    const {frames, bridges} = await converse('/closed');
    assert.deepStrictEqual([bridges.length, frames[0].searchParams.get('d')], [1, null]);
  });
  test('the same in the WebKit of 2016', {timeout: 90000, skip: fs.existsSync(wkhtmltoimage) ? false : 'there is no wkhtmltoimage'}, async () => {
    const outcome = new Promise((resolve) => {
      told = resolve;
    });
    const port = pages.address().port;
    seen = [];
    const child = spawn(wkhtmltoimage, ['--proxy', `http://127.0.0.1:${port}`, '--proxy-hostname-lookup', '--window-status', 'DONE', '--debug-javascript',
      'http://www.encke.test/driven', '/dev/null'], {stdio: 'ignore', env: {...process.env, QT_QPA_PLATFORM: 'offscreen'}});
    try {
      assert.strictEqual(await within(outcome, 'the conversation'), 'forever_frame,3001,done,one|two </script>');
    } finally {
      child.kill('SIGKILL');
    }
    const leaves = seen.filter((url) => /\/encke\.1\//.test(url.pathname));
    assert.deepStrictEqual(leaves.filter((url) => url.pathname.endsWith('/htmlfile')).map((url) => url.searchParams.get('d')), ['encke.test']);
    assert.ok(leaves.every((url) => !url.pathname.endsWith('/bridge')));
  });
});
