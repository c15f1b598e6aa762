// Encke.TCPSocket in a real browser, over several transports, to a real server of TCP: text, bytes, ends on either side, refusals; and the example of
// docs/gateway.md as it is printed.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, root, startServer, watchForErrors, within} = require('../e2e/support.js');

const kTransports = ['websocket', 'xhr_stream', 'xhr_poll', 'jsonp'];
const patience = {timeout: 60000};
const sockets = []; // of the server, each with what came
let backend, server, browser;

before(async () => {
  backend = net.createServer((socket) => {
    const seen = {socket, came: Buffer.alloc(0), error: null};
    seen.ended = new Promise((resolve) => socket.once('close', resolve));
    sockets.push(seen);
    socket.on('error', (error) => {
      seen.error = error.code;
    });
    socket.on('data', (chunk) => {
      seen.came = Buffer.concat([seen.came, chunk]);
      if (seen.came.includes('bye\n')) {
        socket.end('ended by the server');
      } else if (!seen.came.includes('silence\n')) {
        socket.write(chunk);
      }
    });
  });
  await new Promise((resolve) => backend.listen(0, '127.0.0.1', resolve));
  server = await startServer({config: {services: {
    '/tcp': {type: 'tcp', targets: [{hosts: ['127.0.0.1'], ports: [backend.address().port]}]}
  }}});
  browser = await launchBrowser();
}, patience);

after(async () => {
  if (browser) {
    await browser.close();
  }
  if (server) {
    assert.strictEqual(await server.stop(), 0);
  }
  sockets.forEach(({socket}) => socket.destroy());
  backend.close();
}, patience);

/** Runs `work` in a page with the scripts, over that transport; it has {open(isBinary, handlers), port}, and answers what happened. */
async function inPage(transport, work) {
  const page = await browser.newPage();
  const errors = watchForErrors(page);
  try {
    await page.goto(`${server.url}encke.js`);
    await page.setContent('<!doctype html><title>t</title>');
    await page.addScriptTag({url: `${server.url}encke.min.js`});
    await page.addScriptTag({url: `${server.url}encke-tcp.min.js`});
    await page.evaluate(({port, way}) => {
      window.port = port;
      // Opens a connection, notes what happens, calls `react` with each; resolves with the notes once it is closed.
      window.run = (isBinary, react, to = port) => new Promise((resolve) => {
        const notes = [];
        const socket = new Encke.TCPSocket({transports: way});
        const note = (...what) => {
          notes.push(what);
          react(socket, ...what);
        };
        socket.onopen = () => note('open');
        socket.onread = (data) => note('read', typeof data === 'string' ? data : Array.from(new Uint8Array(data)));
        socket.onclose = (code, reason) => {
          note('close', code, reason, socket.readyState);
          resolve(notes);
        };
        socket.open('127.0.0.1', to, isBinary);
      });
    }, {port: backend.address().port, way: transport});
    const result = await within(page.evaluate(work), 'the end of the connection');
    assert.deepStrictEqual(errors, []);
    return result;
  } finally {
    await page.close();
  }
}

const textOf = (notes) => notes.filter(([type]) => type === 'read').map(([, data]) => data).join('');

kTransports.forEach((transport) => describe(`over ${transport}`, () => {
  test('text goes there and back, and what the server says before it ends is read', patience, async () => {
    const notes = await inPage(transport, () => window.run(false, (socket, what, data) => {
      if (what === 'open') {
        socket.send('\u20ac\u{1f600} one\n');
      } else if (what === 'read' && data.endsWith('one\n')) {
        socket.send('bye\n');
      }
    }));
    assert.strictEqual(textOf(notes), '\u20ac\u{1f600} one\nended by the server');
    assert.deepStrictEqual([notes[0], notes.at(-1)], [['open'], ['close', 201, 'the server ended the connection', 5]]);
  });
  test('bytes go there and back, and close() goes behind what was sent', patience, async () => {
    const notes = await inPage(transport, () => window.run(true, (socket, what) => {
      if (what === 'open') {
        socket.send(new Uint8Array([0, 255, 128, 10]));
      } else if (what === 'read') {
        socket.send('silence\n');
        socket.send('the last');
        socket.close();
      }
    }));
    assert.deepStrictEqual(notes.filter(([type]) => type === 'read'), [['read', [0, 255, 128, 10]]]);
    assert.deepStrictEqual(notes.at(-1).slice(0, 2), ['close', 201]);
    await within(sockets.at(-1).ended, 'the end of the connection');
    assert.strictEqual(sockets.at(-1).came.toString('latin1'), '\0\xff\x80\nsilence\nthe last');
  });
  test('reset() ends both sides', patience, async () => {
    const notes = await inPage(transport, () => window.run(false, (socket, what) => what === 'open' && socket.reset()));
    assert.deepStrictEqual(notes, [['open'], ['close', 103, 'the page reset the connection', 5]]);
    await within(sockets.at(-1).ended, 'the end of the connection');
  });
  test('a target that is not allowed is told by its code, and reaches nobody', patience, async () => {
    const before = sockets.length;
    const notes = await inPage(transport, () => window.run(false, () => {}, 1));
    assert.deepStrictEqual(notes, [['close', 106, 'the target may not be connected to', 5]]);
    assert.strictEqual(sockets.length, before);
  });
}));

test('the example of docs/gateway.md runs as it is printed', patience, async () => {
  const text = fs.readFileSync(path.join(root, 'docs/gateway.md'), 'utf8');
  const [, html] = /```html\n([^`]*TCPSocket[^`]*)```/.exec(text);
  const page = await browser.newPage();
  try {
    const errors = watchForErrors(page);
    await page.route(`${server.url}page.html`, (route) => route.fulfill({contentType: 'text/html',
      body: '<!doctype html><title>t</title>' + html.replace('\'irc.example\', 6667', `'127.0.0.1', ${backend.address().port}`)}));
    await page.goto(`${server.url}page.html`);
    await page.waitForFunction(() => document.body.textContent.includes('NICK me'));
    assert.deepStrictEqual(errors, []);
  } finally {
    await page.close();
  }
});
