// JScript and ActiveX as Wine has them, in its script host: a prefix that is made once, a process for each page.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {spawnAndWait, spawnPage} = require('./spawned.js');

const program = '/usr/bin/wine';
const script = `Z:${path.join(__dirname, '../www/wscript.js')}`.replaceAll('/', '\\');

module.exports = {
  name: 'wine',
  package: 'wine wine64',
  atOnce: 1,
  isThere: () => fs.existsSync(program),
  start: async () => {
    const prefix = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-wine-'));
    const environment = {WINEPREFIX: prefix, WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree='};
    spawnAndWait('/usr/bin/wineboot', ['-i'], prefix, environment);
    return {
      open: async (address) => spawnPage(program, ['cscript', '//nologo', script, address], () => environment),
      stop: async () => {
        spawnAndWait('/usr/bin/wineserver', ['-k'], prefix, environment); // of this prefix alone
        fs.rmSync(prefix, {recursive: true, force: true, maxRetries: 5});
      }
    };
  }
};
