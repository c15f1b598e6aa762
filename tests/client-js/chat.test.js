// The chat's parts without a browser: what it accepts from others, and what it makes of it.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {describe, test} = require('node:test');
const {checkEs3} = require('./support/es3.js');
const {runInOldBrowser} = require('./support/world.js');

const folder = path.join(__dirname, '../../examples/chat/www');
const {Chat} = runInOldBrowser(['dom.js', 'protocol.js', 'model.js'].map((name) => fs.readFileSync(path.join(folder, name), 'utf8')));
const id = 'abcdefgh12345678';

fs.readdirSync(folder).filter((name) => name.endsWith('.js')).forEach((name) => {
  test(`the chat's ${name} is ECMAScript 3`, () => checkEs3(fs.readFileSync(path.join(folder, name), 'utf8')));
});

test('the page has no inline script or style, so that a strict policy holds', () => {
  const page = fs.readFileSync(path.join(folder, 'index.html'), 'utf8');
  assert.match(page, /Content-Security-Policy/);
  assert.ok(!/<script>|<script [^>]*>[^<]|<style| style=| on[a-z]+=/.test(page));
});

test('no text from elsewhere is ever read as HTML', () => {
  fs.readdirSync(folder).filter((name) => name.endsWith('.js')).forEach((name) => {
    assert.ok(!/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/.test(fs.readFileSync(path.join(folder, name), 'utf8')), name);
  });
});

describe('what arrives', () => {
  const good = {chat: 1, kind: 'say', id, name: 'Ann', room: 'lobby', n: 1, text: 'hello'};
  const decode = (message) => Chat.protocol.decode(typeof message === 'string' ? message : JSON.stringify(message));

  test('a good message comes through', () => {
    const message = decode(good);
    assert.deepStrictEqual([message.kind, message.id, message.name, message.room, message.n, message.text],
      ['say', id, 'Ann', 'lobby', 1, 'hello']);
  });
  const bad = [
    '', 'x', '[]', 'null', '1', '"say"', '{}', {...good, chat: 2}, {...good, chat: undefined}, {...good, kind: 'shout'}, {...good, kind: 'toString'},
    {...good, kind: 1}, {...good, id: 'short'}, {...good, id: 'A'.repeat(16)}, {...good, id: 'a'.repeat(33)}, {...good, id: {}},
    {...good, name: ''}, {...good, name: ' \u202e\n '}, {...good, name: 5}, {...good, room: ''}, {...good, room: '##'}, {...good, room: []},
    {...good, n: '1'}, {...good, n: -1}, {...good, n: null}, {...good, text: ''}, {...good, text: ' \n '}, {...good, text: 7},
    {...good, text: 'x'.repeat(20000)}
  ];
  bad.forEach((message) => test(`dropped: ${JSON.stringify(message).substring(0, 90)}`, () => assert.strictEqual(decode(message), null)));

  test('sizes are cut', () => {
    assert.strictEqual(decode({...good, name: 'n'.repeat(500)}).name.length, 32);
    assert.strictEqual(decode({...good, room: 'r'.repeat(500)}).room.length, 32);
    assert.strictEqual(decode({...good, text: 't'.repeat(5000)}).text.length, 2000);
    assert.strictEqual(decode({...good, text: 't\n'.repeat(900)}).text.split('\n').length, 60);
  });
  test('no half of a character is left by a cut', () => {
    assert.strictEqual(decode({...good, name: 'n'.repeat(31) + '\u{1f600}'}).name, 'n'.repeat(31));
  });
  test('marks that turn the direction of text, and controls, are taken out', () => {
    assert.strictEqual(decode({...good, name: 'An\u202en\u0000a'}).name, 'An n a');
    assert.strictEqual(decode({...good, text: 'a\u202eb\u2066c\u0007d\r\ne\tf'}).text, 'abcd\ne  f');
  });
  test('half a surrogate pair is dropped, for a link to a room must have an address', () => {
    const message = decode({...good, name: 'An\ud83dn', room: 'dev\ude00', text: 'a\ud83d\ude00b\ud83d'});
    assert.deepStrictEqual([message.name, message.room, message.text], ['Ann', 'dev', 'a\u{1f600}b']);
    assert.strictEqual(decode({...good, room: '\ud800'}), null);
  });
  ['\u200d', '\u3164', '\u2800', '\u00ad', '\ufe0f\u200c', '\u0301\u0301', '\u115f \uffa0'].forEach((invisible) => {
    test(`nobody and no room is called ${JSON.stringify(invisible)}, where nothing is to be seen`, () => {
      assert.strictEqual(decode({...good, name: invisible}), null);
      assert.strictEqual(decode({...good, room: invisible}), null);
    });
  });
  test('marks do not pile up', () => {
    assert.strictEqual(decode({...good, text: 'a' + '\u0301'.repeat(500) + 'b'}).text, 'a\u0301\u0301\u0301b');
    assert.strictEqual(decode({...good, text: 'vie\u0302\u0323t'}).text, 'vie\u0302\u0323t');
  });
  test('room names have one form', () => {
    ['#Dev Room', ' dev  room ', 'DEV-ROOM', 'dev/room', '##dev room##'].forEach((name) => {
      assert.strictEqual(Chat.protocol.cleanRoom(name), 'dev-room', name);
    });
  });
});

describe('what the page makes of it', () => {
  function openModel() {
    const log = [];
    const note = (name) => () => log.push(name);
    const model = Chat.createModel({id: 'me00000000000000', name: 'Me'},
      {people: note('people'), rooms: note('rooms'), typing: note('typing'), added: (room, item) => log.push([room.name, item.text])});
    model.visit('lobby');
    const from = (who, kind, more) => model.receive({kind, id: who + '0000000', name: who.toUpperCase(), room: 'lobby', ask: false, on: false,
      ...more}, model.time || 0);
    return {model, log, from};
  }
  const texts = (model, room) => Array.from(model.room(room).items, (item) => item.text);

  test('somebody who comes in is noted, somebody who is there already is not', () => {
    const {model, from} = openModel();
    from('a', 'here');
    from('b', 'join');
    from('b', 'here');
    assert.deepStrictEqual(Array.from(model.peopleIn('lobby'), (person) => person.name), ['A', 'B']);
    assert.deepStrictEqual(texts(model, 'lobby'), ['B came in']);
  });
  test('leaving, going elsewhere, a new name', () => {
    const {model, from} = openModel();
    ['a', 'b', 'c'].forEach((who) => from(who, 'here'));
    from('a', 'leave');
    from('b', 'join', {room: 'dev'});
    from('c', 'here', {name: 'Cy'});
    assert.deepStrictEqual(texts(model, 'lobby'), ['A left', 'B went to #dev', 'C is now Cy']);
    assert.deepStrictEqual(Array.from(model.peopleIn('dev'), (person) => person.name), ['B']);
  });
  test('whoever falls silent is gone after 75 s', () => {
    const {model, from} = openModel();
    from('a', 'here');
    model.sweep(75000);
    assert.strictEqual(model.peopleIn('lobby').length, 1);
    model.sweep(75001);
    assert.strictEqual(model.peopleIn('lobby').length, 0);
  });
  test('typing ends after 6 s, with a message, and by saying so', () => {
    const {model, from} = openModel();
    from('a', 'typing', {on: true});
    assert.deepStrictEqual(Array.from(model.typingIn('lobby')), ['A']);
    model.sweep(5999);
    assert.strictEqual(model.typingIn('lobby').length, 1);
    model.sweep(6000);
    assert.strictEqual(model.typingIn('lobby').length, 0);
    from('a', 'typing', {on: true});
    from('a', 'say', {n: 1, text: 'x'});
    assert.strictEqual(model.typingIn('lobby').length, 0);
    from('a', 'typing', {on: true});
    from('a', 'typing', {on: false});
    assert.strictEqual(model.typingIn('lobby').length, 0);
  });
  test('a message that comes twice is shown once', () => {
    const {model, from} = openModel();
    from('a', 'say', {n: 1, text: 'one'});
    from('a', 'say', {n: 1, text: 'one'});
    from('a', 'say', {n: 2, text: 'two'});
    assert.deepStrictEqual(texts(model, 'lobby'), ['one', 'two']);
  });
  test('an own message is pending until the same one comes back', () => {
    const {model} = openModel();
    const mine = {kind: 'say', id: 'me00000000000000', name: 'Me', room: 'lobby', n: 1, text: 'mine'};
    model.say(mine, 0);
    assert.strictEqual(model.receive({...mine, text: 'forged'}, 0), null);
    assert.strictEqual(model.room('lobby').items[0].pending, true);
    assert.strictEqual(model.receive(mine, 0), model.room('lobby').items[0]);
    assert.strictEqual(model.room('lobby').items[0].pending, false);
    assert.strictEqual(model.receive(mine, 0), null);
    assert.strictEqual(model.room('lobby').items.length, 1);
  });
  test('rooms, people and lines are bounded', () => {
    const {model, from} = openModel();
    for (let i = 0; i < 500; i++) {
      from('p' + i, 'join', {room: 'r' + i});
    }
    assert.strictEqual(model.knownPeople(), 300);
    assert.ok(model.rooms().length <= 60);
    for (let i = 0; i < 500; i++) {
      from('p1', 'say', {n: i, text: 'x' + i});
    }
    assert.strictEqual(model.room('lobby').items.length, 300);
  });
  test('an id or a room that is the name of an object\'s member is like any other', () => {
    const {model} = openModel();
    ['join', 'typing', 'say', 'leave'].forEach((kind) => model.receive({kind, id: 'constructor', name: 'Con', room: 'constructor', n: 1,
      text: 'x', on: true}, 0));
    assert.strictEqual(model.knownPeople(), 0);
    assert.deepStrictEqual(texts(model, 'constructor'), ['x']);
  });
  test('a room that nobody visited goes when nobody is there', () => {
    const {model, from} = openModel();
    from('a', 'join', {room: 'dev'});
    assert.strictEqual(model.rooms().length, 2);
    from('a', 'leave');
    model.sweep(0);
    assert.strictEqual(model.rooms().length, 1);
  });
});
