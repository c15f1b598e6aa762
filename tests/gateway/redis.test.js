// The recipe for Redis: a page that speaks RESP, and ioredis as it is published, to Debian's redis-server.
'use strict';
const assert = require('node:assert');
const {before, describe, test} = require('node:test');
const {within} = require('../e2e/support.js');
const {installInNode, patience, stage} = require('./stage.js');

/* global Resp, gatewayParts */

const its = stage('Redis', {
  programs: ['/usr/bin/redis-server'],
  port: '6379',
  server: ({folder}) => ({command: ['/usr/bin/redis-server', `${folder}/redis.conf`, '--dir', folder, '--save', '']})
});
const options = {...patience, skip: its.skip};

/** In the page: numbered messages and `size` random bytes by PUBLISH, on one socket and received on another. */
async function converse({address, way, size}) {
  const {digest, random, socket: open} = gatewayParts;
  const connect = async (replied) => {
    const socket = open(address, '/redis', [], way);
    const reader = new Resp.Reader(replied);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event) => reader.feed(event.data);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onclose = (event) => reject(new Error(`closed: ${event.code} ${event.reason}`));
    });
    socket.send(Resp.command('AUTH', 'page', 'secret'));
    return socket;
  };
  const bytes = random(size);
  const came = [];
  let subscribed;
  let finished;
  const isSubscribed = new Promise((resolve) => {
    subscribed = resolve;
  });
  const isFinished = new Promise((resolve) => {
    finished = resolve;
  });
  const refused = [];
  const subscriber = await connect((reply) => {
    if (Array.isArray(reply) && String.fromCharCode(...reply[0]) === 'message') {
      came.push(reply[2]);
      if (came.length === 1001) {
        finished();
      }
    } else if (Array.isArray(reply)) {
      subscribed();
    }
  });
  subscriber.send(Resp.command('SUBSCRIBE', 'news'));
  await isSubscribed;
  const publisher = await connect((reply) => reply instanceof Error && refused.push(reply.message));
  publisher.send(Resp.command('GET', 'secrets'));
  for (let number = 0; number < 1000; number++) {
    publisher.send(Resp.command('PUBLISH', 'news', `message ${number}`));
  }
  publisher.send(Resp.command('PUBLISH', 'news', bytes));
  await isFinished;
  subscriber.close();
  publisher.close();
  return {texts: came.slice(0, 1000).map((each) => new TextDecoder().decode(each)), refused, sent: await digest(bytes),
    received: await digest(came[1000])};
}

test('the page and the program of the recipe do what they say', options, async () => {
  const shown = await its.page();
  const program = its.node('redis.js');
  try {
    await program.logs('Grüße aus Node');
  } finally {
    await program.stop();
  }
  const again = its.node('redis.js'); // the page may have come after the first one
  try {
    await shown.logs('Grüße aus Node');
  } finally {
    await again.stop();
  }
  await shown.leave();
});

describe('1000 messages in order, and 10 MiB', () => {
  ['native', 'xhr_stream', 'xhr_poll', 'jsonp'].forEach((way) => test(`in Chromium over ${way}`, options, async () => {
    const page = await its.bench('www/resp.js');
    const result = await within(page.evaluate(converse, {address: its.url, way, size: 10 * 1024 * 1024}), 'the conversation', 40000);
    assert.deepStrictEqual(result.texts, Array.from({length: 1000}, (none, i) => `message ${i}`));
    assert.strictEqual(result.received, result.sent);
    assert.match(result.refused.join(), /NOPERM/); // what is not for pages
    await page.close();
  }));

  before(() => its.skip || installInNode(its.url));
  test('in Node with ioredis', options, async () => {
    const {AbstractConnector, Redis} = require('ioredis');
    const {createWebSocketStream} = require('ws');
    class Gateway extends AbstractConnector {
      connect() {
        this.stream = createWebSocketStream(gatewayParts.socket(its.url, '/redis', [], 'native'));
        return Promise.resolve(this.stream);
      }
    }
    const [subscriber, publisher] = [0, 1].map(() => new Redis({Connector: Gateway, username: 'page', password: 'secret', enableReadyCheck: false, noDelay: false, keepAlive: null}));
    const bytes = Buffer.from(gatewayParts.random(10 * 1024 * 1024));
    const came = [];
    await subscriber.subscribe('news');
    await within(new Promise((resolve) => {
      subscriber.on('messageBuffer', (channel, payload) => came.push(payload) === 1001 && resolve());
      for (let number = 0; number < 1000; number++) {
        publisher.publish('news', `message ${number}`);
      }
      publisher.publish('news', bytes);
    }), 'the conversation', 40000);
    assert.deepStrictEqual(came.slice(0, 1000).map(String), Array.from({length: 1000}, (none, i) => `message ${i}`));
    assert.strictEqual(await gatewayParts.digest(came[1000]), await gatewayParts.digest(bytes));
    subscriber.disconnect();
    publisher.disconnect();
  });
});
