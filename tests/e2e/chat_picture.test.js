// The picture of the chat in README.md (docs/images/chat.png): two people, two transports, a second room with something unread.
'use strict';
const assert = require('node:assert');
const {test} = require('node:test');
const {launchBrowser, screenshotPath, startServer, watchForErrors} = require('./support.js');

async function visitor(browser, url, name, transport) {
  const context = await browser.newContext({viewport: {width: 960, height: 600}, colorScheme: 'light'});
  const page = await context.newPage();
  page.setDefaultTimeout(30000);
  const errors = watchForErrors(page);
  await page.goto(url);
  await page.waitForSelector('#dot.open', {state: 'attached'});
  await page.selectOption('#transport', transport);
  await page.waitForFunction((wanted) => document.getElementById('report').textContent.includes(wanted + ' got through'),
    transport === 'websocket' ? 'WebSocket' : 'XHR streaming');
  await page.fill('#name', name);
  await page.press('#name', 'Enter');
  const reads = (id, text) => page.waitForFunction(([element, wanted]) =>
    document.getElementById(element).textContent.includes(wanted), [id, text]);
  return {
    page,
    errors,
    reads,
    say: async (text) => {
      await page.fill('#text', text);
      await page.press('#text', 'Enter');
      await reads('messages', text);
    },
    join: async (room) => {
      await page.fill('#room-name', room);
      await page.press('#room-name', 'Enter');
      await reads('room-title', room);
    }
  };
}

test('two people talk over two transports', {timeout: 120000}, async () => {
  const server = await startServer();
  const browser = await launchBrowser();
  try {
    const ada = await visitor(browser, server.url, 'Ada', 'websocket');
    const max = await visitor(browser, server.url, 'Max', 'xhr_stream');
    await ada.reads('people', 'Max');
    const lines = [[ada, 'Is your proxy still eating WebSockets?'], [max, 'It is.'],
      [max, 'I am on XHR streaming, chosen by itself.'], [ada, 'I would not have noticed.']];
    for (const [speaker, line] of lines) {
      await speaker.say(line);
      await (speaker === ada ? max : ada).reads('messages', line);
    }
    await ada.join('release');
    await ada.say('Tagged and out');
    await ada.page.click('#rooms a:has-text("lobby")');
    await max.join('release');
    await max.say('Hooray');
    await ada.page.waitForSelector('#rooms li.unread:has-text("release")');
    await max.page.click('#rooms a:has-text("lobby")');
    await ada.reads('people', 'Max');
    await max.page.type('#text', 'It');
    await ada.reads('typing', 'Max is typing');
    await ada.page.screenshot({path: screenshotPath('chat-picture.png')});
    assert.deepStrictEqual([...ada.errors, ...max.errors], []);
  } finally {
    await browser.close();
    assert.strictEqual(await server.stop(), 0);
  }
});
