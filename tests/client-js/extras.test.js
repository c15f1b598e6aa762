// What goes with encke.js, each a script of its own: ECMAScript 3, nothing of the page's that it does not take by Encke, what it adds, and
// its source maps.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const {describe, test} = require('node:test');
const acorn = require('acorn');
const {builtBundle, builtExtra, listedExtras, readSource, sourceFolder} = require('./support/bundle.js');
const {checkEs3} = require('./support/es3.js');
const {readMap} = require('./support/source_map.js');
const {openPage} = require('./support/world.js');

// The page's own, which no script of these may use: Encke has them.
const kBrowsers = ['document', 'location', 'navigator', 'XMLHttpRequest', 'WebSocket', 'eval', 'Function'];

test('every file of the folder is in the list, once', () => {
  const present = fs.readdirSync(path.join(sourceFolder, 'extras')).filter((name) => name.endsWith('.js')).map((name) => 'extras/' + name);
  assert.deepStrictEqual(listedExtras().flatMap(({files}) => files).sort(), present.sort());
});

listedExtras().forEach(({name, globals, files}) => describe(`encke-${name}.js`, () => {
  const {js, map, min, minMap} = builtExtra(name);

  files.forEach((file) => test(`client-js/${file} is ECMAScript 3 and begins with a title`, () => {
    checkEs3(readSource(file));
    assert.match(readSource(file), /^\/\/ /);
  }));

  test('it is ECMAScript 3 and ASCII, minified too, and takes what it needs from Encke', () => {
    [js, min].forEach((script) => {
      checkEs3(script);
      assert.ok(!/[^\x00-\x7f]/.test(script));
      const tokens = [...acorn.tokenizer(script, {ecmaVersion: 3})];
      tokens.forEach(({type, value}, index) => assert.ok(type !== acorn.tokTypes.name || !kBrowsers.includes(value) ||
        (index > 0 && tokens[index - 1].type === acorn.tokTypes.dot), value));
    });
    assert.ok(min.length < js.length * 0.7);
  });

  test('after encke.js or encke.min.js it puts its names on Encke, and makes no global', () => {
    const facade = builtBundle();
    const before = Object.keys(openPage().Encke);
    [[facade.js, js], [facade.min, min], [facade.js, min], [facade.min, js]].forEach(([bundle, script]) => {
      const {context, Encke} = openPage({bundle});
      const had = new Set(Object.getOwnPropertyNames(context));
      vm.runInContext(script, context);
      assert.deepStrictEqual(Object.getOwnPropertyNames(context).filter((global) => !had.has(global)), []);
      assert.deepStrictEqual(Object.keys(Encke).filter((member) => !before.includes(member)).sort(), [...globals].sort());
    });
  });

  test('without encke.js it says so', () => {
    [js, min].forEach((script) => assert.throws(() => vm.runInContext(script, vm.createContext({})), {
      name: 'Error', message: `encke-${name}.js needs encke.js: load that first.`}));
  });

  test('its source maps lead back to its files', () => {
    const decoded = JSON.parse(map);
    const lines = js.split('\n');
    const mapped = readMap(decoded);
    mapped.forEach(({line, source, sourceLine}) => assert.strictEqual(lines[line], decoded.sourcesContent[source].split('\n')[sourceLine]));
    assert.strictEqual(mapped.length, files.reduce((sum, file) => sum + readSource(file).split('\n').length - 1, 0));
    assert.ok(js.endsWith(`\n//# sourceMappingURL=encke-${name}.js.map\n`));
    assert.deepStrictEqual(JSON.parse(minMap).sources, files.map((file) => 'client-js/' + file));
    assert.match(min, new RegExp(`\n//# sourceMappingURL=encke-${name}\\.min\\.js\\.map\n?$`));
  });
}));
