// examples/xmpp_chat as its README has it, with Debian's prosody: two people add each other and talk.
'use strict';
const assert = require('node:assert');
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {test} = require('node:test');
const {root, screenshotPath, watchForErrors} = require('../e2e/support.js');
const {patience, stage} = require('./stage.js');

const kExample = path.join(root, 'examples/xmpp_chat');

function exampleFiles() {
  return new Map(['', 'www'].flatMap((folder) => fs.readdirSync(path.join(kExample, folder), {withFileTypes: true}).filter((entry) => entry.isFile())
    .map((entry) => [path.join(folder, entry.name), fs.readFileSync(path.join(kExample, folder, entry.name), 'utf8')])));
}

const its = stage('', {
  programs: ['/usr/bin/prosody', '/usr/bin/prosodyctl'],
  port: '5222',
  files: exampleFiles,
  replacements: ({folder}) => [['/tmp/encke-xmpp-chat', path.join(folder, 'data')]],
  server: ({folder}) => {
    fs.mkdirSync(path.join(folder, 'data'));
    const config = path.join(folder, 'prosody.cfg.lua');
    ['ada', 'max'].forEach((user) => execFileSync('prosodyctl', ['--root', '--config', config, 'register', user, 'localhost', 'secret'], {stdio: 'pipe'}));
    return {command: ['/usr/bin/prosody', '--config', config, '-F']};
  }
});
const options = {...patience, skip: its.skip};

async function visit(user, view = {viewport: {width: 1180, height: 760}}, password = 'secret') {
  const context = await its.browser.newContext(view);
  const page = await context.newPage();
  page.setDefaultTimeout(20000);
  const errors = watchForErrors(page);
  await page.goto(its.url);
  const enter = async (word) => {
    await page.fill('#jid', `${user}@localhost`);
    await page.fill('#password', word);
    await page.press('#password', 'Enter');
  };
  await enter(password);
  return {
    page,
    enter,
    isIn: () => page.waitForSelector('#app.shown'),
    open: (name) => page.click(`.contact:has-text("${name}")`),
    say: async (text) => {
      await page.fill('#text', text);
      await page.press('#text', 'Enter');
    },
    hears: (text) => page.waitForSelector(`.bubble.theirs:has-text("${text}")`),
    leave: async () => {
      assert.deepStrictEqual(errors, []);
      await context.close();
    }
  };
}

test('two people add each other, see each other come and go, and talk', options, async () => {
  const [ada, max] = [await visit('ada'), await visit('max')];
  await ada.isIn();
  await max.isIn();
  await ada.page.fill('#add-jid', 'max@localhost');
  await ada.page.press('#add-jid', 'Enter');
  await max.page.click('.request .accept');
  await ada.page.click('.request .accept');
  await ada.page.waitForSelector('.contact:has-text("max") .dot.online');
  await max.page.waitForSelector('.contact:has-text("ada") .dot.online');
  await max.page.selectOption('#my-show', 'dnd');
  await max.page.fill('#my-status', 'Deep in the release notes');
  await max.page.press('#my-status', 'Tab');
  await ada.page.waitForSelector('.contact:has-text("Deep in the release notes") .dot.dnd');
  await ada.open('max');
  await ada.say('Good morning! Did the night build go through?');
  await max.page.waitForSelector('.contact.unread:has-text("ada") .badge');
  await max.open('ada');
  await max.hears('Good morning!');
  await max.say('It did, on all engines. Even the proxy that eats WebSockets is happy: https://example.org/build/17');
  await ada.hears('It did, on all engines');
  await ada.say('<b>Wonderful</b> & thanks \u{1f389}');
  await max.hears('<b>Wonderful</b> & thanks \u{1f389}');
  await max.page.focus('#text');
  await max.page.keyboard.type('Shall we');
  await ada.page.waitForFunction(() => document.getElementById('typing').textContent.includes('is typing'));
  await ada.page.screenshot({path: screenshotPath('xmpp-chat.png')});
  await max.page.screenshot({path: screenshotPath('xmpp-chat-max.png')});
  await max.leave();
  await ada.page.waitForSelector('.contact:has-text("max") .dot.offline');
  await ada.leave();
});

test('a wrong password is told, and the right one comes in', options, async () => {
  const ada = await visit('ada', {viewport: {width: 1180, height: 760}}, 'guess');
  await ada.page.waitForFunction(() => document.getElementById('login-wrong').textContent.includes('do not fit together'));
  await ada.page.screenshot({path: screenshotPath('xmpp-chat-login.png')});
  await ada.enter('secret');
  await ada.isIn();
  await ada.page.click('#leave');
  await ada.page.waitForSelector('#login.shown');
  await ada.leave();
});

test('on a phone in the dark it fits, contacts and talk each for itself', options, async () => {
  const ada = await visit('ada', {viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true, colorScheme: 'dark'});
  await ada.isIn();
  await ada.page.waitForSelector('.contact:has-text("max")');
  await ada.page.screenshot({path: screenshotPath('xmpp-chat-phone-contacts.png')});
  await ada.open('max');
  await ada.say('A word that is long, ' + 'x'.repeat(120));
  await ada.page.waitForSelector('.bubble.own');
  assert.strictEqual(await ada.page.evaluate(() => document.documentElement.scrollWidth), 390);
  await ada.page.screenshot({path: screenshotPath('xmpp-chat-phone.png')});
  await ada.page.tap('#back');
  await ada.page.waitForSelector('body:not(.talking)');
  await ada.leave();
});
