// How the chat looks and handles on a phone, in the dark, and in a browser of long ago.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {screenshotPath} = require('./support.js');
const visitor = require('./chat_visitor.js');

const {desktop, patience, phone} = visitor;

const {visit} = visitor.stage();

describe('a phone, the dark, and a browser of long ago', () => {
  test('a phone shows the input, needs no sideways scrolling, and has the rest in a drawer', patience, async () => {
    const joe = await visit({options: {...phone, colorScheme: 'dark'}, hash: '#phone'});
    const kim = await visit({options: {...desktop, colorScheme: 'dark'}, name: 'Kim', hash: '#phone'});
    await kim.say('Do you see this on your phone?');
    await joe.sees('Do you see this on your phone?');
    await joe.say('Yes: a word that is long, ' + 'x'.repeat(120));
    await kim.reads('messages', 'Yes:');
    const box = await joe.page.locator('#composer').boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= 390 && box.y + box.height <= 844, JSON.stringify(box));
    assert.strictEqual(await joe.page.evaluate(() => document.documentElement.scrollWidth), 390);
    await joe.page.screenshot({path: screenshotPath('chat-phone-dark.png')});
    await kim.page.screenshot({path: screenshotPath('chat-desktop-dark.png')});
    await joe.page.tap('#open-menu');
    await joe.page.waitForSelector('#transport', {state: 'visible'});
    await joe.page.waitForFunction(() => document.getElementById('side').getBoundingClientRect().left === 0);
    assert.strictEqual(await joe.page.evaluate(() => document.activeElement.id), 'close-menu');
    assert.strictEqual(await joe.page.getAttribute('#open-menu', 'aria-expanded'), 'true');
    await joe.page.evaluate(() => document.getElementById('text').focus()); // behind the drawer: out of reach
    assert.notStrictEqual(await joe.page.evaluate(() => document.activeElement.id), 'text');
    await joe.page.screenshot({path: screenshotPath('chat-phone-menu-dark.png')});
    await joe.page.keyboard.press('Escape');
    await joe.page.waitForSelector('#transport', {state: 'hidden'});
    assert.strictEqual(await joe.page.evaluate(() => document.activeElement.id), 'open-menu');
    await joe.page.tap('#pill');
    await joe.page.waitForFunction(() => document.activeElement.id === 'transport');
    assert.strictEqual(await joe.page.getAttribute('#open-menu', 'aria-expanded'), 'true');
    await joe.page.keyboard.press('Escape');
    await joe.leave();
    await kim.leave();
  });
  test('on a phone with its keyboard up the welcome begins at its top, and the widest names fit', patience, async () => {
    const lou = await visit({options: {...phone, viewport: {width: 360, height: 330}}, hash: '#' + 'w'.repeat(32)});
    const measure = () => lou.page.evaluate(() => {
      const scroll = document.getElementById('scroll');
      const welcome = document.getElementById('welcome').getBoundingClientRect();
      return {top: welcome.top >= scroll.getBoundingClientRect().top, right: welcome.right <= 360, jump: document.getElementById('jump').className};
    });
    assert.deepStrictEqual(await measure(), {top: true, right: true, jump: ''});
    await lou.page.tap('#change-name');
    await lou.rename('M'.repeat(32));
    await lou.reads('welcome', 'M'.repeat(32));
    assert.strictEqual((await measure()).right, true);
    await lou.leave();
  });
  test('without CSS3, variables and grid everything is there', patience, async () => {
    const lee = await visit({name: 'Lee', hash: '#old', prepare: (page) => page.route('**/chat.css', async (route) => {
      const style = await (await route.fetch()).text();
      const plain = style.replace(/:root \{[^}]*\}/g, '').replace(/^@(supports|media)[^{]*\{[\s\S]*?^\}/gm, '')
        .replace(/[a-z-]+: [^;{}]*(var|env|min)\([^;]*;/g, '');
      assert.ok(!/var\(|@supports|grid/.test(plain.replace(/\/\*[\s\S]*?\*\//g, '')));
      await route.fulfill({body: plain, contentType: 'text/css'});
    })});
    const max = await visit({name: 'Max', hash: '#old'});
    await max.say('Hello to the past');
    await lee.sees('Hello to the past');
    await lee.say('It is fine here');
    await max.sees('It is fine here');
    for (const id of ['rooms', 'people', 'name', 'transport', 'messages', 'text', 'send', 'pill']) {
      assert.ok(await lee.page.isVisible('#' + id), id);
    }
    await lee.page.screenshot({path: screenshotPath('chat-without-css3.png')});
    await lee.leave();
    await max.leave();
  });
});
