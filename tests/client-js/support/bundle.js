// The bundle under test: the one that ENCKE_BUNDLE names, or one made now from the sources.
'use strict';
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const sourceFolder = path.join(__dirname, '../../../client-js');

/** Makes a bundle in a temporary folder; answers the texts of its three files. */
function makeBundle(...options) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-bundle-'));
  try {
    const names = ['encke.js', 'encke.min.js', 'encke.js.map'];
    execFileSync('/usr/bin/python3',
      [path.join(sourceFolder, 'bundle.py'), ...names.map((name) => path.join(folder, name)), ...options]);
    const [js, min, map] = names.map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
    return {js, min, map};
  } finally {
    fs.rmSync(folder, {recursive: true});
  }
}

function listedFiles() {
  return fs.readFileSync(path.join(sourceFolder, 'bundle.txt'), 'utf8').split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function readSource(name) {
  return fs.readFileSync(path.join(sourceFolder, name), 'utf8');
}

let made = null;

function bundleUnderTest() {
  made = made || (process.env.ENCKE_BUNDLE ? fs.readFileSync(process.env.ENCKE_BUNDLE, 'utf8') : makeBundle().js);
  return made;
}

module.exports = {bundleUnderTest, listedFiles, makeBundle, readSource, sourceFolder};
