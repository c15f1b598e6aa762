// Forever frames by document.domain in Chromium, which has it where page and frame ask for it: page and server are sub-domains of one domain,
// and the frame reaches the page without a bridge.
'use strict';
const assert = require('node:assert');
const http = require('node:http');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, startServer, watchForErrors, within} = require('./support.js');

let server, pages, browser;

function pageOf(domain) {
  return `<!doctype html><script>document.domain = '${domain}';</script><script src="http://push.encke.test:${server.port}/encke.js"></script>`;
}

before(async () => {
  server = await startServer({config: {services: {
    '/echo': {type: 'echo', document_domain: 'encke.test'},
    '/closed': {type: 'echo'}
  }}});
  pages = http.createServer((request, answer) => {
    answer.writeHead(200, {'Content-Type': 'text/html', 'Origin-Agent-Cluster': '?0'});
    answer.end(pageOf('encke.test'));
  });
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
});
