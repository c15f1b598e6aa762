// examples/irc as it is shipped, with Debian's ngircd: people meet in channels, by keys alone too, on every transport.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {describe, test} = require('node:test');
const {root, screenshotPath, watchForErrors} = require('../e2e/support.js');
const {patience, stage} = require('./stage.js');

const kExamples = path.join(root, 'examples');

/** The files of both examples that the page is made of, by their names below examples/. */
function exampleFiles() {
  return new Map(['irc', 'irc/www', 'chat/www'].flatMap((folder) => fs.readdirSync(path.join(kExamples, folder), {withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => [`${folder}/${entry.name}`, fs.readFileSync(path.join(kExamples, folder, entry.name), 'utf8')])));
}

const its = stage('', {
  programs: ['/usr/sbin/ngircd'],
  port: '6667',
  files: exampleFiles,
  config: 'irc/encke.json',
  // Nobody waits here because of what was said before.
  replacements: () => [['[Limits]\n', '[Limits]\n  MaxPenaltyTime = 0\n']],
  server: ({folder}) => ({command: ['/usr/sbin/ngircd', '-n', '-f', `${folder}/irc/ngircd.conf`]})
});
const options = {...patience, skip: its.skip};

/** Somebody at the page, in a browser profile of the own; `only` names the transport that gets through. */
async function visit(nick, channels, {only = '', view = {viewport: {width: 1280, height: 800}}, prepare = async () => {}} = {}) {
  const context = await its.browser.newContext(view);
  const page = await context.newPage();
  page.setDefaultTimeout(30000);
  const errors = watchForErrors(page);
  page.on('console', (entry) => entry.type() === 'error' && /Content Security Policy/.test(entry.text()) && errors.push(entry.text()));
  await prepare(page);
  await page.goto(its.url);
  if (only) {
    await page.evaluate((name) => {
      const Socket = window.Encke.Socket;
      window.Encke.Socket = function (url, protocols) {
        window.socket = new Socket(url, protocols, {transports: [name]});
        return window.socket;
      };
    }, only);
  }
  const visitor = {
    page,
    enter: async (name, rooms) => {
      await page.fill('#nick', name);
      await page.fill('#channels', rooms);
      await page.press('#channels', 'Enter');
    },
    say: async (text) => {
      await page.fill('#text', text);
      await page.press('#text', 'Enter');
    },
    reads: (id, text) => page.waitForFunction(([element, wanted]) => document.getElementById(element).textContent.includes(wanted), [id, text]),
    lacks: (id, text) => page.waitForFunction(([element, unwanted]) => !document.getElementById(element).textContent.includes(unwanted), [id, text]),
    hears: (who, text) => page.waitForFunction(([nick, wanted]) => Array.from(document.querySelectorAll('.line')).some((line) =>
      line.querySelector('.nick').textContent === nick && line.querySelector('.body').textContent === wanted), [who, text]),
    leave: async () => {
      assert.deepStrictEqual(errors, []);
      await context.close();
    }
  };
  await visitor.enter(nick, channels);
  if (channels) {
    await visitor.reads('people', nick);
  }
  return visitor;
}

describe('people meet', {concurrency: 2}, () => {
  ['websocket', 'xhr_stream', 'xhr_poll', 'jsonp'].forEach((way) => test(`over ${way}`, options, async () => {
    const [ada, max] = await Promise.all(['Ada', 'Max'].map((name) => visit(`${name}-${way}`.replace('_', '-'), `#${way}`, {only: way})));
    const [first, second] = [`Ada-${way}`, `Max-${way}`].map((name) => name.replace('_', '-'));
    await ada.reads('people', second);
    await ada.say('Grüße aus Köln \u{1f600} <b>kein HTML</b>');
    await max.hears(first, 'Grüße aus Köln \u{1f600} <b>kein HTML</b>');
    await max.say('/me winkt');
    await ada.hears(`* ${second}`, 'winkt');
    await ada.say('ä€'.repeat(250)); // longer than a line of IRC
    await max.page.waitForFunction((nick) => Array.from(document.querySelectorAll('.is-say'))
      .filter((line) => line.querySelector('.nick').textContent === nick).slice(1)
      .map((line) => line.querySelector('.body').textContent).join('') === 'ä€'.repeat(250), first);
    assert.strictEqual(await ada.page.evaluate(() => window.socket.transport), way);
    await max.leave();
    await ada.lacks('people', second);
    await ada.leave();
  }));
});

test('channels, topics, mentions and private talks, by keys alone', options, async () => {
  const ada = await visit('Ada', '#lobby, #release');
  const max = await visit('Maximilian', '#lobby');
  await ada.reads('room-title', '#release');
  await ada.page.keyboard.press('Alt+ArrowUp');
  await ada.reads('room-title', '#lobby');
  await ada.reads('room-people', 'Be kind, and stay a while');
  await ada.reads('people', 'Maximilian');
  await ada.page.focus('#text');
  await ada.page.keyboard.type('max');
  await ada.page.keyboard.press('Tab');
  assert.strictEqual(await ada.page.inputValue('#text'), 'Maximilian: ');
  await ada.page.keyboard.type('is your proxy still eating WebSockets?');
  await ada.page.keyboard.press('Enter');
  await max.hears('Ada', 'Maximilian: is your proxy still eating WebSockets?');
  await max.page.waitForSelector('.line.mentions');
  await max.say('It is. I am here by XHR streaming, chosen by itself: https://chat.example/why');
  await ada.hears('Maximilian', 'It is. I am here by XHR streaming, chosen by itself: https://chat.example/why');
  await ada.page.waitForSelector('.line a[href="https://chat.example/why"]');
  await ada.say('I would not have noticed.');
  await ada.say('/me waves');
  await max.say('/join #release');
  await max.say('/topic Version 0.1.0 is out');
  await max.say('Tagged and out.');
  await ada.page.waitForSelector('#rooms li.unread:has-text("release")');
  await ada.page.screenshot({path: screenshotPath('irc-example.png')});
  await ada.page.keyboard.press('Alt+ArrowDown');
  await ada.hears('Maximilian', 'Tagged and out.');
  await ada.reads('room-people', 'Version 0.1.0 is out');
  await max.say('/msg Ada Shall we celebrate?');
  await ada.page.waitForSelector('#rooms li.unread:has-text("Maximilian")');
  await ada.page.keyboard.press('Alt+ArrowDown');
  await ada.reads('room-title', 'Maximilian');
  await ada.say('Yes!');
  await max.page.click('#rooms a:has-text("Ada")');
  await max.hears('Ada', 'Yes!');
  await ada.page.focus('#text');
  await ada.page.keyboard.press('ArrowUp');
  assert.strictEqual(await ada.page.inputValue('#text'), 'Yes!');
  await ada.page.fill('#text', '/nick Ada2');
  await ada.page.keyboard.press('Enter');
  await max.page.click('#rooms a:has-text("release")');
  await max.reads('people', 'Ada2');
  await ada.say('/unknown');
  await ada.reads('messages', 'There is no command /unknown');
  await max.say('/part');
  await max.lacks('rooms', 'release');
  await max.say('/quit Bye');
  await max.page.waitForSelector('#login.shown');
  await ada.leave();
  await max.leave();
});

test('a nick that is taken is told, and another one comes in', options, async () => {
  const ada = await visit('Twin', '#lobby');
  const max = await visit('Twin', '');
  await max.reads('login-wrong', 'Twin is taken');
  await max.enter('Twin2', '#lobby');
  await max.reads('people', 'Twin');
  await ada.reads('people', 'Twin2');
  await ada.leave();
  await max.leave();
});

test('on a phone in the dark it fits, and has its lists in a drawer', options, async () => {
  const ada = await visit('Ada-phone', '#phone', {view: {viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true, colorScheme: 'dark'}});
  await ada.say('A word that is long, ' + 'x'.repeat(120));
  await ada.page.waitForSelector('.is-say');
  assert.strictEqual(await ada.page.evaluate(() => document.documentElement.scrollWidth), 390);
  await ada.page.screenshot({path: screenshotPath('irc-example-phone.png')});
  await ada.page.tap('#open-menu');
  await ada.page.waitForFunction(() => document.getElementById('side').getBoundingClientRect().left === 0);
  await ada.page.screenshot({path: screenshotPath('irc-example-phone-menu.png')});
  await ada.page.keyboard.press('Escape');
  await ada.page.waitForSelector('#app:not(.menu)');
  await ada.leave();
});
