// KDE's KHTML with its own JavaScript: a window of khtml_host.cpp for each page.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const {spawnPage, spawnAndWait} = require('./spawned.js');

const program = process.env.ENCKE_KHTML || '';
const shared = ['mime', 'kservices5', 'kservicetypes5', 'kf5', 'knotifications5'];

module.exports = {
  name: 'khtml',
  package: 'libkf5khtml-dev libkf5khtml-bin',
  atOnce: 2,
  isThere: () => fs.existsSync(program),
  start: async () => ({
    open: async (address) => spawnPage(program, [address], (home) => {
      // Without the desktop files of browsers, to which it would hand the pages of frames.
      const data = path.join(home, 'data');
      fs.mkdirSync(data);
      shared.forEach((name) => fs.symlinkSync(`/usr/share/${name}`, path.join(data, name)));
      const environment = {QT_QPA_PLATFORM: 'offscreen', KDE_FORK_SLAVES: '1', XDG_DATA_DIRS: data};
      spawnAndWait('/usr/bin/kbuildsycoca5', [], home, environment);
      return environment;
    }),
    stop: async () => {}
  })
};
