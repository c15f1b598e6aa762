// The bundle under test: the one that ENCKE_BUNDLE names, or one made now from the sources.
'use strict';
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const sourceFolder = path.join(__dirname, '../../../client-js');

/** Makes the four files of a script in a temporary folder; answers their texts. */
function make(name, options) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-bundle-'));
  try {
    const names = ['.js', '.js.map', '.min.js'].map((ending) => path.join(folder, name + ending));
    execFileSync('/usr/bin/python3', [path.join(sourceFolder, 'bundle.py'), ...names, ...options]);
    return readBuilt(folder, name);
  } finally {
    fs.rmSync(folder, {recursive: true});
  }
}

function readBuilt(folder, name) {
  const [js, map, min, minMap] = ['.js', '.js.map', '.min.js', '.min.js.map'].map((ending) => fs.readFileSync(path.join(folder, name + ending), 'utf8'));
  return {js, map, min, minMap};
}

function makeBundle(...options) {
  return make('encke', options);
}

function listedFiles() {
  return fs.readFileSync(path.join(sourceFolder, 'bundle.txt'), 'utf8').split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function readSource(name) {
  return fs.readFileSync(path.join(sourceFolder, name), 'utf8');
}

/** What extras.txt lists: [{name, globals, files}]. */
function listedExtras() {
  return readSource('extras/extras.txt').split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => {
    const [name, globals, ...files] = line.split(' ');
    return {name, globals: globals.split(','), files: files.map((file) => 'extras/' + file)};
  });
}

const built = {};

function builtFiles(name, options = []) {
  built[name] = built[name] || (process.env.ENCKE_BUNDLE ? readBuilt(path.dirname(process.env.ENCKE_BUNDLE), name) : make(name, options));
  return built[name];
}

/** The four files that belong to the bundle under test. */
function builtBundle() {
  return builtFiles('encke');
}

/** Those of what goes with it. */
function builtExtra(name) {
  return builtFiles('encke-' + name, ['--extra', name]);
}

function underTest({js, min}) {
  return /\.min\.js$/.test(process.env.ENCKE_BUNDLE || '') ? min : js;
}

function bundleUnderTest() {
  return underTest(builtBundle());
}

function extraUnderTest(name) {
  return underTest(builtExtra(name));
}

module.exports = {builtBundle, builtExtra, bundleUnderTest, extraUnderTest, listedExtras, listedFiles, makeBundle, readSource, sourceFolder};
