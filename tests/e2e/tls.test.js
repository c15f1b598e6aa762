// The chat over https and wss: pages of a real browser on different transports.
'use strict';
const assert = require('node:assert');
const path = require('node:path');
const {after, before, test} = require('node:test');
const {launchBrowser, startServer} = require('./support.js');
const visitor = require('./chat_visitor.js');

const {desktop, patience} = visitor;
const options = {...desktop, ignoreHTTPSErrors: true};

let server;
let browser;

before(async () => {
  server = await startServer({
    tls: true,
    config: {services: {'/chat': {type: 'broadcast'}}, static: {'/': path.join(__dirname, '../../examples/chat/www')}}
  });
  browser = await launchBrowser();
}, patience);

after(async () => {
  await browser.close();
  assert.strictEqual(await server.stop(), 0);
}, patience);

test('over TLS each transport carries the chat, and a native socket is wss:', {timeout: 120000}, async () => {
  const ann = await visitor.visit(server, browser, {options, name: 'Ann'});
  const sockets = [];
  ann.page.on('websocket', (socket) => sockets.push(socket.url()));
  const bob = await visitor.visit(server, browser, {options, name: 'Bob'});
  for (const transport of ['websocket', 'xhr_stream', 'eventsource', 'forever_frame', 'xhr_poll', 'jsonp']) {
    await ann.use(transport);
    await ann.say(`by ${transport}`);
    await bob.sees(`by ${transport}`);
    await bob.say(`to ${transport}`);
    await ann.sees(`to ${transport}`);
  }
  assert.ok(sockets.length > 0);
  sockets.forEach((url) => assert.match(url, /^wss:\/\/127\.0\.0\.1:/));
  assert.strictEqual(await ann.page.evaluate(() => window.isSecureContext && location.protocol), 'https:');
  await ann.leave();
  await bob.leave();
});
