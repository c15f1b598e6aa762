// Encke.EventSource beside the browser's own, on the same streams of a small server of the test's.
'use strict';
const assert = require('node:assert');
const http = require('node:http');
const {after, before, test} = require('node:test');
const {launchBrowser, startServer} = require('./support.js');

const patience = {timeout: 60000};
const pieces = ['\ufeff: hello\nretry: 20\nid: 1\ndata: a\ndata:\u20ac b\n', '\ndata: c\r', '\n\r\nevent: tick\ndata: d\n\nid: \u00e9 2\n\n', 'data: never whole\n'];

let server;
let streams; // answers /stream: pieces first, then the Last-Event-ID that it was told, then 204
let address;
let browser;
let page;

before(async () => {
  let requests = 0;
  streams = http.createServer((request, response) => {
    const origin = request.headers.origin;
    const cors = origin ? {'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true'} : {};
    if (request.url === '/') {
      requests = 0;
      response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>streams</title>');
    } else if (request.url === '/wrong') {
      response.writeHead(200, {...cors, 'Content-Type': 'text/plain'}).end('data: a\n\n');
    } else if (request.url !== '/stream') {
      response.writeHead(404).end();
    } else if (requests++ === 0) {
      const bytes = Buffer.from(pieces.join(''));
      response.writeHead(200, {...cors, 'Content-Type': 'text/event-stream'}).flushHeaders();
      let at = 0;
      const timer = setInterval(() => { // in pieces that also cut characters
        response.write(bytes.subarray(at, at += 5));
        if (at >= bytes.length) {
          clearInterval(timer);
          response.end();
        }
      }, 2);
    } else if (requests === 2) {
      const told = request.headers['last-event-id'];
      response.writeHead(200, {...cors, 'Content-Type': 'text/event-stream; charset=utf-8'})
        .end(`data: ${told === undefined ? 'nothing' : Buffer.from(told, 'latin1').toString()}\n\n`);
    } else {
      response.writeHead(204, cors).end();
    }
  });
  await new Promise((resolve) => streams.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${streams.address().port}/`;
  server = await startServer({config: {services: {'/echo': {type: 'echo'}}}});
  browser = await launchBrowser();
  page = await browser.newPage();
}, patience);

after(async () => {
  await browser.close();
  streams.closeAllConnections();
  await new Promise((resolve) => streams.close(resolve));
  assert.strictEqual(await server.stop(), 0);
}, patience);

/** What a page sees of an EventSource until it is closed. */
async function watch(which, leaf) {
  await page.goto(address);
  await page.addScriptTag({url: server.url + 'encke.js'});
  return page.evaluate(([name, path]) => new Promise((resolve) => {
    const Source = name === 'native' ? window.EventSource : Encke.EventSource;
    const source = new Source(path);
    const log = [[source.url, source.readyState, source.withCredentials]];
    ['open', 'message', 'tick'].forEach((type) => source.addEventListener(type, (event) => log.push([event.type, source.readyState, event.data,
      event.lastEventId, event.origin])));
    source.onerror = () => {
      log.push(['error', source.readyState]);
      if (source.readyState === Source.CLOSED) {
        resolve(JSON.parse(JSON.stringify(log)));
      }
    };
  }), [which, leaf]);
}

['native', 'facade'].forEach((which) => {
  test(`${which}: events, their ids, an end, going on with the last id, the server's 204`, patience, async () => {
    const origin = address.slice(0, -1);
    assert.deepStrictEqual(await watch(which, '/stream'), [[`${address}stream`, 0, false], ['open', 1, null, null, null],
      ['message', 1, 'a\n\u20ac b', '1', origin], ['message', 1, 'c', '1', origin], ['tick', 1, 'd', '1', origin], ['error', 0],
      ['open', 1, null, null, null], ['message', 1, '\u00e9 2', '\u00e9 2', origin], ['error', 0], ['error', 2]]);
  });
  test(`${which}: a response of another type`, patience, async () => {
    assert.deepStrictEqual(await watch(which, '/wrong'), [[`${address}wrong`, 0, false], ['error', 2]]);
  });
});
