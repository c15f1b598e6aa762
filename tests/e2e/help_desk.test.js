// examples/help_desk in Chromium: visitors ask, operators answer, over lost connections, reloads and polls.
'use strict';
const assert = require('node:assert');
const {spawn} = require('node:child_process');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {launchBrowser, root, screenshotPath, startProxy, watchForErrors, within} = require('./support.js');

const program = process.env.ENCKE_HELP_DESK || path.join(root, 'build/examples/help_desk/help_desk');
const patience = {timeout: 60000};
const desktop = {viewport: {width: 1280, height: 800}};
const phone = {viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true};
let child, exited, url, token, browser;

before(async () => {
  child = spawn(program, ['127.0.0.1:0'], {stdio: ['ignore', 'ignore', 'pipe']});
  exited = new Promise((resolve) => child.once('exit', (status, signal) => resolve(signal || status)));
  [url, token] = await within(new Promise((resolve, reject) => {
    let log = '';
    exited.then((status) => reject(new Error(`it ended with ${status}:\n${log}`)));
    child.stderr.setEncoding('utf8').on('data', (text) => {
      log += text;
      const match = /listening on (http:\/\/127\.0\.0\.1:[0-9]+\/)\n.*\/desk\/#([0-9a-f]{32})\n/.exec(log);
      if (match) {
        resolve(match.slice(1));
      }
    });
  }), 'the start of help_desk');
  browser = await launchBrowser();
}, patience);

after(async () => {
  if (browser) {
    await browser.close();
  }
  child.kill('SIGKILL');
});

async function openPage(address, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(10000);
  const errors = watchForErrors(page);
  page.on('console', (entry) => {
    if (entry.type() === 'error' && /Content Security Policy/.test(entry.text())) {
      errors.push(entry.text());
    }
  });
  await page.goto(address);
  return {
    page,
    reads: (id, wanted) => page.waitForFunction(([element, text]) => document.getElementById(element).textContent.includes(text), [id, wanted]),
    lacks: (id, unwanted) => page.waitForFunction(([element, text]) => !document.getElementById(element).textContent.includes(text), [id, unwanted]),
    leave: async () => {
      assert.deepStrictEqual(errors, []);
      await context.close();
    }
  };
}

/** A visitor of the shop, with the chat open unless he is `shy`. */
async function visit({options = desktop, base = url, query = '', shy = false} = {}) {
  const visitor = await openPage(base + query, options);
  const {page} = visitor;
  visitor.say = async (text) => {
    await page.fill('#help-text', text);
    await page.press('#help-text', 'Enter');
  };
  visitor.secret = () => page.evaluate(() => JSON.parse(sessionStorage.getItem('help-desk')).id);
  if (!shy) {
    await page.click('#help-bubble');
    await visitor.lacks('help-presence', 'Connecting');
  }
  return visitor;
}

/** An operator at the desk. */
async function sitDown(name, {options = desktop, base = url} = {}) {
  const operator = await openPage(`${base}desk/#${token}`, options);
  const {page} = operator;
  await page.fill('#name', name);
  await page.press('#name', 'Enter');
  await operator.reads('operators', name);
  operator.row = (who) => page.locator('.row', {hasText: who});
  operator.read = (who) => operator.row(who).click();
  operator.take = async (who) => {
    await operator.read(who);
    await page.click('#take');
    await operator.reads('state', 'yours');
  };
  operator.say = async (text) => {
    await page.fill('#text', text);
    await page.press('#text', 'Enter');
  };
  return operator;
}

/** Sends messages to a service by hand, in a page; answers what came back to each. */
function ask(page, service, options, messages) {
  return page.evaluate(([address, more, list]) => new Promise((resolve) => {
    const answers = [];
    const socket = new Encke.Socket(address, [], more);
    socket.onopen = () => socket.send(list[0]);
    socket.onmessage = (event) => {
      answers.push(JSON.parse(event.data));
      if (answers.length === list.length) {
        socket.close();
        resolve(answers);
      } else {
        socket.send(list[answers.length]);
      }
    };
    socket.onclose = (event) => resolve({code: event.code, reason: event.reason});
  }), [service, options, messages]);
}

describe('the help desk', () => {
  test('a visitor asks, an operator takes and answers, and each sees what the other does', patience, async () => {
    const joe = await visit();
    await joe.reads('help-presence', 'Nobody is at the desk');
    const ann = await sitDown('Ann');
    await joe.reads('help-presence', 'We are here');
    await joe.page.fill('#help-name', 'Joe');
    await joe.page.press('#help-name', 'Enter');
    await joe.say('Does No. 3 show <b>Saturn</b>?');
    await joe.reads('help-lines', 'Delivered');
    await ann.row('Joe').waitFor();
    assert.match(await ann.row('Joe').innerText(), /waits \d+ s[\s\S]*<b>Saturn<\/b>[\s\S]*1/);
    assert.strictEqual(await ann.page.title(), '(1) Help desk');
    await ann.read('Joe');
    await joe.reads('help-lines', 'Seen');
    assert.ok(await ann.page.isDisabled('#text'), 'who has not taken it cannot answer');
    await ann.page.click('#take');
    await joe.reads('help-lines', 'Ann has joined the conversation.');
    await joe.reads('help-presence', 'You are talking with Ann.');
    await ann.page.click('#canned button');
    await joe.reads('help-typing', 'Ann is typing');
    await ann.page.press('#text', 'Enter');
    await joe.reads('help-lines', 'Hello! How may I help you?');
    await joe.lacks('help-typing', 'typing');
    await ann.reads('log', 'Seen');
    await joe.page.type('#help-text', 'The rings, I mean');
    await ann.reads('typing', 'Joe is typing');
    await joe.page.screenshot({path: screenshotPath('help-desk-visitor.png')});
    await joe.page.press('#help-text', 'Enter');
    await ann.reads('log', 'The rings, I mean');
    await ann.lacks('typing', 'typing');
    await ann.page.screenshot({path: screenshotPath('help-desk-operator.png')});
    await ann.page.click('#end');
    await joe.reads('help-lines', 'Ann has ended the conversation.');
    await joe.say('One thing more');
    await ann.reads('state', 'Waits for somebody.');
    await joe.page.click('#help-end');
    await ann.reads('log', 'Joe has ended the conversation.');
    await joe.leave();
    await ann.leave();
  });
  test('a closed chat counts what is unread, Escape closes it, and the focus goes along', patience, async () => {
    const kim = await visit();
    const ann = await sitDown('Ann');
    await kim.say('Is the chart in stock? Kim');
    await ann.take('Kim');
    await kim.page.press('#help-text', 'Escape');
    assert.ok(await kim.page.isHidden('#help-panel'));
    assert.strictEqual(await kim.page.evaluate(() => document.activeElement.id), 'help-bubble');
    await ann.say('It is.');
    await ann.say('Shall I put one aside?');
    await kim.page.waitForFunction(() => document.querySelector('.help-badge').textContent === '2');
    assert.match(await kim.page.title(), /^\(2\) /);
    assert.doesNotMatch(await ann.page.innerText('#log'), /Seen/);
    await kim.page.keyboard.press('Enter'); // the bubble has the focus
    assert.strictEqual(await kim.page.evaluate(() => document.activeElement.id), 'help-text');
    await ann.reads('log', 'Seen');
    assert.doesNotMatch(await kim.page.title(), /^\(/);
    await kim.leave();
    await ann.leave();
  });
  test('a visitor who reloads has the conversation still, and in another tab there is none of it', patience, async () => {
    const lee = await visit();
    const ann = await sitDown('Ann');
    await lee.say('Lee here: how heavy is it?');
    await ann.take('Lee here');
    await ann.say('Two kilograms');
    await lee.reads('help-lines', 'Two kilograms');
    const secret = await lee.secret();
    assert.match(secret, /^[0-9a-f]{32}$/);
    await lee.page.reload();
    await lee.reads('help-lines', 'Two kilograms');
    await lee.reads('help-presence', 'You are talking with Ann.');
    assert.strictEqual(await lee.secret(), secret);
    await lee.say('Thank you');
    await ann.reads('log', 'Thank you');
    await ann.page.reload();
    await ann.read('Thank you'); // it is hers still
    await ann.reads('state', 'yours');
    const other = await visit();
    assert.strictEqual(await other.page.innerText('#help-lines'), '');
    assert.ok(!(await ann.page.content()).includes(secret), 'operators are not told the secret');
    await other.leave();
    await lee.leave();
    await ann.leave();
  });
  test('what belongs to one operator the others see and read, and cannot answer', patience, async () => {
    const mia = await visit();
    const ann = await sitDown('Ann');
    const bob = await sitDown('Bob');
    await mia.say('Mia would like a lantern');
    await bob.read('Mia');
    await ann.take('Mia');
    await bob.reads('state', 'Ann has this conversation.');
    assert.ok(await bob.page.isDisabled('#text'));
    assert.ok(await bob.page.isHidden('#take'));
    await ann.say('A red one?');
    await bob.reads('log', 'A red one?');
    const id = Number(await bob.row('A red one?').getAttribute('data-id'));
    // hello is answered twice: what it says, and who is at the desk.
    const say = {type: 'say', id, key: 'a', text: 'I know better'};
    const answers = await ask(bob.page, '/operators', {token}, [{type: 'hello', name: 'Eve'}, say, say].map((one) => JSON.stringify(one)));
    assert.strictEqual(answers.find((answer) => answer.type === 'error').text, 'Ann has taken it');
    assert.doesNotMatch(await mia.page.innerText('#help-lines'), /I know better/);
    await mia.leave();
    await ann.leave();
    await bob.leave();
  });
  test('lines written while the connection is lost arrive, once and in order', patience, async () => {
    const proxy = await startProxy(Number(new URL(url).port));
    const ned = await visit({base: proxy.url});
    const ann = await sitDown('Ann');
    await ned.say('Ned: one');
    await ann.take('Ned: one');
    for (const text of ['two', 'three']) {
      proxy.cut();
      await ned.say(text);
      await ann.say(`answer to ${text}`);
      await ned.reads('help-lines', `answer to ${text}`);
    }
    await ann.reads('log', 'three');
    await ned.page.waitForFunction(() => document.querySelectorAll('#help-lines .pending').length === 0);
    assert.deepStrictEqual(await ann.page.locator('#log .theirs .said').allInnerTexts(), ['Ned: one', 'two', 'three']);
    await ned.leave();
    await ann.leave();
    await proxy.stop();
  });
  for (const transport of ['xhr_poll', 'jsonp']) {
    test(`a visitor by ${transport} alone is served all the same`, patience, async () => {
      const ota = await visit({query: `?transport=${transport}`});
      const ann = await sitDown('Ann');
      await ota.say(`Ota by ${transport}`);
      await ann.take(`Ota by ${transport}`);
      await ann.say('I hear you');
      await ota.reads('help-lines', 'I hear you');
      await ota.leave();
      await ann.leave();
    });
  }
  test('the desk opens by its link alone, and the token goes from the address bar', patience, async () => {
    const eve = await openPage(`${url}desk/#${'0'.repeat(32)}`, desktop);
    await eve.page.fill('#name', 'Eve');
    await eve.page.press('#name', 'Enter');
    await eve.reads('trouble', 'This link does not open the desk.');
    for (const options of [{}, {token: ''}, {token: token.slice(1)}, {transports: ['xhr_poll'], token: 'x'}]) {
      assert.deepStrictEqual(await ask(eve.page, '/operators', options, ['{}']), {code: 4403, reason: 'this link does not open the desk'});
    }
    await eve.leave();
    const ann = await sitDown('Ann');
    assert.strictEqual(ann.page.url(), `${url}desk/`);
    await ann.page.reload();
    await ann.reads('operators', 'Ann');
    await ann.leave();
  });
  test('what the server does not take is answered with what it expected', patience, async () => {
    const zoe = await visit({shy: true});
    const say = (text) => JSON.stringify({type: 'say', key: 'k-1', text});
    const answers = await ask(zoe.page, '/help', {}, ['nonsense', '[]', '{"type":"shout"}', '{"type":"say"}', say(' \n '), say('\u20ac'.repeat(1334)),
      '{"type":"typing","on":true}', '{"type":"hello","id":"unknown"}']);
    assert.deepStrictEqual(answers.slice(0, -1).map((answer) => [answer.type, answer.text]), [
      ['error', 'expected a JSON object with a type'],
      ['error', 'expected a JSON object with a type'],
      ['error', 'expected a type: hello, say, name, typing, seen or end'],
      ['error', 'expected "key", a text'],
      ['error', 'expected "text" with something in it'],
      ['error', 'expected "text" of at most 4000 bytes'],
      ['error', 'there is no conversation yet']
    ]);
    assert.deepStrictEqual([answers.at(-1).type, answers.at(-1).forgotten], ['welcome', true]);
    await zoe.leave();
  });
  test('phones show one thing at a time, without sideways scrolling', patience, async () => {
    const pia = await visit({options: {...phone, colorScheme: 'dark'}});
    const ann = await sitDown('Ann', {options: {...phone, colorScheme: 'dark'}});
    await pia.say('Pia on the phone: ' + 'x'.repeat(80));
    await ann.row('Pia').waitFor();
    assert.ok(await ann.page.isHidden('#talk'));
    await ann.page.screenshot({path: screenshotPath('help-desk-operator-phone-list.png')});
    await ann.take('Pia');
    assert.ok(await ann.page.isHidden('#list'));
    await ann.say('Good evening!');
    await pia.reads('help-lines', 'Good evening!');
    for (const {page} of [ann, pia]) {
      assert.strictEqual(await page.evaluate(() => document.documentElement.scrollWidth), 390);
    }
    const send = await pia.page.locator('#help-send').boundingBox();
    assert.ok(send.x + send.width <= 390 && send.y + send.height <= 844, JSON.stringify(send));
    await pia.page.screenshot({path: screenshotPath('help-desk-visitor-phone.png')});
    await ann.page.screenshot({path: screenshotPath('help-desk-operator-phone.png')});
    await ann.page.press('#text', 'Escape');
    assert.ok(await ann.page.isVisible('#list'));
    await pia.page.press('#help-text', 'Escape');
    await pia.page.screenshot({path: screenshotPath('help-desk-shop-phone.png')});
    await pia.leave();
    await ann.leave();
  });
  test('it stops on a signal although people talk', patience, async () => {
    const tom = await visit();
    await tom.say('Bye');
    await tom.reads('help-lines', 'Delivered');
    child.kill('SIGINT');
    assert.strictEqual(await within(exited, 'the end of help_desk'), 0);
    await tom.reads('help-banner', 'cannot be reached');
    await tom.leave();
  });
});
