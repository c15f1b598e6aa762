// The table in the documents says what the engines are tried for.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {test} = require('node:test');
const {cases, engines, transports} = require('./expected.js');
const {parts, render} = require('./table.js');

test('docs/engines.md claims what expected.js says; node tests/engines/table.js writes it', () => {
  assert.strictEqual(parts()[1], render());
});

test('each expectation names transports and cases that there are, and has a reason', () => {
  const names = cases.map((one) => one.name);
  Object.values(engines).forEach((engine) => {
    ['cannot', 'broken', 'fails'].forEach((kind) => Object.entries(engine[kind] || {}).forEach(([transport, what]) => {
      assert.ok(transports.includes(transport), transport);
      (kind === 'fails' ? Object.keys(what) : []).forEach((one) => assert.ok(names.includes(one), one));
      assert.ok(kind === 'fails' || what.length > 10, `${engine.title}: ${what}`);
    }));
  });
});

test('what pages load is ECMAScript 3', () => {
  const {checkEs3} = require('../client-js/support/es3.js');
  const folder = path.join(__dirname, 'www');
  const scripts = fs.readdirSync(folder).filter((name) => name.endsWith('.js'));
  assert.ok(scripts.length > 4);
  scripts.forEach((name) => checkEs3(fs.readFileSync(path.join(folder, name), 'utf8'), name));
});
