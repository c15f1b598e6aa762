// The widget of examples/help_desk without a browser: what it is written in, and what it makes of the server's messages.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {test} = require('node:test');
const {checkEs3} = require('./support/es3.js');
const {runInOldBrowser} = require('./support/world.js');

const www = path.join(__dirname, '../../examples/help_desk/www');
const widget = fs.readdirSync(path.join(www, 'widget')).filter((name) => name.endsWith('.js')).map((name) => path.join(www, 'widget', name));
const desk = fs.readdirSync(path.join(www, 'desk')).filter((name) => name.endsWith('.js')).map((name) => path.join(www, 'desk', name));

widget.forEach((file) => test(`the widget's ${path.basename(file)} is ECMAScript 3`, () => checkEs3(fs.readFileSync(file, 'utf8'))));

test('the pages have no inline script or style, and read no text from elsewhere as HTML', () => {
  ['index.html', 'desk/index.html'].forEach((name) => {
    const page = fs.readFileSync(path.join(www, name), 'utf8');
    assert.match(page, /Content-Security-Policy/);
    assert.ok(!/<script>|<script [^>]*>[^<]|<style| style=| on[a-z]+=/.test(page), name);
  });
  assert.ok(widget.length > 0 && desk.length > 0);
  [...widget, ...desk].forEach((file) => assert.ok(!/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/.test(fs.readFileSync(file, 'utf8')), file));
});

test('what is written before the desk has said welcome is sent then, and is pending until it comes back', () => {
  const {Help} = runInOldBrowser(['dom.js', 'talk.js'].map((name) => fs.readFileSync(path.join(www, 'widget', name), 'utf8')));
  const memory = {id: () => null, name: () => '', pending: () => [], keep: () => {}};
  const sent = [];
  const talk = Help.createTalk(memory, (message) => sent.push(message), () => {});
  talk.opened();
  assert.ok(talk.say(' hello '));
  assert.ok(!talk.say(' \n'));
  assert.ok(!talk.say('x'.repeat(1001)));
  assert.deepStrictEqual(sent.map((message) => message.type), ['hello']);
  talk.received('{"type":"welcome","staffed":false,"forgotten":false,"lines":[]}');
  assert.deepStrictEqual([sent[1].type, sent[1].text, talk.pending.length], ['say', 'hello', 1]);
  talk.received(JSON.stringify({type: 'line', line: {n: 1, from: 'visitor', key: sent[1].key, text: 'hello', ago: 0}}));
  assert.deepStrictEqual([talk.pending.length, talk.lines.length], [0, 1]);
});
