// The bundle under test: the one that ENCKE_BUNDLE names, or one made now from the sources.
'use strict';
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const sourceFolder = path.join(__dirname, '../../../client-js');

/** Makes the bundle's four files in a temporary folder; answers their texts. */
function makeBundle(...options) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-bundle-'));
  try {
    const names = ['encke.js', 'encke.js.map', 'encke.min.js'];
    execFileSync('/usr/bin/python3',
      [path.join(sourceFolder, 'bundle.py'), ...names.map((name) => path.join(folder, name)), ...options]);
    return readBundle(folder);
  } finally {
    fs.rmSync(folder, {recursive: true});
  }
}

function readBundle(folder) {
  const [js, map, min, minMap] = ['encke.js', 'encke.js.map', 'encke.min.js', 'encke.min.js.map']
    .map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
  return {js, map, min, minMap};
}

function listedFiles() {
  return fs.readFileSync(path.join(sourceFolder, 'bundle.txt'), 'utf8').split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function readSource(name) {
  return fs.readFileSync(path.join(sourceFolder, name), 'utf8');
}

let made = null;

/** The four files that belong to the bundle under test. */
function builtBundle() {
  made = made || (process.env.ENCKE_BUNDLE ? readBundle(path.dirname(process.env.ENCKE_BUNDLE)) : makeBundle());
  return made;
}

function bundleUnderTest() {
  return /\.min\.js$/.test(process.env.ENCKE_BUNDLE || '') ? builtBundle().min : builtBundle().js;
}

module.exports = {builtBundle, bundleUnderTest, listedFiles, makeBundle, readSource, sourceFolder};
