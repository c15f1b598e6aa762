// npm ws against the raw endpoint: sizes, kinds, fragments, control frames, close codes, with and without permessage-deflate.
'use strict';
const assert = require('node:assert');
const {once} = require('node:events');
const {after, before, describe, test} = require('node:test');
const WebSocket = require('ws');
const {startServer, within} = require('./support.js');

const patience = {timeout: 60000};
const kMebibyte = 1024 * 1024;
const sizes = [0, 1, 125, 126, 127, 4095, 65535, 65536, 65537, 300000, kMebibyte];
const settings = {
  'without permessage-deflate': {perMessageDeflate: false},
  'with permessage-deflate': {perMessageDeflate: {threshold: 0}},
  'with permessage-deflate and no context takeover': {
    perMessageDeflate: {threshold: 0, clientNoContextTakeover: true, serverNoContextTakeover: true}
  },
  'with permessage-deflate and small windows': {
    perMessageDeflate: {threshold: 0, clientMaxWindowBits: 10, serverMaxWindowBits: 9}
  }
};

let server;

before(async () => {
  server = await startServer({
    config: {
      listen: ['127.0.0.1:0'],
      services: {
        '/echo': {type: 'echo', protocols: ['second', 'first']},
        '/close': {type: 'close'},
        '/small': {type: 'echo', max_message_bytes: 1000}
      }
    }
  });
}, patience);

after(async () => {
  assert.strictEqual(await server.stop(), 0);
}, patience);

/** Half of it repeats, half does not, so that deflate has both. */
function bytesOf(size) {
  const bytes = Buffer.alloc(size, 'Encke ');
  let state = 12345;
  for (let index = Math.floor(size / 2); index < size; index += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

/** Text of that many bytes in UTF-8. */
const textOf = (size) => '\u20ac\u{1f600}'.repeat(Math.floor(size / 7)) + 'x'.repeat(size % 7);

async function open(path, options, protocols = []) {
  const socket = new WebSocket(server.url.replace('http:', 'ws:') + path, protocols, options);
  socket.inbox = [];
  socket.on('message', (data, isBinary) => {
    socket.inbox.push(isBinary ? data : data.toString('utf8'));
    socket.emit('inbox');
  });
  await within(once(socket, 'open'), 'the opening');
  return socket;
}

async function received(socket, count) {
  while (socket.inbox.length < count) {
    await within(once(socket, 'inbox'), `message ${socket.inbox.length + 1}`);
  }
  return socket.inbox;
}

async function closed(socket) {
  const [code, reason] = await within(once(socket, 'close'), 'the close');
  return [code, reason.toString()];
}

for (const [name, options] of Object.entries(settings)) {
  describe(`npm ws ${name}`, () => {
    test('the extension is as asked for', patience, async () => {
      const socket = await open('echo/websocket', options);
      assert.strictEqual(socket.extensions.includes('permessage-deflate'), options.perMessageDeflate !== false);
      socket.close();
      await closed(socket);
    });
    test('binary messages of every length form come back', patience, async () => {
      const socket = await open('echo/websocket', options);
      const sent = sizes.map(bytesOf);
      sent.forEach((bytes) => socket.send(bytes));
      const echoes = await received(socket, sent.length);
      sent.forEach((bytes, index) => assert.ok(Buffer.isBuffer(echoes[index]) && bytes.equals(echoes[index]), `${bytes.length} bytes`));
      socket.terminate();
    });
    test('text messages of every length form come back', patience, async () => {
      const socket = await open('echo/websocket', options);
      const sent = sizes.map(textOf);
      sent.forEach((text) => socket.send(text));
      const echoes = await received(socket, sent.length);
      sent.forEach((text, index) => assert.ok(text === echoes[index], `${sizes[index]} bytes`));
      socket.terminate();
    });
    test('a message in fragments comes back whole, with pings between them', patience, async () => {
      const socket = await open('echo/websocket', options);
      const pongs = [];
      socket.on('pong', (data) => pongs.push(data.toString()));
      const parts = ['Gr', '', '\u00fc\u00dfe ', textOf(70000), '!'];
      parts.forEach((part, index) => {
        socket.send(part, {fin: index === parts.length - 1});
        socket.ping(`ping ${index}`);
      });
      assert.ok((await received(socket, 1))[0] === parts.join(''));
      socket.close(1000);
      await closed(socket);
      assert.deepStrictEqual(pongs, parts.map((part, index) => `ping ${index}`));
    });
    test('a thousand messages keep their order', patience, async () => {
      const socket = await open('echo/websocket', options);
      const sent = Array.from({length: 1000}, (unused, index) => `message ${index}`);
      sent.forEach((text) => socket.send(text));
      assert.deepStrictEqual(await received(socket, sent.length), sent);
      socket.terminate();
    });
    test('the close code of the client is answered', patience, async () => {
      for (const code of [1000, 1001, 3000, 4999]) {
        const socket = await open('echo/websocket', options);
        socket.send('last');
        socket.close(code, 'enough');
        assert.strictEqual((await closed(socket))[0], code);
        assert.deepStrictEqual(socket.inbox, ['last']);
      }
      const socket = await open('echo/websocket', options);
      socket.close();
      assert.strictEqual((await closed(socket))[0], 1005);
    });
    test('the close code and reason of the server arrive', patience, async () => {
      const socket = await open('close/websocket', options);
      assert.deepStrictEqual(await closed(socket), [3000, 'Go away!']);
    });
    test('a message over the limit is refused with 1009', patience, async () => {
      const socket = await open('small/websocket', options);
      socket.send('x'.repeat(1000));
      assert.strictEqual((await received(socket, 1))[0].length, 1000);
      socket.on('error', () => {});
      socket.send('x'.repeat(1001));
      assert.strictEqual((await closed(socket))[0], 1009);
    });
  });
}

test('the first protocol that the client asks for and the server speaks is chosen', patience, async () => {
  const socket = await open('echo/websocket', {}, ['unknown', 'first', 'second']);
  assert.strictEqual(socket.protocol, 'first');
  socket.close();
  await closed(socket);
});

test('a client that asks only for what the server does not speak gives up by itself', patience, async () => {
  await assert.rejects(open('echo/websocket', {}, ['unknown']), /Server sent no subprotocol/);
});

test('the SockJS endpoint opens, echoes and closes', patience, async () => {
  const socket = await open('echo/000/abcdefgh/websocket', {});
  socket.send('["one","two"]');
  assert.strictEqual((await received(socket, 2))[0], 'o');
  while (!/two/.test(socket.inbox.join(''))) {
    await received(socket, socket.inbox.length + 1);
  }
  assert.deepStrictEqual(socket.inbox.slice(1).flatMap((frame) => JSON.parse(frame.slice(1))), ['one', 'two']);
  socket.close();
  await closed(socket);
});

test('a plain request to the WebSocket URL is answered as HTTP', patience, async () => {
  assert.strictEqual((await fetch(`${server.url}echo/websocket`)).status, 400);
});
