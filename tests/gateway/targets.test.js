// A gateway whose pages name the target is never an open relay: everything that one might try, against the real server, with real servers of TCP,
// HTTP and DNS around it. Each try is refused with the same code and reason, counted, and reaches nobody.
'use strict';
const assert = require('node:assert');
const crypto = require('node:crypto');
const dgram = require('node:dgram');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {root, startServer, within} = require('../e2e/support.js');
const WebSocket = require(path.join(root, 'tests/e2e/node_modules/ws'));

const patience = {timeout: 60000};
const kSecret = 'a secret of thirty-two bytes, or more';
const kForbidden = [4106, 'the target may not be connected to'];
const kNoTarget = [4102, 'expected a target, HOST:PORT, as the first message'];
const kOrigin = 'https://chat.example';
const kOther = 'https://other.example'; // that the service lets in, and its rule does not name
const running = [];
let folder, server, admin, echo, victim, redirecting, names;

/** Servers that count who comes; answers {port, came()}. */
async function listen(made) {
  let came = 0;
  made.on('connection', () => came++);
  await new Promise((resolve) => made.listen(0, '127.0.0.1', resolve));
  running.push(made);
  return {port: made.address().port, came: () => came};
}

/** A server of DNS: a name's answers in their turn, the last for ever; {port, answers: {name: [[address, ...], ...]}}. */
async function listenForNames() {
  const answers = {};
  const socket = dgram.createSocket('udp4', (question, peer) => {
    const labels = [];
    let at = 12;
    for (; question[at] !== 0; at += question[at] + 1) {
      labels.push(question.toString('latin1', at + 1, at + 1 + question[at]).toLowerCase());
    }
    const turns = question[at + 2] === 1 ? answers[labels.join('.')] || [] : []; // of IPv4
    const addresses = (turns.length > 1 ? turns.shift() : turns[0]) || [];
    const head = Buffer.from([question[0], question[1], 0x84, 0, 0, 1, 0, addresses.length, 0, 0, 0, 0]);
    const records = addresses.map((address) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]));
    socket.send(Buffer.concat([head, question.subarray(12, at + 5), ...records]), peer.port, peer.address);
  });
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
  running.push(socket);
  return {port: socket.address().port, answers};
}

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-targets-'));
  fs.writeFileSync(path.join(folder, 'secret'), kSecret);
  fs.writeFileSync(path.join(folder, 'admin'), 'a-token-of-some-length');
  echo = await listen(net.createServer((socket) => socket.on('error', () => {}).pipe(socket)));
  victim = await listen(net.createServer((socket) => socket.end('the secret')));
  redirecting = await listen(http.createServer((request, response) =>
    response.writeHead(302, {Location: `http://127.0.0.1:${victim.port}/`}).end()));
  names = await listenForNames();
  const own = Object.values(os.networkInterfaces()).flat().filter(({address}) => !address.startsWith('fe80')).map(({address}) => address);
  const at = (...ports) => ({hosts: ['127.0.0.1', 'echo.test', '*.rebind.test'], ports});
  server = await startServer({config: {
    name_servers: [`127.0.0.1:${names.port}`],
    admin: {listen: '127.0.0.1:0', token_file: path.join(folder, 'admin')},
    services: {
      '/tcp': {type: 'tcp', origins: [kOrigin, kOther], targets: [{...at(echo.port, redirecting.port), origins: [kOrigin]}]},
      '/wide': {type: 'tcp', targets: [{hosts: [...new Set(['127.0.0.0/8', '::1', 'self.rebind.test', ...own])], ports: ['1-65535']}]},
      '/internet': {type: 'tcp', targets: [{hosts: ['*'], ports: ['1-65535']}]},
      '/token': {type: 'tcp', targets: [at(echo.port, redirecting.port)], tokens: {algorithm: 'HS256', key_file: path.join(folder, 'secret')}}
    }
  }});
  [, admin] = /for operators on (http:\/\/127\.0\.0\.1:\d+\/)/.exec(server.log());
}, patience);

after(async () => {
  if (server) {
    assert.strictEqual(await server.stop(), 0);
  }
  running.forEach((each) => each.close());
  fs.rmSync(folder, {recursive: true, force: true});
}, patience);

/** Opens a WebSocket, sends the messages, and answers what came, until it closes or brings `enough`: {messages, closed: [code, reason]}. */
function ask(service, messages, {origin = kOrigin, enough = () => false, query = ''} = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${service}/websocket${query}`, {origin});
  const came = [];
  return within(new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => messages.forEach((message) => socket.send(message)));
    socket.on('message', (data) => {
      came.push(data.toString());
      if (enough(came)) {
        socket.removeAllListeners('close');
        socket.close();
        resolve({messages: came});
      }
    });
    socket.on('close', (code, reason) => resolve({messages: came, closed: [code, reason.toString()]}));
  }), 'an answer');
}

/** A count of /metrics. */
async function count(service, reason) {
  const text = await (await fetch(`${admin}metrics`, {headers: {Authorization: 'Bearer a-token-of-some-length'}})).text();
  const found = new RegExp(`encke_backend_failures_total\\{service="${service}",backend="targets",reason="${reason}"\\} (\\d+)`).exec(text);
  return found ? Number(found[1]) : 0;
}

async function refuses(service, target, expected = kForbidden, options = {}) {
  const reason = expected === kForbidden ? 'forbidden' : 'handshake';
  const before = await count(service, reason);
  assert.deepStrictEqual(await ask(service, [target, 'GET / HTTP/1.0\r\n\r\n'], options), {messages: [], closed: expected}, String(target));
  assert.strictEqual(await count(service, reason), before + 1);
}

/** What an allowed target echoes. */
async function echoes(service, target, options = {}) {
  const enough = (came) => came.join('').includes('ping');
  assert.deepStrictEqual(await ask(service, [target, 'ping'], {...options, enough}), {messages: ['1', 'ping']}, target);
}

describe('what the rules allow is connected to', () => {
  test('an address, a name, and a page that is allowed', patience, async () => {
    names.answers['echo.test'] = [['127.0.0.1']];
    await echoes('/tcp', `127.0.0.1:${echo.port}`);
    await echoes('/tcp', `echo.test:${echo.port} text`);
    await echoes('/tcp', `[::ffff:127.0.0.1]:${echo.port} text\n`);
  });
});

describe('what they do not is refused, with one code and one reason, and reaches nobody', () => {
  test('other hosts, ports and origins', patience, async () => {
    await refuses('/tcp', `127.0.0.1:${victim.port}`);
    await refuses('/tcp', `127.0.0.2:${echo.port}`);
    await refuses('/tcp', `localhost:${echo.port}`);
    await refuses('/tcp', `x.echo.test:${echo.port}`);
    await refuses('/tcp', `echo.test.evil.test:${echo.port}`);
    await refuses('/tcp', `127.0.0.1:${echo.port}`, kForbidden, {origin: kOther});
    await assert.rejects(ask('/tcp', [`127.0.0.1:${echo.port}`], {origin: 'https://evil.example'}), /403/);
    await refuses('/tcp', `127.0.0.1:${echo.port}`, kForbidden, {origin: ''});
  });
  test('other forms of addresses', patience, async () => {
    for (const host of ['2130706433', '0x7f000001', '0177.0.0.1', '0x7f.0.0.1', '127.1', '127.0.1', '127.0.0.1.', '127.0.0.01', '[127.0.0.1]', '::1',
      '[::1]', '[::]', '0.0.0.0', '[::127.0.0.1]', '[::ffff:127.0.0.2]', '[64:ff9b::7f00:2]', '[2002:7f00:1::]', '[::1%lo]', '[fe80::1%25lo]', 'localhost.',
      '127.0.0.1@echo.test', 'http://127.0.0.1', 'unix:/run/x', '\u2460\u2461\u2466.0.0.1'.normalize('NFKC')]) {
      await refuses('/tcp', `${host}:${victim.port}`);
    }
  });
  test('ports that are none', patience, async () => {
    for (const port of ['0', '65536', '00', `0${echo.port}`, '4294967296', String(65536 + echo.port)]) {
      await refuses('/tcp', `127.0.0.1:${port}`);
    }
  });
  test('all but the internet, where every host is allowed', patience, async () => {
    for (const host of ['127.0.0.1', '[::1]', '0.0.0.0', '10.0.0.1', '169.254.169.254', '192.168.1.1', '100.64.0.1', '[fd00::1]', '[fe80::1]', '224.0.0.1',
      '255.255.255.255', '[64:ff9b::a00:1]', '[2002:a00:1::]', 'localhost', 'private.test']) {
      names.answers['private.test'] = [['10.0.0.1']];
      await refuses('/internet', `${host}:${victim.port}`);
    }
  });
  test('a name that becomes another address, or has several', patience, async () => {
    names.answers['a.rebind.test'] = [['127.0.0.1'], ['127.0.0.2']];
    await echoes('/tcp', `a.rebind.test:${echo.port}`);
    await refuses('/tcp', `a.rebind.test:${echo.port}`);
    names.answers['b.rebind.test'] = [['0.0.0.0', '10.0.0.1', '169.254.169.254', '192.0.2.1']];
    await refuses('/tcp', `b.rebind.test:${echo.port}`);
    names.answers['c.rebind.test'] = [['127.0.0.2', '127.0.0.1']];
    await echoes('/tcp', `c.rebind.test:${echo.port}`);
    // What an allowed name may become where that address is allowed is still at the allowed ports alone.
    names.answers['d.rebind.test'] = [['127.0.0.1']];
    await refuses('/tcp', `d.rebind.test:${victim.port}`);
  });
  test('the gateway itself and its door for operators, by any address or name of this machine', patience, async () => {
    const own = Object.values(os.networkInterfaces()).flat().filter(({address}) => !address.startsWith('fe80'))
      .map(({address, family}) => (family === 'IPv6' ? `[${address}]` : address));
    names.answers['self.rebind.test'] = [['127.0.0.1']];
    for (const port of [server.port, Number(new URL(admin).port)]) {
      for (const host of new Set([...own, '127.0.0.1', '127.0.0.2', '[::1]', '[::ffff:127.0.0.1]', 'self.rebind.test'])) {
        await refuses('/wide', `${host}:${port}`);
      }
    }
    await echoes('/wide', `127.0.0.1:${echo.port}`);
  });
  test('requests of HTTP and whatever else is no target', patience, async () => {
    for (const first of [`GET http://127.0.0.1:${victim.port}/ HTTP/1.1\r\n\r\n`, `CONNECT 127.0.0.1:${victim.port} HTTP/1.1\r\n\r\n`, 'GET / HTTP/1.1\r\n\r\n',
      `127.0.0.1:${echo.port}\r\nX: y`, `127.0.0.1:${echo.port}\n127.0.0.1:${victim.port}\n`, `127.0.0.1:${echo.port}\0:${victim.port}`, '', '1',
      `127.0.0.1:${echo.port} text ${victim.port}`, Buffer.from(`127.0.0.1:${echo.port}`), `${'a'.repeat(300)}:1`, '\u2460:1']) {
      await refuses('/tcp', first, kNoTarget);
    }
  });
  test('a second target on the same connection is what the first one is sent', patience, async () => {
    const second = `127.0.0.1:${victim.port}`;
    const result = await ask('/tcp', [`127.0.0.1:${echo.port}`, second], {enough: (came) => came.join('').endsWith(second)});
    assert.deepStrictEqual(result.messages, ['1', second]);
  });
  test('a redirection is followed by nobody', patience, async () => {
    const {messages, closed} = await ask('/tcp', [`127.0.0.1:${redirecting.port} text`, 'GET / HTTP/1.0\r\n\r\n']);
    assert.match(messages.join(''), new RegExp(`^1HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${victim.port}/\r\n`));
    assert.strictEqual(closed[0], 1000);
  });
  test('a token narrows, and widens nothing', patience, async () => {
    const token = (targets) => {
      const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const text = `${part({alg: 'HS256', typ: 'JWT'})}.${part({exp: Date.now() / 1000 + 60, ...(targets && {targets})})}`;
      return {query: `?access_token=${text}.${crypto.createHmac('sha256', kSecret).update(text).digest('base64url')}`};
    };
    const all = ['1-65535'];
    await echoes('/token', `127.0.0.1:${echo.port}`, token());
    await echoes('/token', `127.0.0.1:${echo.port}`, token([{hosts: ['127.0.0.1'], ports: all}]));
    await refuses('/token', `127.0.0.1:${echo.port}`, kForbidden, token([{hosts: ['127.0.0.1'], ports: [redirecting.port]}]));
    await refuses('/token', `127.0.0.1:${echo.port}`, kForbidden, token([{hosts: ['echo.test'], ports: all}]));
    await refuses('/token', `127.0.0.1:${echo.port}`, kForbidden, token([]));
    await refuses('/token', `127.0.0.1:${victim.port}`, kForbidden, token([{hosts: ['127.0.0.1', '*'], ports: all}]));
    await refuses('/token', `127.0.0.2:${echo.port}`, kForbidden, token([{hosts: ['127.0.0.0/8'], ports: all}]));
    await assert.rejects(ask('/token', [`127.0.0.1:${echo.port}`], token([{hosts: ['127.0.0.1']}])), /401/);
  });
  test('the victim was never reached, and the log says who asked for what', () => {
    assert.strictEqual(victim.came(), 0);
    assert.match(server.log(), /service \/tcp: \d+ targets? refused; the last was 127\.0\.0\.1:\d+, asked for by 127\.0\.0\.1, by a page of https:\/\/chat\.example/);
  });
});
