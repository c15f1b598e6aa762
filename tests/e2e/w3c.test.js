// The W3C's rules (tests/client-js/support/w3c_rules.js) in a browser: the same tables on its own WebSocket, on the facade over each transport,
// and on the facade in the place of WebSocket.
'use strict';
const assert = require('node:assert');
const net = require('node:net');
const {after, before, describe, test} = require('node:test');
const {behaviour, closeRules, constructorRules} = require('../client-js/support/w3c_rules.js');
const {launchBrowser, startServer} = require('./support.js');

const transports = ['websocket', 'xhr_stream', 'eventsource', 'forever_frame', 'xhr_poll', 'jsonp'];
const patience = {timeout: 60000};

let server;
let browser;
let page; // a new one for each kind of socket
let shut; // an address where nobody listens

before(async () => {
  const probe = net.createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  shut = `127.0.0.1:${probe.address().port}`;
  await new Promise((resolve) => probe.close(resolve));
  server = await startServer({config: {services: {
    '/echo': {type: 'echo'}, '/protocols': {type: 'echo', protocols: ['b', 'a']}, '/close': {type: 'close'}
  }}});
  browser = await launchBrowser();
}, patience);

after(async () => {
  await browser.close();
  assert.strictEqual(await server.stop(), 0);
}, patience);

async function openPage() {
  page = await browser.newPage();
  await page.goto(server.url + 'echo');
  await page.addScriptTag({url: server.url + 'encke.js'});
  await page.evaluate(() => {
    const Native = window.WebSocket;
    window.socketOf = (which) => {
      Encke.uninstall();
      if (which === 'native') {
        return Native;
      }
      Encke.install({always: true, transports: which});
      return window.WebSocket;
    };
  });
}

const put = (value) => JSON.parse(JSON.stringify(value).replaceAll('//$', `//127.0.0.1:${server.port}`));

/** Gives arguments to the constructor, or to close() of a new socket; answers url or readyState, or the exception's name. */
function attempt(which, method, args) {
  return page.evaluate(([name, what, given]) => {
    const WebSocket = socketOf(name);
    let socket = null;
    try {
      socket = what === 'close' ? new WebSocket('/echo') : new WebSocket(...given);
      if (what === 'close') {
        socket.close(...given);
      }
      return what === 'close' ? socket.readyState : socket.url;
    } catch (error) {
      return error.name;
    } finally {
      if (socket) {
        socket.close();
      }
    }
  }, [which, method, args]);
}

['native', 'websocket', 'xhr_poll'].forEach((which) => describe(`the arguments of ${which}`, () => {
  before(openPage, patience);
  after(() => page.close());
  test('of the constructor', patience, async () => {
    const wrong = [];
    for (const [args, expected] of constructorRules) {
      const got = await attempt(which, 'constructor', put(args));
      if (got !== put(expected)) {
        wrong.push([args, got]);
      }
    }
    assert.deepStrictEqual(wrong, []);
  });
  test('of close', patience, async () => {
    const wrong = [];
    for (const [args, expected] of closeRules) {
      const got = await attempt(which, 'close', args);
      if (got !== (expected || 2)) {
        wrong.push([args, got]);
      }
    }
    assert.deepStrictEqual(wrong, []);
  });
}));

['native', ...transports].forEach((which) => describe(`what ${which} does`, () => {
  before(openPage, patience);
  after(() => page.close());
  behaviour.forEach(([what, work, expected, more]) => test(what, patience, async () => {
    const host = `ws://127.0.0.1:${server.port}`;
    const leaf = which === 'native' ? '/websocket' : '';
    const at = {echo: `${host}/echo${leaf}`, protocols: `${host}/protocols${leaf}`, goodbye: `${host}/close${leaf}`, nothing: `ws://${shut}/echo`};
    const result = await page.evaluate(([name, source, addresses, args]) => new Promise((resolve, reject) => {
      const finish = (value) => resolve(JSON.parse(JSON.stringify(value)));
      try {
        new Function('return ' + source)()(socketOf(name), addresses, finish, args);
      } catch (error) {
        reject(error);
      }
    }), [which, String(work), at, more && more.args]);
    const isCut = which === 'native' && more && more.echoes; // this server answers a close with its code only
    assert.deepStrictEqual(result, JSON.parse(JSON.stringify(isCut ? [expected[0], '', expected[2]] : expected)));
  }));
}));
