// The recipe for IRC: a page, and irc-framework as it is published, to Debian's ngircd.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const WebSocket = require('ws');
const {within} = require('../e2e/support.js');
const {patience, stage} = require('./stage.js');

const its = stage('IRC: ngircd', {
  programs: ['/usr/sbin/ngircd'],
  port: '6667',
  server: ({folder}) => ({command: ['/usr/sbin/ngircd', '-n', '-f', `${folder}/ngircd.conf`]})
});
const options = {...patience, skip: its.skip};

/** In the page: two users in a channel; what one says the other hears. */
async function converse({address, way, texts}) {
  const channel = '#' + way;
  const join = async (nick) => {
    const socket = gatewayParts.socket(address, '/irc', [], way);
    const lines = [];
    let rest = '';
    let look = () => {};
    const send = (line) => socket.send(line + '\r\n');
    socket.onmessage = (event) => {
      const parts = (rest + event.data).split('\r\n');
      rest = parts.pop();
      parts.forEach((line) => /^PING/.test(line) && send(line.replace('PING', 'PONG')));
      lines.push(...parts);
      look();
    };
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onclose = (event) => reject(new Error(`closed: ${event.code} ${event.reason}`));
    });
    const user = {
      lines,
      send,
      until: (pattern, count = 1) => new Promise((resolve) => {
        look = () => {
          const found = lines.filter((line) => pattern.test(line));
          if (found.length >= count) {
            resolve(found);
          }
        };
        look();
      }),
      closed: new Promise((resolve) => {
        socket.onclose = (event) => resolve([event.code, event.reason]);
      })
    };
    send(`NICK ${nick}`);
    send(`USER ${nick} 0 * :${nick}`);
    await user.until(/^\S+ 001 /);
    send('JOIN ' + channel);
    await user.until(/^\S+ 366 /);
    return user;
  };
  const ann = await join('ann-' + way.replace('_', '-'));
  const bob = await join('bob-' + way.replace('_', '-'));
  texts.forEach((text) => ann.send(`PRIVMSG ${channel} :${text}`));
  const heard = await bob.until(/^:ann\S+ PRIVMSG /, texts.length);
  bob.send(`WHOIS ann-${way.replace('_', '-')}`);
  const [who] = await bob.until(/^\S+ 311 /);
  ann.send('QUIT :bye');
  await bob.until(/^:ann\S+ QUIT /);
  bob.send('QUIT');
  return {heard: heard.map((line) => line.replace(/^\S+ PRIVMSG \S+ :/, '')), host: who.split(' ')[5], from: heard[0].split(' ')[0],
    closed: [await ann.closed, await bob.closed]};
}

test('the page and the program of the recipe do what they say', options, async () => {
  const shown = await its.page();
  await shown.logs(' 366 '); // the end of the list of who is there
  const program = its.node('irc.js');
  try {
    await shown.logs('PRIVMSG #web :Schöne Grüße aus Node');
    await shown.page.evaluate(() => window.send('PRIVMSG #web :Schöne Grüße zurück'));
    await program.logs('page: Schöne Grüße zurück');
  } finally {
    await program.stop();
  }
  await shown.leave();
});

describe('users register, join, talk and leave', {concurrency: 4}, () => {
  const texts = Array.from({length: 4}, (none, i) => `${i}: Grüße${' äöü€\u{1f600}'.repeat(i * 8)}`);
  ['native', 'xhr_stream', 'xhr_poll', 'jsonp'].forEach((way) => test(`in Chromium over ${way}`, options, async () => {
    const page = await its.bench();
    const result = await within(page.evaluate(converse, {address: its.url, way, texts}), 'the conversation', 40000);
    assert.deepStrictEqual(result.heard, texts);
    assert.strictEqual(result.host, '127.0.0.1');
    assert.deepStrictEqual(result.closed, [0, 1].map(() => [1000, 'the server ended the connection']));
    await page.close();
  }));
});

test('users appear with their own addresses, and not with the gateway\'s', options, async () => {
  const socket = new WebSocket(`${its.url.replace('http://localhost', 'ws://127.0.0.1')}/irc/websocket`, {origin: its.url, localAddress: '127.0.0.5'});
  const who = await within(new Promise((resolve, reject) => {
    let all = '';
    let asked = false;
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after ${all}`)));
    socket.on('open', () => socket.send('NICK far\r\nUSER far 0 * :Far\r\n'));
    socket.on('message', (data) => {
      all += data;
      if (!asked && / 001 /.test(all)) {
        asked = true;
        socket.send('WHOIS far\r\n');
      }
      const found = /^\S+ 311 .*\r\n/m.exec(all);
      if (found) {
        resolve(found[0]);
      }
    });
  }), 'the answer of WHOIS');
  assert.match(who, / far \S+ 127\.0\.0\.5 \* :Far/);
  socket.terminate();
});
