// The recipe for MQTT: mqtt.js as it is published to Debian's mosquitto.
'use strict';
const assert = require('node:assert');
const {before, describe, test} = require('node:test');
const {within} = require('../e2e/support.js');
const {installInNode, patience, stage} = require('./stage.js');

/* global gatewayParts, mqtt */

const its = stage('MQTT: mosquitto', {
  programs: ['/usr/sbin/mosquitto'],
  port: '1883',
  server: ({folder}) => ({command: ['/usr/sbin/mosquitto', '-c', `${folder}/mosquitto.conf`]})
});
const options = {...patience, skip: its.skip};

/** In the page or in Node: messages of each quality of service, a retained one, and `size` random bytes, to itself. */
async function converse({address, way, size, topic}) {
  const {digest, random, socket} = gatewayParts;
  const open = () => mqtt.connect(address.replace(/^http/, 'ws') + '/mqtt', {
    createWebsocket: (url, protocols) => socket(address, '/mqtt', protocols, way), connectTimeout: 20000, reconnectPeriod: 0});
  const opened = (client) => new Promise((resolve, reject) => {
    client.once('connect', resolve);
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed')));
  });
  const client = open();
  await opened(client);
  const came = [];
  let enough = () => {};
  client.on('message', (name, payload, packet) => {
    came.push({name, payload, qos: packet.qos, retained: packet.retain});
    enough();
  });
  const until = (count) => new Promise((resolve) => {
    enough = () => came.length >= count && resolve();
    enough();
  });
  await client.subscribeAsync(topic + '/#', {qos: 2});
  await client.publishAsync(topic + '/kept', 'Grüße', {qos: 1, retain: true});
  // No more in flight than mosquitto's max_inflight_messages (20): 2.0.11 and mqtt.js stop there, by TCP too.
  for (let qos = 0; qos < 3; qos++) {
    for (let number = 0; number < 60; number += 15) {
      await Promise.all(Array.from({length: 15}, (none, i) => client.publishAsync(topic + '/many', `message ${number + i}`, {qos})));
    }
    await until(1 + 60 * (qos + 1));
  }
  const bytes = random(size);
  await client.publishAsync(topic + '/bytes', bytes, {qos: 1});
  await until(182);
  const late = open(); // finds what was kept
  const kept = new Promise((resolve) => late.once('message', (name, payload, packet) => resolve(`${payload} ${packet.retain}`)));
  await opened(late);
  await late.subscribeAsync(topic + '/kept');
  const result = {
    kept: await kept,
    first: String(came[0].payload),
    many: [0, 1, 2].map((qos) => came.slice(1, 181).filter((each) => each.qos === qos).map((each) => String(each.payload))),
    sent: await digest(bytes),
    received: await digest(came[181].payload)
  };
  await late.endAsync();
  await client.endAsync();
  return result;
}

function check(result) {
  assert.strictEqual(result.first, 'Grüße');
  assert.strictEqual(result.kept, 'Grüße true');
  assert.deepStrictEqual(result.many, [0, 1, 2].map(() => Array.from({length: 60}, (none, i) => `message ${i}`)));
  assert.strictEqual(result.received, result.sent);
}

test('the page and the program of the recipe do what they say', options, async () => {
  const shown = await its.page();
  await shown.logs('house/kitchen: 21 °C');
  const program = its.node('mqtt.js');
  try {
    await program.logs('house/hall: 19 °C');
    await program.logs('house/kitchen: 21 °C'); // which was kept
    await shown.logs('house/hall: 19 °C');
  } finally {
    await program.stop();
  }
  await shown.leave();
});

describe('all qualities of service, what is kept, and 10 MiB arrive whole', {concurrency: 2}, () => {
  ['native', 'xhr_stream', 'xhr_poll', 'jsonp'].forEach((way) => test(`in Chromium over ${way}`, options, async () => {
    const page = await its.bench('node_modules/mqtt/dist/mqtt.min.js');
    check(await within(page.evaluate(converse, {address: its.url, way, size: 10 * 1024 * 1024, topic: way}), 'the conversation', 40000));
    await page.close();
  }));

  before(() => {
    if (!its.skip) {
      installInNode(its.url);
      globalThis.mqtt = require('mqtt');
    }
  });
  // There mqtt.js takes a socket of ws alone.
  test('in Node', options, async () => {
    check(await within(converse({address: its.url, way: 'native', size: 10 * 1024 * 1024, topic: 'node'}), 'the conversation', 40000));
  });
});
