// The recipe for VNC: noVNC as it is published to Debian's TigerVNC.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const {describe, test} = require('node:test');
const {screenshotPath, within} = require('../e2e/support.js');
const {patience, stage} = require('./stage.js');

/** A number of an X display that nobody has. */
function freeDisplay() {
  let number = 40 + process.pid % 1000;
  while (fs.existsSync(`/tmp/.X11-unix/X${number}`) || fs.existsSync(`/tmp/.X${number}-lock`)) {
    number++;
  }
  return number;
}

const display = freeDisplay();
const its = stage('VNC: TigerVNC', {
  programs: ['/usr/bin/Xtigervnc', '/usr/bin/vncpasswd', '/usr/bin/xsetroot'],
  port: '5901',
  replacements: () => [[':1 ', `:${display} `]],
  signal: 'SIGTERM', // it leaves a lock and a socket in /tmp otherwise
  server: () => ({command: ['/bin/sh', 'desktop.sh']})
});
const options = {...patience, skip: its.skip};
const kGreen = '46,139,87'; // #2e8b57, as the recipe sets it

/** The colour of most of the canvas. */
function colour() {
  const canvas = document.querySelector('#screen canvas');
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const counts = {};
  for (let at = 0; at < data.length; at += 4) {
    const name = `${data[at]},${data[at + 1]},${data[at + 2]}`;
    counts[name] = (counts[name] || 0) + 1;
  }
  const [name, count] = Object.entries(counts).sort((a, b) => b[1] - a[1])[0];
  return count > canvas.width * canvas.height * 0.9 ? `${name} on ${canvas.width}x${canvas.height}` : '';
}

const seesGreen = (page) => page.waitForFunction(({source, wanted}) => document.querySelector('#screen canvas') &&
  (0, eval)(`(${source})`)() === wanted, {source: colour.toString(), wanted: `${kGreen} on 640x480`});

test('the page of the recipe shows the desktop', options, async () => {
  const shown = await its.page();
  await shown.logs('Connected');
  await seesGreen(shown.page);
  await shown.page.screenshot({path: screenshotPath('vnc-recipe.png')});
  await shown.leave();
});

describe('noVNC over a socket of the facade', () => {
  ['websocket', 'xhr_stream', 'xhr_poll', 'jsonp'].forEach((way) => test(`shows the desktop over ${way}`, options, async () => {
    const page = await its.bench();
    page.setDefaultTimeout(30000);
    const name = await within(page.evaluate(async (transport) => {
      const screen = document.body.appendChild(document.createElement('div'));
      screen.id = 'screen';
      const {default: RFB} = await import('/novnc/core/rfb.js');
      window.socket = new Encke.Socket('/vnc', ['binary'], {transports: [transport]});
      window.rfb = new RFB(screen, window.socket, {credentials: {password: 'secret12'}});
      return new Promise((resolve, reject) => {
        window.rfb.addEventListener('desktopname', (event) => resolve(event.detail.name));
        window.rfb.addEventListener('disconnect', () => reject(new Error('disconnected')));
      });
    }, way), 'the connection', 30000);
    assert.ok(name.length > 0);
    await seesGreen(page);
    assert.strictEqual(await page.evaluate(() => window.socket.transport), way);
    const left = await within(page.evaluate(() => new Promise((resolve) => {
      window.rfb.addEventListener('disconnect', (event) => resolve(event.detail.clean));
      window.rfb.disconnect();
    })), 'the end');
    assert.strictEqual(left, true);
    await page.close();
  }));

  test('a wrong password is refused by the VNC server', options, async () => {
    const page = await its.bench();
    const reason = await within(page.evaluate(async () => {
      const {default: RFB} = await import('/novnc/core/rfb.js');
      const rfb = new RFB(document.body.appendChild(document.createElement('div')), new Encke.Socket('/vnc', ['binary']),
        {credentials: {password: 'wrong'}});
      return new Promise((resolve) => rfb.addEventListener('securityfailure', (event) => resolve(event.detail.reason)));
    }), 'the refusal', 30000);
    assert.match(reason, /fail/i);
    await page.close();
  });
});
