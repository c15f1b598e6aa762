// encke.min.js: ECMAScript 3 as it comes out of the minifier, one global, its size, its source map, and names that are short on the inside
// only. What it does is what encke.js does: the other files of this folder run on it too (meson.build).
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {test} = require('node:test');
const zlib = require('node:zlib');
const acorn = require('acorn');
const {FakeBrowser} = require('./support/browser.js');
const {builtBundle, listedFiles, readSource, sourceFolder} = require('./support/bundle.js');
const {checkEs3} = require('./support/es3.js');
const {readMap} = require('./support/source_map.js');
const {openPage, openSocket} = require('./support/world.js');

const {js, min, minMap} = builtBundle();
const tokensOf = (source) => [...acorn.tokenizer(source, {ecmaVersion: 3})];
const innerNames = fs.readFileSync(path.join(sourceFolder, 'inner_names.txt'), 'utf8').split('\n').filter((line) => !line.startsWith('#'))
  .join(' ').split(' ').filter((name) => name !== '');

/** The names that stand as a.name or {name: ...} in a script, in their order. */
function propertiesOf(source) {
  const tokens = tokensOf(source);
  return tokens.filter((token, index) => token.type === acorn.tokTypes.name && index > 0 &&
    (tokens[index - 1].type === acorn.tokTypes.dot || (tokens[index + 1] && tokens[index + 1].type === acorn.tokTypes.colon &&
      [acorn.tokTypes.braceL, acorn.tokTypes.comma].includes(tokens[index - 1].type)))).map((token) => token.value);
}

test('encke.min.js is ECMAScript 3 and ASCII, has no eval, and makes one global', (t) => {
  checkEs3(min);
  assert.ok(!/[^\x00-\x7f]/.test(min));
  assert.ok(!tokensOf(min).some((token) => ['eval', 'Function'].includes(token.value)));
  assert.deepStrictEqual(openPage({bundle: min}).newGlobals, ['Encke']);
  t.diagnostic(`encke.min.js has ${min.length} bytes, ${zlib.gzipSync(min, {level: 9}).length} after gzip -9; encke.js has ${js.length}`);
  assert.ok(min.length < js.length * 0.4);
});

test('what inner_names.txt lists is the facade\'s own, and no string names it', () => {
  const used = new Set(listedFiles().flatMap((name) => propertiesOf(readSource(name))));
  const strings = new Set(tokensOf(js).filter((token) => token.type === acorn.tokTypes.string).map((token) => token.value));
  assert.ok(innerNames.length > 100);
  assert.strictEqual(new Set(innerNames).size, innerNames.length);
  innerNames.forEach((name) => {
    assert.ok(used.has(name), `${name} is no property in any file: take it out`);
    assert.ok(!strings.has(name), `${name} is a string too: take it out`);
  });
});

test('no name of the inside is left in encke.min.js, and every name of the outside is', () => {
  const left = new Set(propertiesOf(min));
  const all = [...new Set(propertiesOf(js))];
  const inner = new Set([...innerNames, ...all.filter((name) => name.endsWith('_'))]);
  inner.forEach((name) => assert.ok(!left.has(name), name));
  const gone = all.filter((name) => !left.has(name) && !inner.has(name));
  const strings = new Set(tokensOf(min).filter((token) => token.type === acorn.tokTypes.string).map((token) => token.value));
  assert.deepStrictEqual(gone.filter((name) => !strings.has(name)), []);
});

test('the source map of encke.min.js leads back to the files', () => {
  const map = JSON.parse(minMap);
  assert.deepStrictEqual(map.sources.map((name) => name.replace('client-js/', '')).sort(), listedFiles().sort());
  assert.deepStrictEqual(map.sourcesContent, map.sources.map((name) => readSource(name.replace('client-js/', ''))));
  assert.match(min, /\n\/\/# sourceMappingURL=encke\.min\.js\.map\n?$/);
  const lines = min.split('\n');
  let found = 0;
  readMap(map).forEach(({line, column, source, sourceLine}) => {
    const string = /^"[^"\\']{12,}/.exec(lines[line].substring(column)); // strings come through as they are
    if (string) {
      found++;
      assert.ok(map.sourcesContent[source].split('\n').slice(sourceLine, sourceLine + 4).join('\n').includes(string[0].slice(1, 12)), string[0]);
    }
  });
  assert.ok(found > 50);
});

test('a session of a page with encke.js goes on in one with encke.min.js, and back', () => {
  const browser = new FakeBrowser();
  const tab = browser.openTab();
  const got = [];
  for (let i = 0; i < 4; i++) {
    const page = browser.openPage({bundle: i % 2 ? min : js}, tab);
    const {socket, log} = openSocket(page, {reload: true});
    browser.clock.pass(300);
    browser.server.session.send('down ' + i, Buffer.from([i]));
    socket.send('up ' + i);
    browser.clock.pass(i % 2 ? 300 : 0);
    browser.leave(page);
    got.push(...log.filter(([type]) => type === 'message').map(([, data]) => data));
    assert.deepStrictEqual(log[0], ['open']);
  }
  const last = openSocket(browser.openPage({bundle: js}, tab), {reload: true});
  browser.clock.pass(300);
  got.push(...last.messages());
  assert.deepStrictEqual(got, [0, 1, 2, 3].flatMap((i) => ['down ' + i, [i]]));
  assert.deepStrictEqual(browser.server.session.received.map(String), ['up 0', 'up 1', 'up 2', 'up 3']);
  assert.strictEqual(browser.server.opens, 1);
});

[{}, {locks: false}, {channels: false}, {channels: false, locks: false}].forEach((has) => {
  test(`tabs with encke.js and with encke.min.js share a session ${JSON.stringify(has)}`, () => {
    const browser = new FakeBrowser(has);
    const tabs = [js, min, js, min].map((bundle) => {
      const page = browser.openPage({bundle});
      const tab = {page, ...openSocket(page, {share: true})};
      browser.clock.pass(3000);
      return tab;
    });
    tabs.forEach((tab, i) => {
      tab.socket.send('from ' + i);
      browser.server.session.send('to all ' + i);
      browser.clock.pass(500);
      tab.socket.close(); // the others go on
      browser.clock.pass(8000);
    });
    assert.strictEqual(browser.server.opens, 1);
    assert.deepStrictEqual(browser.server.session.received.map(String), ['from 0', 'from 1', 'from 2', 'from 3']);
    tabs.forEach((tab, i) => assert.deepStrictEqual(tab.messages(), ['to all 0', 'to all 1', 'to all 2', 'to all 3'].slice(0, i + 1)));
    assert.deepStrictEqual(browser.clock.errors, []);
  });
});
