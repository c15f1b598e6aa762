// The bundle: ECMAScript 3 throughout, complete, one global, an honest source map.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const {test} = require('node:test');
const acorn = require('acorn');
const {builtBundle, bundleUnderTest, listedFiles, makeBundle, readSource, sourceFolder} = require('./support/bundle.js');
const {checkEs3} = require('./support/es3.js');
const {readMap} = require('./support/source_map.js');
const {openPage} = require('./support/world.js');

test('the check itself rejects what ECMAScript 3 does not have', () => {
  const bad = ['x = {a: 1,};', 'x = [1,];', 'x.class;', 'x = {default: 1};', 'let a = 1;', 'x = {get a() { return 1; }};',
    'x = `a`;', 'f = (a) => a;', '"use strict";', 'const a = 1;', 'for (a of b) {}', 'var int;'];
  bad.forEach((source) => assert.throws(() => checkEs3(source), undefined, source));
  assert.doesNotThrow(() => checkEs3('var a = [1, 2], b = {c: 1, "class": 2}; try { a(); } catch (e) { b["default"](); }'));
});

listedFiles().forEach((name) => {
  test(`client-js/${name} is ECMAScript 3 and begins with a title`, () => {
    const source = readSource(name);
    checkEs3(source);
    assert.match(source, /^\/\/ |^\/\/\n/);
  });
});

test('the bundle is ECMAScript 3 and ASCII', () => {
  checkEs3(bundleUnderTest());
  assert.ok(!/[^\x00-\x7f]/.test(bundleUnderTest()));
});

test('every source file is in the list', () => {
  const present = fs.readdirSync(sourceFolder, {recursive: true}).filter((name) => name.endsWith('.js') && !name.startsWith('extras/')).sort();
  assert.deepStrictEqual(listedFiles().sort(), present);
});

test('the bundle makes one global', () => {
  assert.deepStrictEqual(openPage().newGlobals, ['Encke']);
});

test('the bundle has no eval and no Function constructor, so that it runs under a strict policy', () => {
  acorn.parse(bundleUnderTest(), {ecmaVersion: 3});
  const words = [...acorn.tokenizer(bundleUnderTest(), {ecmaVersion: 3})].map((token) => token.value);
  assert.ok(!words.includes('eval') && !words.includes('Function'));
});

test('only env.js touches the browser\'s globals', () => {
  const browser = ['window', 'document', 'location', 'navigator', 'XMLHttpRequest', 'WebSocket', 'setTimeout', 'setInterval'];
  listedFiles().filter((name) => name !== 'env.js').forEach((name) => {
    const tokens = [...acorn.tokenizer(readSource(name), {ecmaVersion: 3})];
    tokens.forEach((token, index) => {
      const member = index > 0 && tokens[index - 1].type === acorn.tokTypes.dot;
      const used = token.type === acorn.tokTypes.name && browser.includes(token.value) && !member;
      assert.ok(!used, `${name} uses ${token.value}`);
    });
  });
});

test('no method of a request is looked at without calling it, for which an ActiveX object throws', () => {
  listedFiles().forEach((name) => {
    assert.ok(!/\b(xhr|running)\.(open|send|abort|setRequestHeader|getResponseHeader)\b(?!\()/.test(readSource(name)), name);
  });
});

test('the source map leads each line of the bundle to its line of its source', () => {
  const {js, map} = builtBundle();
  const decoded = JSON.parse(map);
  const lines = js.split('\n');
  const mapped = readMap(decoded);
  mapped.forEach(({line, source, sourceLine}) => {
    assert.strictEqual(lines[line], decoded.sourcesContent[source].split('\n')[sourceLine]);
  });
  const total = listedFiles().reduce((sum, name) => sum + readSource(name).split('\n').length - 1, 0);
  assert.strictEqual(mapped.length, total);
  assert.match(js, /\n\/\/# sourceMappingURL=encke\.js\.map\n$/);
});

test('a bundle holds the transports that were asked for', () => {
  const {js} = makeBundle('--transports', 'xhr_poll', 'jsonp');
  assert.ok(js.includes('name: \'xhr_poll\''));
  assert.ok(!js.includes('name: \'websocket\'') && !js.includes('name: \'xhr_stream\''));
});
