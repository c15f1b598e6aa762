// One session, many sockets, in Chromium: two TCP servers, a chat and an echo over one connection, while a third server has stopped
// and a fourth is not listened to.
'use strict';
const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const {describe, test} = require('node:test');
const {launchBrowser, startServer, watchForErrors} = require('./support.js');

const patience = {timeout: 120000};
const kBytes = 1 << 20;
const kPage = '<!doctype html><title>mux</title><script src="/encke.min.js"></script><script src="/encke-mux.min.js"></script>';

/** A server of TCP, and how it meets each connection. */
async function startBackend(meet) {
  const sockets = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    meet(socket);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${server.address().port}`,
    sockets,
    stop: () => {
      sockets.forEach((socket) => socket.destroy());
      return new Promise((resolve) => server.close(resolve));
    }
  };
}

/** Backends, the server, a browser with the page, and the ends of all of them. */
async function withPage(services, act) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-mux-'));
  fs.writeFileSync(path.join(folder, 'index.html'), kPage);
  const backends = {
    echo: await startBackend((socket) => socket.pipe(socket)),
    stopped: await startBackend((socket) => socket.pause()),
    flood: await startBackend((socket) => socket.write(Buffer.alloc(8 << 20, 'f')))
  };
  const tcp = (name) => ({type: 'tcp', connect: backends[name].address});
  const config = {
    services: {
      '/chat': {type: 'broadcast'},
      '/flood': tcp('flood'),
      '/mux': {type: 'mux', services: ['/chat', '/flood', '/stopped', '/tcp', ...Object.keys(services)]},
      '/stopped': tcp('stopped'),
      '/tcp': tcp('echo'),
      ...services
    },
    static: {'/': folder}
  };
  const file = path.join(folder, 'encke.json');
  const configure = () => fs.writeFileSync(file, JSON.stringify(config));
  configure();
  const server = await startServer({config: file});
  const browser = await launchBrowser();
  try {
    const page = await (await browser.newContext()).newPage();
    const wrong = watchForErrors(page);
    const sockets = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    await page.goto(server.url);
    await act({page, server, backends, sockets, config, configure});
    assert.deepStrictEqual(wrong, []);
  } finally {
    await browser.close();
    await server.stop();
    await Promise.all(Object.values(backends).map((backend) => backend.stop()));
    fs.rmSync(folder, {recursive: true, force: true});
  }
}

/** What the page does: 1 MiB up and down by the echoing server, in messages of all lengths, and a talk, beside what has stopped. */
async function exchange([transport, size]) {
  const mux = window.mux = new Encke.Mux('/mux', {transports: [transport]});
  const opened = (socket) => new Promise((resolve, reject) => {
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => resolve(socket);
    socket.onclose = (event) => reject(new Error(`closed with ${event.code} ${event.reason}`));
  });
  const hash = async (bytes) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].join();
  const [stopped, flood, chat, chatter] = await Promise.all(['/stopped', '/flood', '/chat', '/chat'].map((at) => opened(mux.socket(at))));
  let flooded = 0;
  flood.onmessage = (event) => {
    flooded += event.data.byteLength;
  };
  flood.pause();
  stopped.send(new Uint8Array(4 << 20));
  const said = new Promise((resolve) => {
    chatter.onmessage = (event) => resolve(event.data);
  });
  chat.send('hello \u20ac\ud83d\ude00');

  const echo = await opened(mux.socket('/tcp'));
  const sent = new Uint8Array(size);
  for (let at = 0; at < size; at += 65536) {
    crypto.getRandomValues(sent.subarray(at, at + 65536));
  }
  const got = new Uint8Array(size);
  let length = 0;
  const back = new Promise((resolve) => {
    echo.onmessage = (event) => {
      got.set(new Uint8Array(event.data), length);
      length += event.data.byteLength;
      if (length === size) {
        resolve();
      }
    };
  });
  for (let at = 0, step = 1; at < size; at += step, step = Math.min(step * 3, size - at, 400000)) {
    echo.send(sent.subarray(at, at + step));
  }
  await back;
  const result = {sent: await hash(sent), got: await hash(got), said: await said, transport: mux.transport, waits: stopped.bufferedAmount > 0, flooded};
  const clean = new Promise((resolve) => {
    echo.onclose = (event) => resolve([event.code, event.wasClean]);
  });
  echo.close(1000);
  result.clean = await clean;
  result.states = [stopped.readyState, flood.readyState, chat.readyState, echo.readyState];
  return result;
}

['websocket', 'xhr_poll', 'jsonp'].forEach((transport) => test(
  `over ${transport}: 1 MiB both ways beside a server that has stopped and one that nobody listens to, on one connection`, patience,
  () => withPage({}, async ({page, sockets, backends}) => {
    const result = await page.evaluate(exchange, [transport, kBytes]);
    assert.strictEqual(result.got, result.sent);
    assert.deepStrictEqual({...result, got: 0, sent: 0, flooded: result.flooded < 2 << 20}, {got: 0, sent: 0, said: 'hello \u20ac\ud83d\ude00',
      transport, waits: true, flooded: true, clean: [1000, true], states: [1, 1, 1, 3]});
    assert.strictEqual(sockets.length, transport === 'websocket' ? 1 : 0);
    assert.strictEqual(backends.stopped.sockets.length + backends.flood.sockets.length + backends.echo.sockets.length, 3);
  })));

test('what a server has stopped to take arrives whole when it goes on, and so does what the page has stopped', patience,
  () => withPage({}, async ({page, backends}) => {
    const whole = crypto.createHash('sha256');
    await page.evaluate(exchange, ['websocket', 100000]);
    const [stopped] = backends.stopped.sockets;
    let length = 0;
    await new Promise((resolve) => {
      stopped.on('data', (chunk) => {
        whole.update(chunk);
        length += chunk.length;
        if (length === 4 << 20) {
          resolve();
        }
      });
      stopped.resume();
    });
    assert.strictEqual(whole.digest('hex'), crypto.createHash('sha256').update(Buffer.alloc(4 << 20)).digest('hex'));
  }));

describe('what becomes of the session', () => {
  const openTwo = () => {
    window.mux = new Encke.Mux('/mux');
    window.log = [];
    window.open = (at) => {
      const socket = window.mux.socket(at);
      socket.onopen = () => window.log.push(`${at} open`);
      socket.onmessage = (event) => window.log.push(`${at} ${event.data}`);
      socket.onclose = (event) => window.log.push(`${at} closed ${event.code} ${event.wasClean}`);
      return socket;
    };
    window.sockets = [window.open('/chat'), window.open('/echo')];
  };
  const logged = (page, line) => page.waitForFunction((wanted) => window.log.includes(wanted), line);

  test('a target that a reload replaces closes its sockets alone, with 1001, and the new one opens; what is not carried is refused', patience,
    () => withPage({'/echo': {type: 'echo'}}, async ({page, server, config, configure}) => {
      await page.evaluate(openTwo);
      await logged(page, '/chat open');
      await logged(page, '/echo open');
      await page.evaluate(() => window.open('/mux'));
      await logged(page, '/mux closed 1008 false');
      config.services['/echo'] = {type: 'tcp', connect: config.services['/tcp'].connect};
      configure();
      server.signal('SIGHUP');
      await logged(page, '/echo closed 1001 true');
      await page.evaluate(() => window.sockets[0].send('still'));
      await logged(page, '/chat still');
      await page.evaluate(() => {
        window.again = window.open('/echo');
        window.again.binaryType = 'arraybuffer';
        window.again.addEventListener('open', () => window.again.send('bytes'));
        window.again.addEventListener('message', (event) => window.log.push(`again ${event.data.byteLength}`));
      });
      await logged(page, 'again 5');
    }));

  test('a server that drains tells every socket 1001', patience, () => withPage({'/echo': {type: 'echo'}}, async ({page, server}) => {
    await page.evaluate(openTwo);
    await logged(page, '/chat open');
    await logged(page, '/echo open');
    server.signal('SIGTERM');
    await logged(page, '/chat closed 1001 true');
    await logged(page, '/echo closed 1001 true');
  }));

  test('mux.close() closes every socket in order, and what was sent before it arrives', patience,
    () => withPage({'/echo': {type: 'echo'}}, async ({page, backends}) => {
      await page.evaluate(openTwo);
      await logged(page, '/echo open');
      await logged(page, '/chat open');
      await page.evaluate(() => new Promise((resolve) => {
        const tcp = window.mux.socket('/tcp');
        tcp.onopen = () => {
          tcp.send('last words');
          window.mux.onclose = (event) => resolve(window.log.push(`mux ${event.code}`));
          window.mux.close();
        };
      }));
      const log = await page.evaluate(() => window.log);
      assert.deepStrictEqual(log.slice(-3).sort(), ['/chat closed 1000 true', '/echo closed 1000 true', 'mux 1000']);
      assert.strictEqual(backends.echo.sockets.length, 1);
      assert.strictEqual(backends.echo.sockets[0].bytesRead, 'last words'.length);
    }));

  test('install() gives unmodified code sockets of the session, and leaves other addresses alone', patience,
    () => withPage({'/echo': {type: 'echo'}}, async ({page, sockets}) => {
      const answer = await page.evaluate(async () => {
        const mux = new Encke.Mux('/mux', {transports: ['websocket']});
        const native = window.WebSocket;
        mux.install(['/echo']);
        const carried = new WebSocket(location.origin.replace('http', 'ws') + '/echo');
        const other = new WebSocket(location.origin.replace('http', 'ws') + '/echo/websocket');
        const isNative = other instanceof native;
        other.close();
        const back = await new Promise((resolve) => {
          carried.addEventListener('open', () => carried.send('x'));
          carried.addEventListener('message', (event) => resolve(event.data));
        });
        mux.uninstall();
        return [back, isNative, window.WebSocket === native, carried.url.endsWith('/echo')];
      });
      assert.deepStrictEqual(answer, ['x', true, true, true]);
      assert.strictEqual(sockets.filter((url) => url.includes('/mux')).length, 1);
    }));
});
