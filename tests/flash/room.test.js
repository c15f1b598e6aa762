// The chat with four people in one room, each by another transport; the picture of it in docs/transports.md (docs/images/four-transports.png).
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {test} = require('node:test');
const {launchBrowser, screenshotPath, startServer} = require('../e2e/support.js');
const {visit} = require('../e2e/chat_visitor.js');
const {ruffle, ruffleBefore, startRelay} = require('./support.js');

const people = [['Ada', 'websocket'], ['Ben', 'flash'], ['Cleo', 'forever_frame'], ['Dan', 'jsonp']];
const lines = ['A WebSocket here. Who else?', 'Flash Player, from 2009. Gr\u00fc\u00dfe!', 'An endless page in a frame: \u65e5\u672c\u8a9e works too.',
  'Script tags, <nothing> else.'];
const size = {width: 960, height: 620};

const chat = path.join(__dirname, '../../examples/chat/www');

/** A copy of the chat's folder whose page loads Ruffle, as one for visitors without the Flash Player would. */
function chatWithRuffle() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-room-'));
  fs.cpSync(chat, folder, {recursive: true});
  const page = path.join(folder, 'index.html');
  fs.writeFileSync(page, fs.readFileSync(page, 'utf8').replace('<head>', '<head><script src="/ruffle/ruffle.js"></script>'));
  return folder;
}

/** One picture of several. */
async function beside(browser, pictures) {
  const page = await browser.newPage({viewport: {width: 2 * size.width + 12, height: 2 * size.height + 12}});
  await page.setContent(`<body style="margin:0;display:grid;grid-template-columns:auto auto;gap:12px;background:#8a8fa3">${pictures.map((picture) =>
    `<img width="${size.width}" src="data:image/png;base64,${picture.toString('base64')}">`).join('')}</body>`);
  await page.screenshot({path: screenshotPath('four-transports.png')});
  await page.close();
}

test('four pages on four transports talk in one room', {timeout: 240000}, async () => {
  const folder = chatWithRuffle();
  const server = await startServer({config: {services: {'/chat': {type: 'broadcast'}}, static: {'/': chat, '/revived': folder, '/ruffle': ruffle}}});
  const relay = await startRelay(server.port);
  const browser = await launchBrowser();
  try {
    const visitors = [];
    for (const [name, transport] of people) {
      visitors.push(await visit(server, browser, {name, transport,
        options: {viewport: size, colorScheme: 'light', bypassCSP: transport === 'flash'}, // Ruffle itself is beyond the chat's policy
        hash: transport === 'flash' ? 'revived/' : '',
        prepare: transport === 'flash' ? (page) => ruffleBefore(page, relay, server.port) : null}));
    }
    for (let speaker = 0; speaker < 4; speaker++) {
      await visitors[speaker].say(lines[speaker]);
      for (let reader = 0; reader < 4; reader++) {
        await visitors[reader][reader === speaker ? 'sent' : 'sees'](lines[speaker]);
      }
    }
    for (let reader = 0; reader < 4; reader++) {
      const others = lines.filter((line, speaker) => speaker !== reader);
      assert.deepStrictEqual(await visitors[reader].page.$$eval('.say:not(.own) .bubble', (bubbles) => bubbles.map((bubble) => bubble.innerText)), others);
    }
    const pictures = [];
    for (const {page} of visitors) {
      pictures.push(await page.screenshot());
    }
    await beside(browser, pictures);
    for (const visitor of visitors) {
      await visitor.leave();
    }
  } finally {
    await browser.close();
    await relay.stop();
    assert.strictEqual(await server.stop(), 0);
    fs.rmSync(folder, {recursive: true});
  }
});
