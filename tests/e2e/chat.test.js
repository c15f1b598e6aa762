// The chat as people meet it: two pages of a real browser on different transports, talking through the real server.
'use strict';
const assert = require('node:assert');
const {after, before, describe, test} = require('node:test');
const {screenshotPath, startProxy, startServer} = require('./support.js');
const visitor = require('./chat_visitor.js');

const {desktop, patience, shown} = visitor;

const stage = visitor.stage();
const {visit} = stage;

[['websocket', 'xhr_poll'], ['xhr_stream', 'websocket'], ['xhr_poll', 'xhr_stream'], ['eventsource', 'jsonp'],
  ['forever_frame', 'websocket']].forEach(([first, second]) => {
  describe(`a page on ${first} and a page on ${second}`, () => {
    let ann;
    let bob;
    before(async () => {
      ann = await visit({transport: first, name: 'Ann'});
      bob = await visit({transport: second, name: 'Bob'});
    }, patience);
    after(async () => {
      await ann.leave();
      await bob.leave();
    }, patience);

    test('each shows its transport', patience, async () => {
      await ann.reads('pill-text', shown[first]);
      await bob.reads('pill-text', shown[second]);
      await bob.reads('report', shown[second] + ' got through in');
    });
    test('each sees the other as here', patience, async () => {
      await ann.reads('people', 'Bob');
      await bob.reads('people', 'Ann');
      await bob.reads('room-people', 'Ann and you');
    });
    test('messages go both ways, in order and unchanged', patience, async () => {
      const lines = ['Hello, Bob!', 'Gr\u00fc\u00dfe \u65e5\u672c \u{1f44b} "quoted" \\ back', 'two\nlines', '<b>not bold</b> &amp;'];
      for (const line of lines) {
        await ann.say(line);
      }
      for (const line of lines) {
        await bob.sees(line);
        await ann.sent(line);
      }
      await bob.say('Hello, Ann!');
      await ann.sees('Hello, Ann!');
      await bob.sent('Hello, Ann!');
      assert.deepStrictEqual(await bob.page.$$eval('.say:not(.own) .bubble', (bubbles) => bubbles.map((bubble) => bubble.innerText)), lines);
    });
    test('typing is shown, and ends with the message', patience, async () => {
      await bob.page.type('#text', 'so');
      await ann.reads('typing', 'Bob is typing');
      await bob.say('so it goes');
      await ann.lacks('typing', 'typing');
    });
    test('a message in another room is marked there until it is read', patience, async () => {
      await bob.join(`side-${first}`);
      await bob.say('over here');
      await ann.page.waitForSelector(`#rooms li.unread:has-text("side-${first}") .badge:has-text("1")`);
      await ann.page.waitForFunction(() => /^\(1\) #lobby/.test(document.title));
      await ann.reads('room-people', 'only you');
      await ann.page.screenshot({path: screenshotPath(`chat-${first}-${second}-unread.png`)});
      await ann.page.click(`#rooms a:has-text("side-${first}")`);
      await ann.sees('over here');
      await ann.page.waitForFunction(() => /^#side/.test(document.title));
      assert.match(ann.page.url(), new RegExp(`#side-${first}$`));
      assert.strictEqual(await ann.page.$('#rooms li.unread'), null);
    });
    test('leaving is seen', patience, async () => {
      const cy = await visit({transport: second, name: 'Cy', hash: `#side-${first}`});
      await ann.reads('people', 'Cy');
      await cy.join('elsewhere');
      await ann.lacks('people', 'Cy');
      await cy.leave();
    });
  });
});

describe('one page', () => {
  test('an empty room says what to do, and a second tab gets a name of its own', patience, async () => {
    const context = await stage.browser.newContext({...desktop, colorScheme: 'light'});
    const one = await visit({context, hash: '#quiet'});
    await one.reads('welcome', 'second tab');
    await one.rename('Dee');
    await one.page.screenshot({path: screenshotPath('chat-first-visit.png')});
    const two = await visit({context, hash: '#quiet'});
    await one.reads('people', 'Dee 2');
    await two.reads('welcome', 'Dee');
    await two.leave();
    await one.reads('messages', 'Dee 2 left');
    await context.close();
  });
  test('a change of transport keeps the conversation', patience, async () => {
    const eve = await visit({name: 'Eve', hash: '#moving'});
    const fay = await visit({name: 'Fay', hash: '#moving'});
    for (const transport of ['xhr_poll', 'xhr_stream', 'websocket']) {
      await eve.use(transport);
      await eve.say('by ' + transport);
      await fay.sees('by ' + transport);
      await fay.say('heard ' + transport);
      await eve.sees('heard ' + transport);
    }
    await eve.leave();
    await fay.leave();
  });
  test('a lost connection is shown, and goes on with all that was said meanwhile', patience, async () => {
    const proxy = await startProxy(stage.server.port);
    const ida = await visitor.visit({...stage.server, url: proxy.url}, stage.browser, {name: 'Ida', hash: '#cut'});
    const jon = await visit({name: 'Jon', hash: '#cut'});
    await ida.reads('people', 'Jon');
    proxy.refuse(/./);
    proxy.cut();
    await ida.page.waitForSelector('#banner.shown');
    await jon.say('meanwhile');
    await ida.say('still here');
    proxy.refuse(null);
    await ida.sees('meanwhile');
    await jon.sees('still here');
    await ida.page.waitForSelector('#banner:not(.shown)', {state: 'attached'});
    assert.strictEqual(await jon.page.$$eval('.bubble', (bubbles) => bubbles.filter((bubble) => bubble.innerText === 'still here').length), 1);
    await ida.leave();
    await jon.leave();
    await proxy.stop();
  });
  test('whatever anybody sends is text at most', patience, async () => {
    const gil = await visit({name: 'Gil', hash: '#hostile'});
    const attack = await visit({name: 'Mal', hash: '#hostile'});
    await attack.page.evaluate(() => new Promise((resolve) => {
      const socket = new Encke.Socket('/chat');
      const base = {chat: 1, kind: 'say', id: 'x'.repeat(16), name: '<img src=x onerror=alert(1)>', room: 'hostile'};
      socket.onopen = () => {
        ['', 'null', '[1', '{"chat":1}', JSON.stringify({...base, n: 1, text: {}}), JSON.stringify({...base, kind: '__proto__'}),
          JSON.stringify({...base, n: 2, text: '<script>alert(2)</script> javascript:alert(3) https://a.test/"onclick="alert(4)'}),
          JSON.stringify({...base, id: 'constructor', n: 3, text: 'the end'})].forEach((text) => socket.send(text));
        socket.close();
      };
      socket.onclose = resolve;
    }));
    await gil.sees('the end');
    const tags = await gil.page.$$eval('#messages script, #messages img, #people img, #messages [onclick]', (found) => found.length);
    const links = await gil.page.$$eval('#messages a', (found) => found.map((link) => link.href));
    assert.deepStrictEqual([tags, links], [0, ['https://a.test/']]);
    await gil.leave();
    await attack.leave();
  });
  test('the first visit keeps its welcome in place while things change, and its first Tab leads to writing', patience, async () => {
    const uma = await visit({name: 'Uma', hash: '#still'});
    await uma.page.evaluate(() => {
      window.icon = document.querySelector('#welcome img');
      document.getElementById('change-name').focus();
    });
    const val = await visit({name: 'Val', hash: '#still'});
    await uma.reads('welcome', 'Val is here');
    assert.deepStrictEqual(await uma.page.evaluate(() => [window.icon === document.querySelector('#welcome img'), window.icon.complete,
      document.activeElement.id]), [true, true, 'change-name']);
    await uma.page.focus('#skip');
    await uma.page.keyboard.press('Enter');
    await uma.page.waitForFunction(() => document.activeElement.id === 'text');
    assert.strictEqual(await uma.page.textContent('#room-title'), '#still');
    await uma.leave();
    await val.leave();
  });
  test('a click on a room counts, whatever arrives while the button is down', patience, async () => {
    const wes = await visit({name: 'Wes', hash: '#target'});
    await wes.join('here');
    const zoe = await visit({name: 'Zoe', hash: '#target'});
    const box = await wes.page.locator('#rooms a:has-text("target")').boundingBox();
    await wes.page.mouse.move(box.x + 30, box.y + box.height / 2);
    await wes.page.mouse.down();
    await zoe.say('busy');
    await wes.page.waitForSelector('#rooms li.unread:has-text("target")');
    await wes.page.mouse.up();
    await wes.reads('room-title', '#target');
    await wes.leave();
    await zoe.leave();
  });
  test('the mark of what is new stands before the first unread message, not behind it', patience, async () => {
    const amy = await visit({name: 'Amy', hash: '#marked'});
    await amy.join('away');
    const ben = await visit({name: 'Ben', hash: '#marked'});
    await ben.say('unread');
    await amy.page.waitForSelector('#rooms li.unread:has-text("marked")');
    const cat = await visit({name: 'Cat', hash: '#marked'});
    await cat.leave();
    await amy.reads('rooms', 'marked');
    await ben.reads('messages', 'Cat left');
    await amy.page.click('#rooms a:has-text("marked")');
    await amy.reads('messages', 'Cat left');
    const lines = await amy.page.$$eval('#messages > *', (found) => found.map((line) => line.className.split(' ')[0]));
    assert.deepStrictEqual(lines.filter((line) => line !== 'note'), ['divider', 'say']);
    assert.strictEqual(lines.indexOf('say'), lines.indexOf('divider') + 1);
    assert.strictEqual(lines.pop(), 'note');
    await amy.leave();
    await ben.leave();
  });
  test('a room whose name is half a character, or nothing to see, harms nobody', patience, async () => {
    const dan = await visit({name: 'Dan', hash: '#sound'});
    await dan.page.evaluate(() => new Promise((resolve) => {
      const socket = new Encke.Socket('/chat');
      socket.onopen = () => {
        socket.send('{"chat":1,"kind":"join","id":"yyyyyyyyyyyyyyyy","name":"Mal","room":"x\\ud800"}');
        socket.send('{"chat":1,"kind":"say","id":"zzzzzzzzzzzzzzzz","name":"Ed","room":"sound","n":1,"text":"still here"}');
        socket.close();
      };
      socket.onclose = resolve;
    }));
    await dan.sees('still here');
    await dan.reads('rooms', 'x');
    await dan.leave();
  });
  test('nothing said during a change of transport is missed', patience, async () => {
    const eli = await visit({name: 'Eli', hash: '#bridge', transport: 'websocket'});
    const flo = await visit({name: 'Flo', hash: '#bridge'});
    let letThrough;
    const held = new Promise((resolve) => {
      letThrough = resolve;
    });
    await eli.page.route('**/xhr?*', async (route) => {
      await held;
      await route.continue();
    });
    await eli.page.selectOption('#transport', 'xhr_poll');
    await flo.say('while you change');
    await eli.sees('while you change');
    await eli.say('written meanwhile');
    letThrough();
    await flo.sees('written meanwhile');
    await eli.reads('pill-text', 'XHR polling');
    await eli.leave();
    await flo.leave();
  });
  test('a connection that is dead without a word is replaced', patience, async () => {
    let dead = false;
    const gus = await visit({name: 'Gus', hash: '#dead', prepare: async (page) => {
      await page.clock.install();
      await page.routeWebSocket(/./, (socket) => {
        const first = !dead;
        const server = socket.connectToServer();
        socket.onMessage((message) => first && dead || server.send(message));
        server.onMessage((message) => first && dead || socket.send(message));
      });
    }});
    const hen = await visit({name: 'Hen', hash: '#dead'});
    dead = true;
    await gus.say('into the void?');
    await gus.page.waitForSelector('.say.own.pending');
    await gus.page.clock.fastForward(11000);
    await hen.sees('into the void?');
    await gus.sent('into the void?');
    await gus.leave();
    await hen.leave();
  });
  test('reading back is not disturbed by what arrives', patience, async () => {
    const hal = await visit({name: 'Hal', hash: '#long'});
    const ida = await visit({name: 'Ida', hash: '#long'});
    for (let i = 0; i < 30; i++) {
      await ida.say('line ' + i + '\nand more');
    }
    await hal.sees('line 29\nand more');
    const position = () => hal.page.$eval('#scroll', (element) => [element.scrollTop, element.scrollHeight - element.clientHeight]);
    const [atEnd, end] = await position();
    assert.ok(end - atEnd < 2);
    await hal.page.$eval('#scroll', (element) => {
      element.scrollTop = 100;
    });
    await hal.page.waitForSelector('#jump.shown');
    await ida.say('news');
    await hal.reads('jump', '1 new message');
    assert.strictEqual((await position())[0], 100);
    await hal.page.click('#jump');
    await hal.page.waitForSelector('#jump:not(.shown)', {state: 'hidden'});
    const [now, last] = await position();
    assert.ok(last - now < 2);
    await hal.leave();
    await ida.leave();
  });
});

test('when the server is gone the page says so, and sends what was written when it is back', {timeout: 60000}, async () => {
  const ned = await visit({name: 'Ned', hash: '#restart', transport: 'xhr_poll'});
  const oda = await visit({name: 'Oda', hash: '#restart'});
  assert.strictEqual(await stage.server.stop(), 0);
  await ned.page.waitForSelector('#banner.shown');
  await oda.page.waitForSelector('#banner.shown');
  await ned.say('written without a connection');
  await ned.page.waitForSelector('.say.own.pending');
  await ned.page.screenshot({path: screenshotPath('chat-not-connected.png')});
  // The service keeps no history: whoever is to read it has to be back first.
  await ned.page.context().setOffline(true);
  stage.server = await startServer({port: stage.server.port});
  await oda.page.waitForSelector('#dot.open', {state: 'attached'});
  await ned.page.context().setOffline(false);
  await ned.page.waitForSelector('#dot.open', {state: 'attached'});
  await oda.sees('written without a connection');
  await ned.sent('written without a connection');
  await ned.leave();
  await oda.leave();
});
