// What holds with each server of XMPP: strophe.js as it is published logs in and talks, in Node and in Chromium, over each transport.
'use strict';
const assert = require('node:assert');
const {spawn} = require('node:child_process');
const path = require('node:path');
const {describe, test} = require('node:test');
const {within} = require('../e2e/support.js');
const {patience, stage} = require('./stage.js');
const {servers, users} = require('./xmpp_servers.js');

/* global xmppTalk, clientTalk, Encke */

const kStrophe = 'node_modules/strophe.js/dist/strophe.umd.min.js';

function check(result, transport) {
  assert.deepStrictEqual(result, {same: true, count: 50, pushed: ['Grace <Hopper> & \u00e9'], roster: ['Grace <Hopper> & \u00e9'], thanks: 'thanks', transport});
}

/** A proxy that breaks connections to the gateway; stop() answers what it said. */
async function faultProxy(port, seed) {
  const child = spawn(process.env.ENCKE_FAULT_PROXY, ['--to', String(port), '--seed', String(seed), '--profile', 'mixed'], {stdio: ['pipe', 'pipe', 'pipe']});
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const own = await within(new Promise((resolve, reject) => {
    child.once('error', reject);
    child.stdout.once('data', (data) => resolve(Number(String(data).match(/[0-9]+/)[0])));
  }), 'the start of the proxy');
  return {
    url: `http://127.0.0.1:${own}`,
    stop: async () => {
      child.stdin.end();
      await within(ended, 'the end of the proxy');
      return said;
    }
  };
}

/** The tests of one server; answers its stage. */
function suite(name) {
  const its = stage(name, servers[name]);
  const options = {...patience, skip: its.skip};

  /** In a page where strophe's WebSocket is the facade's, over `way` alone. */
  async function inChromium(way, count = 50) {
    const page = await its.bench(kStrophe);
    await page.addScriptTag({path: path.join(__dirname, 'xmpp_talk.js')});
    const result = await within(page.evaluate(([url, passwords, only, messages]) => {
      if (only !== 'native') {
        Encke.install({always: true, transports: [only]});
      }
      const address = url.replace(/^http/, 'ws') + (only === 'native' ? '/xmpp/websocket' : '/xmpp');
      return xmppTalk.chat(address, passwords, messages);
    }, [its.url, users, way, count]), 'the conversation', 60000);
    await page.close();
    return result;
  }

  test('strophe.js logs in from Node by SCRAM, and talks', options, async () => {
    Object.assign(globalThis, require('strophe.js'));
    const talk = require('./xmpp_talk.js');
    check(await within(talk.chat(`${its.url.replace(/^http/, 'ws')}/xmpp/websocket`, users, 50), 'the conversation', 60000), undefined);
  });

  // One after the other: they are the same two users.
  describe('strophe.js in Chromium', () => {
    test('over a WebSocket of the browser\'s own', options, async () => check(await inChromium('native'), undefined));
    ['websocket', 'xhr_stream', 'xhr_poll', 'jsonp'].forEach((way) => test(`over ${way}`, options, async () => check(await inChromium(way), way)));
  });

  /** As it is served, at `address`. */
  async function withClient(run, argument) {
    const page = await its.browser.newPage();
    await page.goto(`${its.url}/encke.js`);
    await page.setContent('<!doctype html><title>client</title>');
    await page.addScriptTag({url: `${its.url}/encke.min.js`});
    await page.addScriptTag({url: `${its.url}/encke-xmpp.js`});
    await page.addScriptTag({path: path.join(__dirname, 'xmpp_client_talk.js')});
    const result = await within(page.evaluate(run, argument), 'the conversation', 90000);
    await page.close();
    return result;
  }
  const chat = ([address, passwords, pair, more, count]) => clientTalk.chat(`${address}/xmpp`, passwords, pair, more, count);
  const expected = {same: true, names: ['Max <M> & \u00e9'], show: 'dnd', status: 'thinks <hard>', state: 'composing', codes: [1000, 1000]};

  describe('Encke.XmppClient in Chromium', () => {
    ['websocket', 'xhr_stream', 'xhr_poll', 'jsonp'].forEach((way) => test(`over ${way}`, options, async () => {
      assert.deepStrictEqual(await withClient(chat, [its.url, users, way, {transports: [way]}, 50]), {...expected, transport: way});
    }));

    test('200 messages pass in order while the connections to the page break', {...options, skip: its.skip || (!process.env.ENCKE_FAULT_PROXY && 'ENCKE_FAULT_PROXY names no proxy')}, async () => {
      const proxy = await faultProxy(new URL(its.url).port, 2006);
      try {
        const result = await withClient(chat, [proxy.url, users, 'faults', {}, 200]);
        assert.deepStrictEqual({...result, transport: ''}, {...expected, transport: ''});
      } finally {
        assert.match(await proxy.stop(), / [1-9][0-9]* faults/); // else nothing was put to the test
      }
    });

    test('a wrong password is refused, and said so', options, async () => {
      const said = await withClient(([address]) => clientTalk.login(`${address}/xmpp`, 'ada', 'guess').then(() => 'let in', (error) => error.message), [its.url]);
      assert.match(said, /^1000 .*"condition":"not-authorized"/);
    });

    test('where the domain is none of the gateway\'s, or nobody can be reached, that is said', options, async () => {
      const said = await withClient(async ([address]) => Promise.all([['/xmpp', 'elsewhere.example'], ['/wrong', 'localhost']].map(([service, domain]) => new Promise((resolve) => {
        const client = new Encke.XmppClient();
        const errors = [];
        client.onerror = (error) => errors.push(error.condition);
        client.onclose = (code) => resolve([errors.join(), code]);
        client.connect(address + service, {jid: `ada@${domain}`, password: 'x'});
      }))), [its.url]);
      assert.deepStrictEqual(said, [['host-unknown', 4106], ['remote-connection-failed', 4111]]);
    });
  });

  test('a wrong password is refused by the server, and said so', options, async () => {
    Object.assign(globalThis, require('strophe.js'));
    const {login} = require('./xmpp_talk.js');
    await assert.rejects(login(`${its.url.replace(/^http/, 'ws')}/xmpp/websocket`, 'ada', 'guess'), /ada is not let in: 4 /); // AUTHFAIL
  });

  ['/wrong', '/another'].forEach((service) => test(`a server whose certificate is not believed is not spoken to (${service})`, options, async () => {
    const WebSocket = require('ws');
    const socket = new WebSocket(`${its.url.replace(/^http/, 'ws')}${service}/websocket`, ['xmpp']);
    const came = [];
    socket.on('message', (data) => {
      came.push(String(data));
      if (String(data).startsWith('<close')) {
        socket.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
      }
    });
    socket.on('open', () => socket.send('<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="localhost" version="1.0"/>'));
    const code = await within(new Promise((resolve) => socket.on('close', resolve)), 'the close');
    assert.strictEqual(code, 4111);
    assert.match(came.join(' '), /^<open .*<stream:error .*<remote-connection-failed .*<close /);
  }));
  return its;
}

module.exports = {suite};
