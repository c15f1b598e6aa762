// Two servers behind HAProxy are restarted, one after the other and again, while clients of the facade talk: each message is
// answered exactly once, and in order.
'use strict';
const assert = require('node:assert');
const {execFileSync, spawn} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {test} = require('node:test');
const {root, startServer, within} = require('../e2e/support.js');
const {freePort, listening} = require('../proxies/proxies.js');

const kPatience = 60000;
const kRestarts = 4;
const kClients = [['websocket', 8], ['xhr_stream', 6], ['xhr_poll', 4]]; // of each server's
const kPauseMs = 15; // between two messages of one client
const config = {services: {'/echo': {type: 'echo'}}};

const has = (program) => {
  try {
    execFileSync('which', [program], {stdio: 'ignore'});
    return true;
  } catch {
    return false;
  }
};

const Encke = require(path.join(process.env.ENCKE_PACKAGE || path.join(root, 'build/packages/encke-client'), 'encke.node.cjs'));
Encke.use({WebSocket: require('../e2e/node_modules/ws').WebSocket});

/** HAProxy with a port for each server, whose clients go to the other one while that is not ready. What belongs to a session stays with its server. */
function proxyConfig(ports, servers) {
  const backend = (first, second) => `
backend of_${first}
  option tcp-check
  stick-table type string len 64 size 10k expire 5m
  stick on path,field(4,/) if { path_sub /encke.1/ } !{ path_end /open }
  server ${first} 127.0.0.1:${servers[first]} check inter 500 fall 4 rise 1
  server ${second} 127.0.0.1:${servers[second]} check inter 500 fall 4 rise 1 backup
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
  option redispatch 1
${backend('one', 'two')}${backend('two', 'one')}`;
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
  client.end = () => socket.close();
  client.report = () => socket.report();
  return client;
}

async function until(condition, what) {
  const end = Date.now() + kPatience / 2;
  while (!condition()) {
    if (Date.now() > end) {
      throw new Error(`it did not come to that: ${what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('in a rolling restart of two servers behind HAProxy no message of a client is lost, none is repeated, and none overtakes another',
  {timeout: kPatience, skip: has('haproxy') ? false : 'haproxy is not installed'}, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-rolling-'));
    const names = ['one', 'two'];
    const running = {};
    const serverPorts = {};
    const ports = {};
    const clients = [];
    let proxy;
    try {
      for (const name of names) {
        running[name] = await startServer({config});
        serverPorts[name] = running[name].port;
        ports[name] = await freePort();
      }
      const file = path.join(folder, 'haproxy.cfg');
      fs.writeFileSync(file, proxyConfig(ports, serverPorts));
      proxy = spawn('haproxy', ['-db', '-f', file], {stdio: ['ignore', 'ignore', 'pipe']});
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
      for (let restart = 0; restart < kRestarts; restart++) {
        const name = names[restart % 2];
        assert.strictEqual(await running[name].stop('SIGTERM'), 0);
        running[name] = await startServer({config, port: serverPorts[name]});
        const before = clients.map((client) => client.received.length);
        await until(() => clients.every((client, i) => client.received.length > before[i] + 10), () => 'all talk again');
      }
      clients.forEach((client) => client.rest());
      await until(() => clients.every((client) => client.received.length >= client.sent), () =>
        clients.filter((client) => client.received.length < client.sent).map((client) =>
          `${client.sent} sent, ${client.received.length} came, ${client.closes}: ${client.report()}`).join('; '));
      await new Promise((resolve) => setTimeout(resolve, 500)); // for what comes twice
      clients.forEach((client) => {
        assert.deepStrictEqual(client.received, Array.from({length: client.sent}, (none, i) => i), `after ${client.closes}`);
      });
      const gaps = clients.reduce((sum, client) => sum + client.gaps, 0);
      assert.ok(gaps >= clients.length, `only ${gaps} sessions were moved`);
      const messages = clients.reduce((sum, client) => sum + client.sent, 0);
      console.log(`${messages} messages of ${clients.length} clients in ${gaps + clients.length} sessions`);
    } finally {
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
