// The ways of old browsers, in a Chromium that has been stripped of what they did not have and given what they had: ActiveX requests
// and htmlfile, XDomainRequest, bridges by posts and by fragments, against the real server at two origins.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, startServer, watchForErrors} = require('./support.js');

const patience = {timeout: 60000};
const texts = ['', 'x', '\u20ac \u{1f600} \u0000 \u2028 % # & + " \\ \r\n', 'y'.repeat(5000), '%41', '\ufffd\ufeff'];

let server;
let browser;
let own; // the page's origin, and the server's other one
let other;
let folder;

function freePort() {
  return new Promise((resolve) => {
    const taken = net.createServer().listen(0, '127.0.0.1', () => {
      const {port} = taken.address();
      taken.close(() => resolve(port));
    });
  });
}

const strictPage = `<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; connect-src 'self' ws:;
  frame-src 'self'; form-action 'self'; require-trusted-types-for 'script'; trusted-types encke"><body><script src="/encke.js"></script></body>`;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-strict-'));
  fs.writeFileSync(path.join(folder, 'index.html'), strictPage);
  const port = await freePort();
  own = `http://127.0.0.1:${port}`;
  other = `http://localhost:${port}`;
  server = await startServer({port, config: {services: {
    '/echo': {type: 'echo', response_limit: 4096}, '/close': {type: 'close'}, '/ours': {type: 'echo', origins: [own, other]},
    '/theirs': {type: 'echo', origins: ['http://chat.example', other]}, '/fleeting': {type: 'echo', resume_window_seconds: 0.5, disconnect_delay_seconds: 0.5}
  }, static: {'/strict': folder}}});
  browser = await launchBrowser();
}, patience);

after(async () => {
  await browser.close();
  fs.rmSync(folder, {recursive: true});
  assert.strictEqual(await server.stop(), 0);
}, patience);

/** Runs in each document before its scripts: takes away what an old browser did not have, and gives what it had. */
function strip(has) {
  const Native = window.XMLHttpRequest;
  const listen = window.addEventListener;
  const without = (object, ...names) => names.forEach((name) => Object.defineProperty(object, name, {value: undefined, writable: true}));

  // An XMLHttpRequest that stays within its origin and shows nothing before its end.
  class OldXhr {
    constructor() {
      this.native = new Native();
      this.readyState = 0;
      this.native.onreadystatechange = () => {
        this.readyState = this.native.readyState;
        if (this.onreadystatechange) {
          this.onreadystatechange();
        }
      };
    }

    get status() {
      if (this.readyState < 4) {
        throw new Error('The data necessary to complete this operation is not yet available.');
      }
      return this.native.status;
    }

    get responseText() {
      if (this.readyState < 4) {
        throw new Error('The data necessary to complete this operation is not yet available.');
      }
      return this.native.responseText;
    }

    open(method, url) {
      if (new URL(url, location.href).origin !== location.origin) {
        throw new Error('Access is denied.');
      }
      this.native.open(method, url);
    }

    setRequestHeader(name, value) {
      this.native.setRequestHeader(name, value);
    }

    send(body) {
      this.native.send(body);
    }

    abort() {
      this.native.abort();
    }
  }

  class OldXdr {
    constructor() {
      this.native = new Native();
      this.native.onload = () => (this.native.status === 200 ? this.onload : this.onerror)();
      this.native.onerror = () => this.onerror();
      this.native.onprogress = () => this.responseText.length >= 2048 && this.onprogress();
    }

    get responseText() {
      return this.native.responseText;
    }

    open(method, url) {
      if (new URL(url).protocol !== location.protocol) {
        throw new Error('Access is denied.');
      }
      this.native.open(method, url);
    }

    send(body) {
      window.xdrs = (window.xdrs || 0) + 1;
      this.native.send(new Blob([body])); // without a content type
    }

    abort() {
      this.native.abort();
    }
  }

  function makeHtmlfile() {
    const frame = document.createElement('iframe');
    frame.style.display = 'none';
    document.documentElement.appendChild(frame);
    window.htmlfiles = (window.htmlfiles || 0) + 1;
    const inner = frame.contentDocument;
    return {open: () => inner.open(), write: (html) => inner.write(html), close: () => inner.close(), parentWindow: frame.contentWindow,
      createElement: (name) => inner.createElement(name), get body() {
        return inner.body;
      }};
  }

  without(window, 'WebSocket', 'EventSource', 'fetch', 'addEventListener', 'removeEventListener', 'BroadcastChannel');
  without(document, 'addEventListener', 'removeEventListener');
  window.attachEvent = (type, work) => listen.call(window, type.slice(2), work);
  document.attachEvent = (type, work) => listen.call(document, type.slice(2), work);
  window.detachEvent = document.detachEvent = () => {};
  without(navigator, 'sendBeacon');
  window.XMLHttpRequest = has.native === false ? undefined : OldXhr;
  if (has.xdr) {
    window.XDomainRequest = OldXdr;
  }
  if (has.activeX) {
    window.ActiveXObject = function (name) {
      if (name === 'htmlfile' && has.activeX.includes(name)) {
        return makeHtmlfile();
      }
      if (!has.activeX.includes(name)) {
        throw new Error('Automation server can\'t create object');
      }
      return new OldXhr();
    };
  }
  if (has.posts === false) {
    without(window, 'postMessage');
  }
}

/** A page at the first origin, in a browser that has what `has` says. Answers {page, errors}. */
async function openPage(has) {
  const context = await browser.newContext();
  await context.addInitScript(strip, has);
  const page = await context.newPage();
  const errors = watchForErrors(page);
  await page.goto(own + '/echo');
  await page.addScriptTag({url: own + '/encke.js'});
  return {page, errors, close: () => context.close()};
}

/** Opens a socket, sends texts and all bytes, and answers what came of it when all of it has come back and the socket has closed. */
function talk(page, {url, transports, messages = texts, timeout = 5000, idle = 0}) {
  return page.evaluate(([address, names, list, least, pause]) => new Promise((resolve) => {
    const socket = new Encke.Socket(address, [], {transports: names, timeout: least});
    const log = {received: [], events: [], bytes: null};
    const bytes = Uint8Array.from({length: 256}, (unused, i) => i);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      log.events.push('open');
      setTimeout(() => {
        list.forEach((text) => socket.send(text));
        socket.send(bytes);
      }, pause);
    };
    socket.onmessage = ({data}) => {
      if (typeof data === 'string') {
        log.received.push(data);
      } else {
        log.bytes = String(new Uint8Array(data)) === String(bytes);
        socket.close(3001, 'enough');
      }
    };
    socket.onclose = (event) => {
      log.events.push([event.code, event.reason]);
      resolve({...log, transport: socket.transport, report: socket.report(), xdrs: window.xdrs || 0, htmlfiles: window.htmlfiles || 0,
        bridges: [...document.querySelectorAll('iframe')].filter((frame) => frame.src.includes('/echo/encke.1/bridge')).length});
    };
  }), [url, transports, messages, timeout, idle]);
}

const kinds = {
  'ActiveX and htmlfile': {has: {native: false, activeX: ['Microsoft.XMLHTTP', 'htmlfile']}, at: () => own, transports: ['xhr_poll', 'forever_frame', 'jsonp'],
    check: (result, name) => assert.ok(name !== 'forever_frame' || result.htmlfiles > 0)},
  'an XMLHttpRequest of old': {has: {}, at: () => own, transports: ['xhr_poll', 'forever_frame'], check: (result) => assert.strictEqual(result.bridges, 0)},
  'XDomainRequest': {has: {xdr: true}, at: () => other, transports: ['xhr_stream', 'xhr_poll'],
    check: (result) => assert.ok(result.xdrs > 3 && result.bridges === 0, `${result.xdrs} requests, ${result.bridges} bridges`)},
  'a bridge by posts': {has: {}, at: () => other, transports: ['xhr_poll', 'forever_frame'], check: (result) => assert.strictEqual(result.bridges, 1)},
  'a bridge by fragments': {has: {posts: false}, at: () => other, transports: ['xhr_poll', 'forever_frame'],
    check: (result) => assert.strictEqual(result.bridges, 1)},
  'a bridge by fragments, ActiveX and htmlfile': {has: {posts: false, native: false, activeX: ['Msxml2.XMLHTTP.3.0', 'htmlfile']}, at: () => other,
    transports: ['xhr_poll', 'forever_frame'], check: (result) => assert.strictEqual(result.bridges, 1)}
};

Object.entries(kinds).forEach(([name, kind]) => describe(name, () => {
  let here;
  before(async () => {
    here = await openPage(kind.has);
  }, patience);
  after(async () => {
    assert.deepStrictEqual(here.errors, []);
    await here.close();
  }, patience);
  kind.transports.forEach((transport) => {
    test(`${transport}: texts and bytes come back as they were, and the page's close arrives`, patience, async () => {
      const result = await talk(here.page, {url: kind.at() + '/echo', transports: [transport]});
      assert.deepStrictEqual([result.received, result.bytes, result.events], [texts, true, ['open', [3001, 'enough']]], JSON.stringify(result.report));
      assert.strictEqual(result.transport, transport);
      kind.check(result, transport);
    });
    test(`${transport}: the server's close arrives with its code and reason`, patience, async () => {
      const result = await talk(here.page, {url: kind.at() + '/close', transports: [transport], messages: []});
      assert.deepStrictEqual(result.events, ['open', [3000, 'Go away!']]);
    });
  });
  test('a session that the server does not know is close 2011, on the way of requests too', patience, async () => {
    const result = await here.page.evaluate((address) => new Promise((resolve) => {
      const socket = new Encke.Socket(address, [], {transports: ['xhr_poll'], timeout: 5000});
      socket.onopen = () => socket.send('x');
      socket.onmessage = () => {
        const stop = Date.now() + 1500; // with no poll at the server the page hangs for longer than the session is kept
        while (Date.now() < stop) {
          Math.sqrt(2);
        }
      };
      socket.onclose = (event) => resolve(event.code);
    }), kind.at() + '/fleeting');
    assert.strictEqual(result, 2011);
  });
}));

describe('whom the bridge serves', () => {
  const bridged = (leaf) => async () => {
    const here = await openPage({});
    const result = await talk(here.page, {url: other + leaf, transports: ['xhr_poll'], messages: ['x'], timeout: 0});
    await here.close();
    return result;
  };
  test('a page that the service allows', patience, async () => {
    assert.deepStrictEqual((await bridged('/ours')()).events, ['open', [3001, 'enough']]);
  });
  test('no other', patience, async () => {
    const result = await bridged('/theirs')();
    assert.deepStrictEqual(result.received, []);
    assert.strictEqual(result.events[0][0], 1006);
  });
});

test('script tags work where Trusted Types allow the policy `encke` and no other', patience, async () => {
  const page = await browser.newPage();
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(own + '/strict/');
  const result = await talk(page, {url: '/echo', transports: ['jsonp']});
  assert.deepStrictEqual([result.received, result.bytes, result.events, complaints], [texts, true, ['open', [3001, 'enough']], []]);
  await page.close();
});
