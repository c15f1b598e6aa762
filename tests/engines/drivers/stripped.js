// Chromium without what came after Internet Explorer 6: for the ways that only old browsers go.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const chromium = require('./chromium.js');

module.exports = {
  ...chromium,
  name: 'stripped',
  start: () => chromium.startChromium(fs.readFileSync(path.join(__dirname, 'stripped_page.js'), 'utf8'))
};
