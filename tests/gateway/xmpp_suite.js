// What holds with each server of XMPP: strophe.js as it is published logs in and talks, in Node and in Chromium, over each transport.
'use strict';
const assert = require('node:assert');
const path = require('node:path');
const {describe, test} = require('node:test');
const {within} = require('../e2e/support.js');
const {patience, stage} = require('./stage.js');
const {servers, users} = require('./xmpp_servers.js');

/* global xmppTalk, Encke */

const kStrophe = 'node_modules/strophe.js/dist/strophe.umd.min.js';

function check(result, transport) {
  assert.deepStrictEqual(result, {same: true, count: 50, pushed: ['Grace <Hopper> & \u00e9'], roster: ['Grace <Hopper> & \u00e9'], thanks: 'thanks', transport});
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
