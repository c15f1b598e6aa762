// The npm package: packed, installed into a folder of its own without a network, imported both ways, spoken through to a real server, and
// its declarations compiled.
'use strict';
const assert = require('node:assert');
const {execFile} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {after, before, describe, test} = require('node:test');
const {listedExtras} = require('../client-js/support/bundle.js');
const {root, startServer} = require('../e2e/support.js');

const packageFolder = process.env.ENCKE_PACKAGE || path.join(root, 'build/packages/encke-client');
const ws = path.join(root, 'tests/e2e/node_modules/ws/wrapper.mjs');
const patience = {timeout: 60000};
const extras = listedExtras();
let folder, packed, server;

/** Runs a program; answers what it printed, or throws with that. */
function run(program, args, cwd = folder) {
  return new Promise((resolve, reject) => execFile(program, args, {cwd, timeout: 50000}, (error, stdout, stderr) => (error ?
    reject(new Error(`${program} ${args.join(' ')}: ${error.message}\n${stdout}${stderr}`)) : resolve(stdout))));
}

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-package-'));
  [packed] = JSON.parse(await run('npm', ['pack', packageFolder, '--json', '--pack-destination', folder]));
  fs.writeFileSync(path.join(folder, 'package.json'), '{"name": "user", "private": true}\n');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--no-save', './' + packed.filename]);
  ['conversation.mjs', 'conversation.cjs', 'refused.cjs', 'sample.ts', 'script.ts', 'common.cts'].forEach((name) =>
    fs.copyFileSync(path.join(__dirname, name), path.join(folder, name)));
  server = await startServer({config: {services: {'/echo': {type: 'echo', protocols: ['a', 'b']}}}});
});

after(async () => {
  if (server) {
    await server.stop();
  }
  fs.rmSync(folder, {recursive: true, force: true});
});

test('the package holds the scripts, the modules, the declarations, the movie, and nothing else', () => {
  assert.deepStrictEqual(packed.files.map((file) => file.path).sort(), ['LICENSE', 'README.md', 'encke.cjs', 'encke.d.mts', 'encke.d.ts', 'encke.js',
    'encke.js.map', 'encke.min.js', 'encke.min.js.map', 'encke.mjs', 'encke.node.cjs', 'encke.node.mjs', 'encke.swf', 'package.json',
    ...extras.flatMap(({name}) => ['.cjs', '.d.mts', '.d.ts', '.js', '.js.map', '.min.js', '.min.js.map', '.mjs'].map((ending) => `encke-${name}${ending}`))].sort());
});

describe('an ECMAScript module in Node', () => {
  [['websocket', ws], ['xhr_stream'], ['xhr_poll']].forEach(([transport, ...more]) =>
    test(`speaks over ${transport}, text and bytes`, patience, async () => {
      const address = server.url.replace(/\/$/, '');
      const result = JSON.parse(await run(process.execPath, ['conversation.mjs', address, transport, ...more]));
      assert.deepStrictEqual(result.received, Array.from({length: 100}, (none, i) => (i % 2 ? [i, 0, 255] : `${i} \u20ac\u{1f600}`)));
      assert.deepStrictEqual([result.transport, result.protocol, result.close], [transport, 'b', [3001, 'done', true]]);
      assert.deepStrictEqual([result.same, result.globals, result.installed], [true, 0, [true, true]]);
    }));
});

test('a CommonJS module in Node speaks, and makes no global', patience, async () => {
  const said = JSON.parse(await run(process.execPath, ['conversation.cjs', server.url.replace(/\/$/, ''), 'xhr_stream']));
  assert.deepStrictEqual(said, {received: 'hello', transport: 'xhr_stream', global: false});
});

test('in Node a WebSocket that is refused ends the socket, not the program', patience, async () => {
  const said = JSON.parse(await run(process.execPath, ['refused.cjs', new URL(server.url).port, path.join(root, 'tests/e2e/node_modules/ws')]));
  assert.deepStrictEqual(said, {code: 1006, wasClean: false});
});

extras.forEach(({name, globals}) => {
  test(`encke-client/${name} adds ${globals.join(', ')} to the Encke that was imported, in both kinds of modules`, patience, async () => {
    const check = `console.log(JSON.stringify([Encke === more, ${globals.map((global) => `typeof Encke.${global}`)}]))`;
    fs.writeFileSync(path.join(folder, 'extra.mjs'), `import Encke from 'encke-client';\nimport more, {${globals}} from 'encke-client/${name}';\n` +
      `if ([${globals}].some((each) => each === undefined)) { throw new Error('a name is missing'); }\n${check};\n`);
    fs.writeFileSync(path.join(folder, 'extra.cjs'), `const Encke = require('encke-client');\nconst more = require('encke-client/${name}');\n${check};\n`);
    for (const file of ['extra.mjs', 'extra.cjs']) {
      const [same, ...kinds] = JSON.parse(await run(process.execPath, [file]));
      assert.ok(same && kinds.every((kind) => kind !== 'undefined'), file);
    }
  });
});

test('bundlers for browsers get the entries without Node\'s parts, which are the facade itself', () => {
  const installed = path.join(folder, 'node_modules/encke-client');
  const manifest = JSON.parse(fs.readFileSync(path.join(installed, 'package.json'), 'utf8'));
  const script = fs.readFileSync(path.join(installed, 'encke.js'), 'utf8');
  const body = script.substring(script.indexOf('\n', script.indexOf('(function')) + 1, script.lastIndexOf('}());'));
  const {'.': main} = manifest.exports;
  [main.import.default, main.require.default, manifest.browser, manifest.module].forEach((name) => {
    const text = fs.readFileSync(path.join(installed, name), 'utf8');
    assert.ok(text.includes(body), name);
    assert.ok(!/FetchRequest/.test(text), name);
  });
  [main.node.import.default, main.node.require.default, manifest.main].forEach((name) =>
    assert.match(fs.readFileSync(path.join(installed, name), 'utf8'), /FetchRequest/));
  [main.import.types, main.require.types, manifest.types, manifest.unpkg].forEach((name) => assert.ok(fs.existsSync(path.join(installed, name)), name));
});

describe('the declarations compile under strict', () => {
  const tsc = path.join(__dirname, 'node_modules/typescript/bin/tsc');
  const always = ['--noEmit', '--strict', '--target', 'es2020'];
  const cases = {
    'as ECMAScript module': ['--module', 'nodenext', '--lib', 'es2020,dom', 'sample.ts', 'common.cts'],
    'without browsers\' declarations': ['--module', 'nodenext', '--lib', 'es2020', 'common.cts', 'console.d.ts'],
    'for bundlers': ['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2020,dom', 'sample.ts'],
    'as a script with the global': ['--module', 'nodenext', '--moduleDetection', 'legacy', '--lib', 'es2020,dom', 'script.ts']
  };
  Object.entries(cases).forEach(([name, args]) => test(name, patience, async () => {
    fs.writeFileSync(path.join(folder, 'console.d.ts'), 'declare const console: {log(...all: any[]): void};\n');
    fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({name: 'user', private: true,
      ...(name === 'as ECMAScript module' ? {type: 'module'} : {})}));
    assert.strictEqual(await run(process.execPath, [tsc, ...always, ...args]), '');
  }));
});
