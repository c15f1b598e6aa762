// Today's Gecko, through WebDriver BiDi.
'use strict';
const fs = require('node:fs');

const program = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((name) => fs.existsSync(name));

module.exports = {
  name: 'firefox',
  package: 'firefox-esr',
  atOnce: 3,
  isThere: () => Boolean(program),
  start: async () => {
    const puppeteer = require('puppeteer-core');
    const browser = await puppeteer.launch({browser: 'firefox', executablePath: program, headless: true,
      extraPrefsFirefox: {'dom.min_background_timeout_value': 4, 'dom.min_background_timeout_value_without_budget_throttling': 4,
        'dom.timeout.enable_budget_timer_throttling': false}}); // tabs behind others are as quick
    return {
      open: async (address) => {
        const context = await browser.createBrowserContext();
        const page = await context.newPage();
        page.goto(address).catch(() => {}); // what comes of it, the page tells
        return {close: () => context.close()};
      },
      stop: () => browser.close()
    };
  }
};
