// A recipe of docs/recipes.md, set up: its server, the gateway in front of it, and a browser.
'use strict';
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {after, before} = require('node:test');
const {setTimeout: delay} = require('node:timers/promises');
const assert = require('node:assert');
const {launchBrowser, root, startServer, watchForErrors, within} = require('../e2e/support.js');
const {freePort, listening} = require('../proxies/proxies.js');
const {recipe, writeFiles} = require('./recipes.js');

const kGatewayPort = '8080'; // as the recipes print it
const kLongestSeconds = 170; // meson gives a file 180
const patience = {timeout: 90000};
const modules = [path.join(__dirname, 'node_modules'), path.dirname(process.env.ENCKE_PACKAGE || path.join(root, 'build/packages/encke-client'))];

/**
 * Starts a program in a process group of its own, which ends by itself some time. Answers {child, said(), stop(signal)}; stop() ends the
 * group, with SIGTERM where something is to be cleaned up.
 */
function startProgram(command, options) {
  const child = spawn('timeout', ['--signal=KILL', String(kLongestSeconds), ...command], {...options, detached: true, stdio: ['ignore', 'pipe', 'pipe']});
  let said = '';
  [child.stdout, child.stderr].forEach((stream) => stream.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-20000);
  }));
  const hasEnded = () => {
    try {
      process.kill(-child.pid, 0);
      return false;
    } catch (error) {
      assert.strictEqual(error.code, 'ESRCH');
      return true;
    }
  };
  return {
    child,
    said: () => said,
    stop: async (signal = 'SIGKILL') => {
      for (let tries = 200; child.pid && !hasEnded(); tries--) {
        process.kill(-child.pid, tries > 0 ? signal : 'SIGKILL');
        await delay(20);
      }
    }
  };
}

/**
 * Sets the recipe up before the tests of a file and takes it down after them. `programs` are files that its server needs: where one is
 * missing, `skip` says so (and with CI=1 the tests fail). `port` is the server's in the recipe; `helpers(its)` starts what the server
 * itself needs, `server(its)` answers its command and options. `replacements(its)` are more of what to change in the files.
 *
 * `signal` ends the server. With `files`, names and contents, and `config`, the configuration's name among them, it is that in place of a recipe.
 *
 * Its `url` is the gateway's, `folder` where the files are, `port` the server's here.
 */
function stage(heading, {programs, port, server, replacements = () => [], helpers = async () => [], files = () => recipe(heading),
  config = 'encke.json', signal = 'SIGKILL'}) {
  const missing = programs.filter((program) => !fs.existsSync(program));
  const its = {skip: missing.length > 0 && !process.env.CI ? `${missing.join(', ')} is not installed` : false, patience};
  const running = [];

  before(async () => {
    if (its.skip) {
      return;
    }
    assert.deepStrictEqual(missing, []);
    its.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-gateway-'));
    fs.chmodSync(its.folder, 0o777); // some servers give up root's rights
    fs.symlinkSync(modules[0], path.join(its.folder, 'node_modules'));
    its.port = await freePort();
    const gatewayPort = await freePort();
    running.push(...await helpers(its));
    writeFiles(files(), its.folder, [[kGatewayPort, gatewayPort], [port, its.port], ...replacements(its)]);
    const {command, options} = server(its);
    const backend = startProgram(command, {cwd: its.folder, ...options});
    running.push(backend);
    its.said = backend.said;
    // The port is tried by a connection, which the server may tell of in its log.
    await within(listening(its.port, backend.child), `the start of ${command[0]}`, 60000).catch((error) => {
      throw new Error(`${error.message}\n${backend.said()}`);
    });
    its.gateway = await startServer({config: path.join(its.folder, config), port: gatewayPort});
    its.url = `http://localhost:${gatewayPort}`;
    its.browser = await launchBrowser();
  }, patience);

  after(async () => {
    if (its.browser) {
      await its.browser.close();
    }
    const status = its.gateway ? await its.gateway.stop() : 0;
    for (const program of running.reverse()) {
      await program.stop(signal);
    }
    if (its.folder) {
      fs.rmSync(its.folder, {recursive: true, force: true, maxRetries: 5});
    }
    assert.strictEqual(status, 0);
  }, patience);

  /** The recipe's page; what it logs is awaited with logs(). */
  its.page = async () => {
    const page = await its.browser.newPage();
    page.setDefaultTimeout(30000);
    const errors = watchForErrors(page);
    await page.goto(`${its.url}/`);
    return {
      page,
      logs: (text) => page.waitForFunction((wanted) => document.getElementById('log').textContent.includes(wanted), text),
      leave: async () => {
        assert.deepStrictEqual(errors, []);
        await page.close();
      }
    };
  };

  /** An empty page at the gateway with the facade, page_parts.js and `scripts`, files of node_modules. */
  its.bench = async (...scripts) => {
    const page = await its.browser.newPage();
    await page.goto(`${its.url}/encke.js`);
    await page.setContent('<!doctype html><title>bench</title>');
    await page.addScriptTag({url: `${its.url}/encke.min.js`});
    await page.addScriptTag({path: path.join(__dirname, 'page_parts.js')});
    for (const script of scripts) {
      await page.addScriptTag({path: path.join(its.folder, script)});
    }
    return page;
  };

  /** Runs a program of the recipe in Node; logs() awaits what it prints, stop() ends it. */
  its.node = (name) => {
    const program = startProgram([process.execPath, path.join(its.folder, name)],
      {cwd: its.folder, env: {...process.env, NODE_PATH: modules.join(':'), NODE_OPTIONS: ''}});
    return {
      stop: program.stop,
      logs: (text) => within(new Promise((resolve, reject) => {
        const look = () => program.said().includes(text) && resolve();
        program.child.stdout.on('data', look);
        program.child.once('exit', () => reject(new Error(`it ended: ${program.said()}`)));
        look();
      }), `"${text}" from ${name}`, 30000).catch((error) => {
        throw new Error(`${error.message}; it printed: ${program.said()}`);
      })
    };
  };
  return its;
}

/** Puts into Node's globals what gatewayParts.socket() takes: a WebSocket that says its origin, and the facade from its npm package. */
function installInNode(origin) {
  const WebSocket = require('ws');
  globalThis.WebSocket = class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, {origin});
    }
  };
  globalThis.Encke = require(process.env.ENCKE_PACKAGE || path.join(root, 'build/packages/encke-client'));
  globalThis.Encke.use({WebSocket: globalThis.WebSocket, fetch: (url, options) => fetch(url, {...options, headers: {...options.headers, origin}})});
  globalThis.gatewayParts = require('./page_parts.js');
}

module.exports = {installInNode, patience, stage, startProgram};
