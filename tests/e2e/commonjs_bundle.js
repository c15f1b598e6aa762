// One browser script out of a package's CommonJS modules, for a client that is published without a built file. The modules go in
// unchanged; as with any bundler, the package's `browser` field stands in for what only node has.
'use strict';
const fs = require('node:fs');
const {createRequire} = require('node:module');
const path = require('node:path');

const kRequire = /\brequire\(\s*['"]([^'"]+)['"]\s*\)/g;

/** The nearest package.json above a file, and its folder. */
function packageOf(file) {
  let folder = path.dirname(file);
  while (!fs.existsSync(path.join(folder, 'package.json'))) {
    folder = path.dirname(folder);
  }
  return {folder, browser: require(path.join(folder, 'package.json')).browser || {}};
}

/** Where a module is for a browser, or null where there is none. */
function resolve(wanted, from) {
  const {folder, browser} = packageOf(from);
  if (typeof browser[wanted] === 'string') {
    return path.join(folder, browser[wanted]);
  }
  let found;
  try {
    found = createRequire(from).resolve(wanted);
  } catch {
    return null;
  }
  if (!path.isAbsolute(found)) {
    return null;
  }
  const own = packageOf(found);
  const replaced = typeof own.browser === 'object' && own.browser['./' + path.relative(own.folder, found)];
  return replaced ? path.join(own.folder, replaced) : found;
}

/** The script: sets `globalName` to what the entry module exports. */
function bundle(entry, globalName) {
  const modules = new Map();
  (function add(file) {
    if (modules.has(file)) {
      return;
    }
    const module = {source: fs.readFileSync(file, 'utf8'), needs: {}};
    modules.set(file, module);
    for (const [, wanted] of module.source.matchAll(kRequire)) {
      const found = resolve(wanted, file);
      if (found) {
        module.needs[wanted] = found;
        add(found);
      }
    }
  })(entry);
  const names = [...modules.keys()];
  const parts = [...modules.values()].map(({source, needs}) => {
    const numbers = Object.entries(needs).map(([wanted, file]) => `${JSON.stringify(wanted)}:${names.indexOf(file)}`);
    return `[{${numbers}},function(require,module,exports,global,process){\n${source}\n}]`;
  });
  return `(function(){var parts=[${parts.join(',\n')}],made={},process={env:{NODE_ENV:'production'}};
function load(n){if(!made[n]){var m=made[n]={exports:{}};parts[n][1].call(m.exports,function(w){
if(!(w in parts[n][0]))throw new Error('no module '+w);return load(parts[n][0][w]);},m,m.exports,window,process);}
return made[n].exports;}
window[${JSON.stringify(globalName)}]=load(0);})();\n`;
}

module.exports = {bundle};
