// The parts of examples/irc without a browser: the lines of IRC, and what the page makes of them.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {describe, test} = require('node:test');
const {checkEs3} = require('./support/es3.js');
const {runInOldBrowser} = require('./support/world.js');

const folder = path.join(__dirname, '../../examples/irc/www');
const names = fs.readdirSync(folder).filter((name) => name.endsWith('.js'));
const {Irc} = runInOldBrowser(['lines.js', 'model.js', 'commands.js'].map((name) => fs.readFileSync(path.join(folder, name), 'utf8')));
/** The same, of this world's prototypes. */
const same = (value) => JSON.parse(JSON.stringify(value));

names.forEach((name) => test(`the IRC page's ${name} is ECMAScript 3`, () => checkEs3(fs.readFileSync(path.join(folder, name), 'utf8'))));

test('the page has no inline script or style, and reads no text from elsewhere as HTML', () => {
  const page = fs.readFileSync(path.join(folder, 'index.html'), 'utf8');
  assert.match(page, /Content-Security-Policy/);
  assert.ok(!/<script>|<script [^>]*>[^<]|<style| style=| on[a-z]+=/.test(page));
  names.forEach((name) => assert.ok(!/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/.test(fs.readFileSync(path.join(folder, name), 'utf8')), name));
});

describe('lines', () => {
  test('come whole, wherever the pieces are cut', () => {
    const text = 'PING :a\r\n:b!c@d PRIVMSG #e :f g\r\n\n';
    for (let cut = 0; cut <= text.length; cut++) {
      const came = [];
      const feed = Irc.lines.createReader((line) => came.push(line));
      feed(text.substring(0, cut));
      feed(text.substring(cut));
      assert.deepStrictEqual(came, ['PING :a', ':b!c@d PRIVMSG #e :f g', '']);
    }
  });
  test('are given up where they do not end', () => {
    const came = [];
    const feed = Irc.lines.createReader((line) => came.push(line));
    feed('x'.repeat(65537));
    feed('y\n');
    assert.deepStrictEqual(came, ['y']);
  });
  [
    ['PING :a b', {nick: '', command: 'PING', params: ['a b']}],
    [':n!u@h privmsg #c :', {nick: 'n', command: 'PRIVMSG', params: ['#c', '']}],
    [':s 353 me = #c :@a b ', {nick: 's', command: '353', params: ['me', '=', '#c', '@a b ']}],
    ['@t=1 :n JOIN  #c', {nick: 'n', command: 'JOIN', params: ['#c']}],
    [':n MODE #c +o  a', {nick: 'n', command: 'MODE', params: ['#c', '+o', 'a']}],
    ['', null], [':only', null]
  ].forEach(([line, expected]) => test(`"${line}" is read`, () => {
    const read = Irc.lines.parse(line);
    assert.deepStrictEqual(read && same(read), expected);
  }));
  test('lose colours, controls and marks of direction', () => {
    assert.strictEqual(Irc.lines.plain('\x0304,12a\x03b\x02c\x0f\x04ff0000d\u202ee\x7f'), 'abcde');
  });
  test('go out in pieces of at most 380 bytes, cut between words or at least between characters', () => {
    const pieces = (text) => Array.from(Irc.lines.pieces(text));
    assert.deepStrictEqual(pieces('a\nb\r\n \n'), ['a', 'b']);
    assert.deepStrictEqual(pieces('x'.repeat(380)), ['x'.repeat(380)]);
    assert.deepStrictEqual(pieces('x'.repeat(381)), ['x'.repeat(380), 'x']);
    assert.deepStrictEqual(pieces('x'.repeat(300) + ' ' + 'y'.repeat(100)), ['x'.repeat(300), 'y'.repeat(100)]);
    assert.deepStrictEqual(pieces('\u{1f600}'.repeat(100)), ['\u{1f600}'.repeat(95), '\u{1f600}'.repeat(5)]);
    assert.deepStrictEqual(pieces('a\ud800b\udc00'), ['ab']);
    assert.deepStrictEqual(pieces('a\0b'), ['ab']);
  });
});

/** A model with what it has told, after these lines. */
function after(...all) {
  const told = [];
  const model = Irc.createModel({changed: () => {}, added: (room, item) => told.push(`${room.name} ${item.kind} ${item.nick}: ${item.text}`), gone: () => {}});
  const take = (line) => model.received(Irc.lines.parse(line), model.server);
  [':s 001 me :Welcome', ...all].forEach(take);
  return {model, told, take, people: (name) => Array.from(model.people(model.find(name)), (member) => member.rank + member.nick)};
}

describe('the model', () => {
  test('knows who is in a channel, and how they rank', () => {
    const {people, take, model} = after(':me!u@h JOIN #c', ':s 353 me = #c :me @zoe +bob ann', ':s 366 me #c :End');
    assert.deepStrictEqual(people('#C'), ['@zoe', '+bob', 'ann', 'me']);
    take(':eve!u@h JOIN #c');
    take(':bob!u@h NICK rob');
    take(':ann!u@h PART #c');
    take(':zoe!u@h QUIT :bye');
    assert.deepStrictEqual(people('#c'), ['+rob', 'eve', 'me']);
    take(':rob!u@h KICK #c me :out');
    assert.deepStrictEqual([people('#c'), model.find('#c').joined], [[], false]);
  });
  test('names that every object has are names like others', () => {
    const {people, model} = after(':me!u@h JOIN #c', ':s 353 me = #c :constructor __proto__ hasOwnProperty', ':constructor PRIVMSG me :hi');
    assert.deepStrictEqual(people('#c'), ['__proto__', 'constructor', 'hasOwnProperty', 'me']);
    assert.ok(model.find('constructor'));
  });
  test('puts what is said where it belongs', () => {
    const {told} = after(':me!u@h JOIN #c', ':ann!u@h PRIVMSG #c :hi', ':ann!u@h PRIVMSG me :psst', ':ann!u@h PRIVMSG #c :\x01ACTION waves\x01',
      ':ann!u@h PRIVMSG me :\x01VERSION\x01', ':s NOTICE me :mind', ':s 404 me #c :Cannot send');
    assert.deepStrictEqual(told.slice(2), ['#c say ann: hi', 'ann say ann: psst', '#c action ann: waves', 'Server notice s: mind', '#c note : #c Cannot send']);
  });
  test('marks a line that names the user, as a word', () => {
    const {model} = after(':me!u@h JOIN #c', ':a PRIVMSG #c :Me: look', ':a PRIVMSG #c :name me', ':a PRIVMSG #c :home', ':me PRIVMSG #c :me');
    assert.deepStrictEqual(Array.from(model.find('#c').items.slice(1), (item) => item.mentions), [true, true, false, false]);
  });
  test('keeps 500 lines of a room, and opens 100 rooms for others', () => {
    const {model, take} = after();
    for (let i = 0; i < 600; i++) {
      take(`:n${i} PRIVMSG me :x`);
      take(':n0 PRIVMSG me :x');
    }
    assert.deepStrictEqual([model.rooms().length, model.find('n0').items.length], [100, 500]);
  });
  test('bears lines that lack what they should have', () => {
    const {take} = after(':me!u@h JOIN #c');
    ['JOIN', 'PART', 'KICK', 'QUIT', 'NICK', 'MODE', 'TOPIC', '332', '353', 'PRIVMSG', 'NOTICE', 'ERROR', '001', '433', '999', 'WHAT'].forEach((command) => {
      take(command);
      take(`:a ${command} #c`);
      take(`${command} #d`);
    });
  });
});

test('what is typed becomes lines, and never more lines than it seems', () => {
  const sent = [];
  const {model} = after(':me!u@h JOIN #c');
  const shown = {room: model.find('#c')};
  const commands = Irc.createCommands(model, {send: (line) => sent.push(line), room: () => shown.room, show: () => {}, tell: (text) => sent.push('told: ' + text)});
  ['hello', '//me', '/me waves', '/msg ann hi there', '/join a,#b', '/nick you\r\nQUIT', '/topic new', '/raw A\nB', '/toString', '/part'].forEach(commands.take);
  shown.room = model.server;
  commands.take('lost');
  assert.deepStrictEqual(sent.map((line) => line.replace(/(no command \/toString).*/, '$1')), ['PRIVMSG #c :hello', 'PRIVMSG #c :/me', 'PRIVMSG #c :\x01ACTION waves\x01',
    'PRIVMSG ann :hi there', 'JOIN #a', 'JOIN #b', 'NICK you  QUIT', 'TOPIC #c :new', 'A B', 'told: There is no command /toString', 'PART #c',
    'told: Choose a channel or a person first.']);
});
