// The facade over plain polling, and over a JSONRequest made of fetch as json.org describes it, to another origin in Chromium: text and bytes
// both ways, and an end in order.
'use strict';
const assert = require('node:assert');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, startServer, watchForErrors, within} = require('./support.js');

let server, browser;

before(async () => {
  server = await startServer({config: {services: {'/echo': {type: 'echo', jsessionid: true, poll_interval_seconds: 0.4}}}});
  browser = await launchBrowser();
});

after(async () => {
  if (browser) {
    await browser.close();
  }
  await server.stop();
});

/** What a page needs to have JSONRequest: no cookies, one type both ways, nothing but 200. */
function addJsonRequest() {
  let last = 0;
  const running = new Map();
  window.JSONRequest = {
    post(url, value, done, timeout) {
      const number = ++last;
      const ending = new AbortController();
      const finish = (answer, error) => running.delete(number) && done(number, answer, error);
      const timer = setTimeout(() => ending.abort(), timeout);
      running.set(number, ending);
      fetch(url, {method: 'POST', credentials: 'omit', headers: {'Content-Type': 'application/jsonrequest'}, body: JSON.stringify(value), signal: ending.signal})
        .then((answer) => {
          if (answer.status !== 200 || answer.headers.get('content-type') !== 'application/jsonrequest') {
            throw new Error('not ok');
          }
          return answer.json();
        }).then((answer) => finish(answer), (error) => finish(undefined, error)).finally(() => clearTimeout(timer));
      return number;
    },
    cancel(number) {
      const ending = running.get(number);
      running.delete(number);
      if (ending) {
        ending.abort();
      }
    }
  };
}

/** Text and bytes to the echo and back. */
async function converse(transport, origin) {
  const page = await (await browser.newContext()).newPage();
  const errors = watchForErrors(page);
  const requests = [];
  page.on('requestfinished', (request) => requests.push(request));
  await page.addInitScript(addJsonRequest);
  await page.goto(`${server.url.replace('127.0.0.1', origin)}echo`);
  await page.addScriptTag({url: `${server.url}encke.js`});
  const result = await within(page.evaluate(([address, name]) => new Promise((resolve) => {
    const socket = new window.Encke.Socket(address, [], {transports: [name], timeout: 10000});
    const received = [];
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      for (let number = 0; number < 10; number++) {
        socket.send(`${number} \u20ac \u{1f600} " \\ </script>`);
      }
      socket.send(new Uint8Array([0, 1, 255]));
    };
    socket.onmessage = (event) => {
      received.push(typeof event.data === 'string' ? event.data : Array.from(new Uint8Array(event.data)));
      if (received.length === 11) {
        socket.close(3001, 'done');
      }
    };
    socket.onclose = (event) => resolve({received, code: event.code, reason: event.reason, transport: socket.transport});
  }), [`${server.url}echo`, transport]), 'the conversation');
  const finished = await Promise.all(requests.map(async (request) => ({url: request.url(), headers: await request.allHeaders()})));
  await page.context().close();
  assert.deepStrictEqual(errors, []);
  assert.deepStrictEqual(result, {received: [...Array.from({length: 10}, (_, number) => `${number} \u20ac \u{1f600} " \\ </script>`), [0, 1, 255]],
    code: 3001, reason: 'done', transport});
  return finished;
}

describe('the facade in Chromium', () => {
  for (const origin of ['127.0.0.1', 'localhost']) {
    test(`over poll, for a page of ${origin}`, {timeout: 90000}, async () => {
      const requests = await converse('poll', origin);
      assert.ok(requests.filter(({url}) => /\/poll\?/.test(url)).length > 1);
    });
    test(`over json_request, for a page of ${origin}, without a cookie`, {timeout: 90000}, async () => {
      const requests = (await converse('json_request', origin)).filter(({url}) => /\/jsonrequest/.test(url));
      assert.ok(requests.length > 2);
      assert.ok(requests.every(({headers}) => headers['content-type'] === 'application/jsonrequest' && headers.cookie === undefined));
    });
  }
});
