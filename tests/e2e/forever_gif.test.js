// examples/forever_gif in Chromium: text that is pushed shows in an <img> while its response goes on, with scripts switched off.
'use strict';
const assert = require('node:assert');
const {spawn} = require('node:child_process');
const http = require('node:http');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, root, within} = require('./support.js');

const program = process.env.ENCKE_FOREVER_GIF || path.join(root, 'build/examples/forever_gif/forever_gif');
const kLineHeight = 18;
const kMargin = 8;
let child, exited, url, browser;

before(async () => {
  child = spawn(program, ['127.0.0.1:0'], {stdio: ['ignore', 'ignore', 'pipe']});
  exited = new Promise((resolve) => child.once('exit', (status, signal) => resolve(signal || status)));
  url = await within(new Promise((resolve, reject) => {
    let log = '';
    exited.then((status) => reject(new Error(`it ended with ${status}:\n${log}`)));
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log += text;
      const match = /listening on (http:\/\/127\.0\.0\.1:[0-9]+\/)\n/.exec(log);
      if (match) {
        resolve(match[1]);
      }
    });
  }), 'the start of forever_gif');
  browser = await launchBrowser();
});

after(async () => {
  if (browser) {
    await browser.close();
  }
  child.kill('SIGKILL');
});

function request(method, leaf, body) {
  return within(new Promise((resolve, reject) => http.request(url + leaf, {method}, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (more) => {
      text += more;
    }).on('end', () => resolve([answer.statusCode, text]));
  }).on('error', reject).end(body)), `${method} ${leaf}`);
}

let members = 0;

/** Says something in the room, without a browser: a new member each time, since sessions are not kept for long. */
async function say(text) {
  const root = `talk/000/member${++members}`;
  assert.deepStrictEqual(await request('POST', `${root}/xhr`), [200, 'o\n']);
  assert.strictEqual((await request('POST', `${root}/xhr_send`, JSON.stringify([text])))[0], 204);
}

/** A page with the picture alone, scripts off, and one to read screenshots with. */
async function openPicture() {
  const context = await browser.newContext({javaScriptEnabled: false});
  const reader = await (await browser.newContext()).newPage();
  const page = await context.newPage();
  // The response goes on, so the page never finishes loading.
  await page.setContent(`<body style="margin:0"><img src="${url}talk.gif" width="480" height="160"></body>`, {waitUntil: 'commit'});
  return {
    /** How many dark pixels there are in each line of the board, as Chromium shows it. */
    async lines() {
      const png = (await page.screenshot({clip: {x: 0, y: 0, width: 480, height: 160}, timeout: 30000})).toString('base64');
      return reader.evaluate(async ([data, top, height]) => {
        const image = new Image();
        image.src = 'data:image/png;base64,' + data;
        await image.decode();
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [480, 160];
        const pen = canvas.getContext('2d');
        pen.drawImage(image, 0, 0);
        return Array.from({length: 8}, (_, line) => {
          const {data: pixels} = pen.getImageData(0, top + line * height, 480, height);
          let dark = 0;
          for (let at = 0; at < pixels.length; at += 4) {
            dark += pixels[at] < 128 ? 1 : 0;
          }
          return dark;
        });
      }, [png, kMargin, kLineHeight]);
    },

    /** Waits until the picture has so many lines of text; answers the milliseconds that it took. */
    async shows(count) {
      const begin = Date.now();
      let lines = [];
      while (Date.now() - begin < 20000) {
        lines = await this.lines();
        if (lines.filter((dark) => dark > 0).length === count) {
          return Date.now() - begin;
        }
      }
      return assert.fail(`the picture has not come to ${count} lines; dark pixels: ${lines}`);
    },
    close: async () => {
      await context.close();
      await reader.context().close();
    }
  };
}

describe('the forever GIF', () => {
  test('each line shows as it is said, and not with the next one, while the response goes on', {timeout: 120000}, async () => {
    const picture = await openPicture();
    await picture.shows(0);
    const took = [];
    for (let line = 1; line <= 5; line++) {
      await say(`line ${line} ${'x'.repeat(10 * line)}`);
      took.push(await picture.shows(line));
    }
    console.log(`# shown after ${took.join(', ')} ms, a screenshot included`);
    const lines = await picture.lines();
    assert.ok(lines.slice(0, 4).every((dark, at) => dark > 0 && dark < lines[at + 1]), `longer lines have more ink: ${lines}`);
    await picture.close();
  });
  test('a picture that is opened later begins with what was said', {timeout: 120000}, async () => {
    const picture = await openPicture();
    await picture.shows(5);
    await picture.close();
  });
  test('the page has the picture and a form that says something', {timeout: 120000}, async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(url, {waitUntil: 'commit'});
    await page.fill('input', 'by hand');
    await page.click('button');
    const picture = await openPicture();
    await picture.shows(6);
    await picture.close();
    await page.context().close();
  });
  test('it stops on a signal although pictures go on', {timeout: 60000}, async () => {
    const reading = http.get(url + 'talk.gif', (answer) => answer.resume()).on('error', () => {});
    await new Promise((resolve) => reading.on('response', resolve));
    child.kill('SIGTERM');
    assert.strictEqual(await within(exited, 'the end of forever_gif'), 0);
  });
});
