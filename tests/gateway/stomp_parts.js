// @stomp/stompjs as it is published, against a server of STOMP behind the gateway.
'use strict';
const assert = require('node:assert');
const {before, describe, test} = require('node:test');
const {within} = require('../e2e/support.js');
const {installInNode, patience} = require('./stage.js');

/* global StompJs, gatewayParts */

/**
 * In the page or in Node: receipts, 1000 messages and `size` random bytes, to itself; then so many heartbeats each way, which come every
 * `heartbeat` ms and whose absence would end the connection.
 */
async function converse({address, way, size, heartbeat = 20000, wantedBeats = 0}) {
  const {digest, random, socket} = gatewayParts;
  const destination = `/topic/${way}-${Math.random().toString(36).slice(2)}`;
  const client = new StompJs.Client({
    webSocketFactory: () => socket(address, '/stomp', ['v12.stomp'], way),
    connectHeaders: {login: 'page', passcode: 'secret'}, heartbeatIncoming: heartbeat, heartbeatOutgoing: heartbeat, reconnectDelay: 0, connectionTimeout: 20000
  });
  const bytes = random(size);
  const came = [];
  const receipts = [];
  const beats = {in: 0, out: 0};
  let beaten = () => {};
  await new Promise((resolve, reject) => {
    client.debug = (text) => {
      beats.in += text === '<<< PONG' ? 1 : 0;
      beats.out += text === '>>> PING' ? 1 : 0;
      beaten();
    };
    client.onStompError = (frame) => reject(new Error(frame.headers.message + frame.body));
    client.onWebSocketClose = (event) => reject(new Error(`closed: ${event.code} ${event.reason}`));
    client.onConnect = () => {
      client.watchForReceipt('subscribed', () => {
        receipts.push('subscribed');
        for (let number = 0; number < 1000; number++) {
          client.publish({destination, body: `message ${number} \u00e9\u{1f600}`});
        }
        client.watchForReceipt('bytes', () => receipts.push('bytes'));
        client.publish({destination, binaryBody: bytes, headers: {receipt: 'bytes', 'content-type': 'application/octet-stream'}});
      });
      client.subscribe(destination, (message) => {
        came.push(message.binaryBody);
        if (came.length === 1001) {
          resolve();
        }
      }, {receipt: 'subscribed'});
    };
    client.activate();
  });
  await new Promise((resolve, reject) => {
    client.onWebSocketClose = (event) => reject(new Error(`closed: ${event.code} ${event.reason}`));
    beaten = () => beats.in >= wantedBeats && beats.out >= wantedBeats && resolve();
    beaten();
  });
  const result = {texts: came.slice(0, 1000).map((each) => new TextDecoder().decode(each)), receipts: receipts.sort(), sent: await digest(bytes),
    received: await digest(came[1000])};
  client.onWebSocketClose = () => {};
  await client.deactivate();
  return result;
}

function check(result) {
  assert.deepStrictEqual(result.texts, Array.from({length: 1000}, (none, i) => `message ${i} \u00e9\u{1f600}`));
  assert.deepStrictEqual(result.receipts, ['bytes', 'subscribed']);
  assert.strictEqual(result.received, result.sent);
}

/** What a browser does in such a page. */
async function inChromium(its, more) {
  const page = await its.bench('node_modules/@stomp/stompjs/bundles/stomp.umd.min.js');
  check(await within(page.evaluate(converse, {address: its.url, ...more}), 'the conversation', 60000));
  await page.close();
}

/** The tests of a recipe, which `its` stage has set up. */
function stompTests(its) {
  const options = {...patience, skip: its.skip};

  test('the page and the program of the recipe do what they say', options, async () => {
    const shown = await its.page();
    await shown.logs('Grüße aus dem Browser');
    const program = its.node('stomp.js');
    try {
      await program.logs('Grüße aus Node');
      await shown.logs('Grüße aus Node');
    } finally {
      await program.stop();
    }
    await shown.leave();
  });

  describe('receipts, 1000 messages in order, and a body of 10 MiB', {concurrency: 2}, () => {
    before(() => {
      if (!its.skip) {
        installInNode(its.url);
        globalThis.StompJs = require('@stomp/stompjs');
      }
    });
    ['native', 'xhr_stream', 'xhr_poll', 'jsonp'].forEach((way) => {
      test(`in Chromium over ${way}`, options, () => inChromium(its, {way, size: 10 * 1024 * 1024}));
      test(`in Chromium over ${way}, with heartbeats`, options, () => inChromium(its, {way, size: 1000, heartbeat: 1000, wantedBeats: 3}));
    });
    ['native', 'xhr_stream'].forEach((way) => test(`in Node over ${way}`, options, async () => {
      check(await within(converse({address: its.url, way, size: 10 * 1024 * 1024}), 'the conversation', 60000));
    }));
  });
}

module.exports = {stompTests};
