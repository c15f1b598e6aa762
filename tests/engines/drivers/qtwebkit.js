// WebKit of 2016 as Qt had it, through wkhtmltoimage: a process for each page, which would end at the first frame that
// fails, were it not for a page that never ends loading.
'use strict';
const fs = require('node:fs');
const {spawnPage} = require('./spawned.js');

const program = '/usr/bin/wkhtmltoimage';

module.exports = {
  name: 'qtwebkit',
  package: 'wkhtmltopdf',
  atOnce: 2,
  isThere: () => fs.existsSync(program),
  start: async () => ({
    open: async (address) => spawnPage(program, ['--debug-javascript', `${address}&hold=1`, '/dev/null'], () => ({QT_QPA_PLATFORM: 'offscreen'})),
    stop: async () => {}
  })
};
