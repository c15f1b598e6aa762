// Two servers behind HAProxy are restarted, one after the other and again, while clients of the facade talk: each message is
// answered exactly once, and in order, and who comes is let in.
'use strict';
const assert = require('node:assert');
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {test} = require('node:test');
const {root, startServer, within} = require('../e2e/support.js');
const {freePort, listening} = require('../proxies/proxies.js');

const kPatience = 100000;
const kRestarts = 3; // the second server's clients go to one that was restarted, and the third's too
const kHaproxy = '/usr/sbin/haproxy';
const kNotice = 6; // s: three times the document's, since a machine with much else to do makes HAProxy find out late
const kClients = [['websocket', 8], ['xhr_stream', 6], ['xhr_poll', 4]]; // of each server's
const kPauseMs = 15; // between two messages of one client
const kBetweenMs = 100; // from the answer that opens a session to its next request: most of an opener's time, so that a change of the balance falls into it

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const Encke = require(path.join(process.env.ENCKE_PACKAGE || path.join(root, 'build/packages/encke-client'), 'encke.node.cjs'));
const {WebSocket} = require('../e2e/node_modules/ws');
Encke.use({WebSocket});

/** The texts of docs/operations.md on several servers, by their languages. */
function recipes() {
  const [, text] = fs.readFileSync(path.join(root, 'docs/operations.md'), 'utf8').split('### Several servers\n');
  return Object.fromEntries([...text.split(/^##/m)[0].matchAll(/^```(\w+)\n(.*?)^```$/gms)].map((found) => found.slice(1)));
}

const recipe = JSON.parse(recipes().json);
const config = {...recipe, drain: {...recipe.drain, notice_seconds: kNotice}, services: {'/echo': {type: 'echo'}}};

/** HAProxy with a port for each server, whose clients go to the other one while that is not ready: the document's backend, for each in its place. */
function proxyConfig(ports, servers) {
  const backend = (first, second) => `${recipes().haproxy.replace('backend encke', `backend of_${first}`)
    .replace('127.0.0.1:8080', `127.0.0.1:${servers[first]}`).replace('127.0.0.1:8081', `127.0.0.1:${servers[second]}`)}
frontend for_${first}
  bind 127.0.0.1:${ports[first]}
  default_backend of_${first}
`;
  return `global
  maxconn 1000
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
  option http-no-delay
${backend('one', 'two')}${backend('two', 'one')}`;
}

/** Opens sessions, one after the other, ends each, and writes down which were refused, or were not where the next request looked. Answers how many there were. */
async function keepOpening(port, refused, signal) {
  for (let count = 0; ; count++) {
    if (signal.aborted) {
      return count;
    }
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/echo/encke.1/open`, {method: 'POST'});
      const text = await answer.text();
      if (answer.status !== 200) {
        throw new Error(`${answer.status} ${text}`);
      }
      await pause(kBetweenMs);
      await endSession(port, JSON.parse(text).session);
    } catch (error) {
      refused.push(`${error.message} ${error.cause || ''}`);
      await pause(kBetweenMs);
    }
  }
}

/** As a page does that closes at once; a server that drains would wait for it else. */
function endSession(port, key) {
  const page = new WebSocket(`ws://127.0.0.1:${port}/echo/encke.1/${key}/websocket`);
  page.on('open', () => ['r[1,0,0]', 'c[1000,"bye"]'].forEach((frame) => page.send(frame)));
  return new Promise((resolve, reject) => {
    const fail = (what) => reject(new Error(`the first request of a session that was opened: ${what}`));
    page.on('error', (error) => fail(error.message));
    page.on('message', (data) => String(data).startsWith('e[') && fail(data)); // where nobody knows the session
    page.on('close', resolve);
  });
}

/** Sends numbers, and writes down what comes back. What a session could not take, it says in the next. */
function startClient(port, transport) {
  const client = {sent: 0, received: [], gaps: 0, closes: [], isOver: false};
  const waiting = []; // not yet said to a session
  let isOpen = false;
  const socket = new Encke.Socket(`http://127.0.0.1:${port}/echo`, [], {reconnect: {least: 100}, transports: [transport]});
  const say = () => {
    while (isOpen && waiting.length > 0) {
      socket.send(waiting.shift());
    }
  };
  let again = [];
  socket.onopen = () => {
    isOpen = true;
    waiting.unshift(...again);
    again = [];
    say();
  };
  socket.ongap = () => client.gaps++;
  socket.onmessage = (event) => client.received.push(Number(event.data));
  socket.onclose = (event) => {
    isOpen = false;
    client.closes.push(event.code);
    again = event.unacknowledged.concat(again);
  };
  const timer = setInterval(() => {
    waiting.push(String(client.sent++));
    say();
  }, kPauseMs);
  client.rest = () => clearInterval(timer);
  client.end = () => {
    socket.addEventListener('close', () => {
      client.isOver = true;
    });
    socket.close(1000);
  };
  client.report = () => socket.report();
  return client;
}

async function until(condition, what) {
  const end = Date.now() + kPatience / 2;
  while (!condition()) {
    if (Date.now() > end) {
      throw new Error(`it did not come to that: ${what()}`);
    }
    await pause(50);
  }
}

test('in a rolling restart of two servers behind HAProxy no message of a client is lost, none is repeated, none overtakes another, and no session is refused',
  {timeout: kPatience, skip: fs.existsSync(kHaproxy) || process.env.CI ? false : `there is no ${kHaproxy}`}, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-rolling-'));
    const names = ['one', 'two'];
    const running = {};
    const serverPorts = {};
    const ports = {};
    const clients = [];
    const refused = [];
    const rest = new AbortController();
    let proxy;
    try {
      for (const name of names) {
        running[name] = await startServer({config});
        serverPorts[name] = running[name].port;
        ports[name] = await freePort();
      }
      const file = path.join(folder, 'haproxy.cfg');
      fs.writeFileSync(file, proxyConfig(ports, serverPorts));
      proxy = spawn(kHaproxy, ['-db', '-f', file], {stdio: ['ignore', 'ignore', 'pipe']});
      let said = '';
      proxy.stderr.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
      await within(Promise.all(names.map((name) => listening(ports[name], proxy))), `the start of HAProxy: ${said}`);
      names.forEach((name) => kClients.forEach(([transport, count]) => {
        for (let i = 0; i < count; i++) {
          clients.push(startClient(ports[name], transport));
        }
      }));
      await until(() => clients.every((client) => client.received.length > 10), () => 'all talk');
      const openers = names.map((name) => keepOpening(ports[name], refused, rest.signal));
      for (let restart = 0; restart < kRestarts; restart++) {
        const name = names[restart % 2];
        assert.strictEqual(await running[name].stop('SIGTERM'), 0);
        running[name] = await startServer({config, port: serverPorts[name]});
        const before = clients.map((client) => client.received.length);
        await until(() => clients.every((client, i) => client.received.length > before[i] + 10), () => 'all talk again');
      }
      rest.abort();
      const opened = (await Promise.all(openers)).reduce((sum, count) => sum + count, 0);
      assert.deepStrictEqual(refused, [], `of ${opened} that were opened`);
      clients.forEach((client) => client.rest());
      await until(() => clients.every((client) => client.received.length >= client.sent), () =>
        clients.filter((client) => client.received.length < client.sent).map((client) =>
          `${client.sent} sent, ${client.received.length} came, ${client.closes}: ${client.report()}`).join('; '));
      await pause(500); // for what comes twice
      clients.forEach((client) => {
        assert.deepStrictEqual(client.received, Array.from({length: client.sent}, (none, i) => i), `after ${client.closes}`);
      });
      const gaps = clients.reduce((sum, client) => sum + client.gaps, 0);
      assert.ok(gaps >= clients.length, `only ${gaps} sessions were moved`);
      const messages = clients.reduce((sum, client) => sum + client.sent, 0);
      clients.forEach((client) => client.end());
      await until(() => clients.every((client) => client.isOver), () => `all close: ${clients.map((client) => client.closes.at(-1))}`);
      console.log(`${messages} messages of ${clients.length} clients in ${gaps + clients.length} sessions, and ${opened} that were opened beside them`);
    } finally {
      rest.abort();
      clients.forEach((client) => {
        client.rest();
        client.end();
      });
      if (proxy) {
        proxy.kill('SIGKILL');
      }
      await Promise.all(names.map((name) => running[name] && running[name].stop()));
      fs.rmSync(folder, {recursive: true, force: true});
    }
  });
