// Today's Blink, through playwright.
'use strict';
const fs = require('node:fs');

const names = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const program = process.env.CHROMIUM || names.find((name) => fs.existsSync(name));

/** Opens pages that run `script`, where there is one, before their own. */
async function startChromium(script) {
  const {chromium} = require('playwright-core');
  const browser = await chromium.launch({executablePath: program,
    args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']});
  return {
    open: async (address) => {
      const context = await browser.newContext(); // its pages have connections and storage of their own
      if (script) {
        await context.addInitScript({content: script});
      }
      const page = await context.newPage();
      page.goto(address).catch(() => {}); // what comes of it, the page tells
      return {close: () => context.close()};
    },
    stop: () => browser.close()
  };
}

module.exports = {
  name: 'chromium',
  package: 'chromium',
  atOnce: 3,
  isThere: () => Boolean(program),
  start: () => startChromium(''),
  startChromium
};
