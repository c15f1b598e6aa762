// Today's WebKit as GTK has it: for each page a WebDriver, which starts a MiniBrowser, on a screen of Xvfb's.
'use strict';
const fs = require('node:fs');
const net = require('node:net');
const {startProgram, within} = require('../lab.js');

const program = '/usr/bin/WebKitWebDriver';
const screen = '/usr/bin/Xvfb';
const browsers = ['4.1', '4.0'].map((version) => `/usr/lib/x86_64-linux-gnu/webkit2gtk-${version}/MiniBrowser`);

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const {port} = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A session with the driver at this port, of which each has but one; it may take a moment to listen. */
async function connect(port) {
  const {Builder, Capabilities} = require('selenium-webdriver');
  await within(waitForPort(port), 'the start of WebKitWebDriver', 10000);
  return new Builder().usingServer(`http://127.0.0.1:${port}/`).withCapabilities(new Capabilities({
    browserName: 'MiniBrowser',
    pageLoadStrategy: 'none',
    'webkitgtk:browserOptions': {binary: browsers.find((name) => fs.existsSync(name)), args: ['--automation']}
  })).build();
}

async function waitForPort(port) {
  for (;;) {
    const isThere = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
    });
    if (isThere) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function end(running) {
  running.child.kill('SIGTERM');
  await running.exited;
}

module.exports = {
  name: 'webkitgtk',
  package: 'webkit2gtk-driver xvfb',
  atOnce: 2,
  isThere: () => fs.existsSync(program) && fs.existsSync(screen),
  start: async () => {
    const display = await startProgram(screen, ['-displayfd', '2', '-nolisten', 'tcp', '-screen', '0', '800x600x24'], /^([0-9]+)\n/m);
    return {
      open: async (address) => {
        const port = await freePort();
        const driver = await startProgram(program, [`--port=${port}`, '--host=127.0.0.1'], null,
          {DISPLAY: `:${display.match[1]}`, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1'}); // its sandbox needs more than a container has
        const session = await connect(port);
        session.get(address).catch(() => {}); // what comes of it, the page tells
        return {
          close: async () => {
            await session.quit().catch(() => {});
            await end(driver);
          }
        };
      },
      stop: () => end(display)
    };
  }
};
