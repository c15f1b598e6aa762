// What the end-to-end tests share: the server under test, a browser, and waiting that is bounded.
'use strict';
const {execFileSync, spawn} = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const {chromium} = require('playwright-core');

const root = path.join(__dirname, '../..');
const kWatchdogMs = 60000; // far beyond what anything here takes; only a hang gets there

/** The value of a promise, or a failure that says what did not happen in time. */
function within(promise, what, milliseconds = kWatchdogMs) {
  let timer;
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen within ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A certificate for 127.0.0.1 that nobody has signed, and its key, in the words of the configuration. */
function makeCertificate(folder) {
  const files = {certificate: path.join(folder, 'cert.pem'), key: path.join(folder, 'key.pem')};
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', files.key, '-out', files.certificate], {stdio: 'ignore'});
  return files;
}

/**
 * Starts the server (ENCKE, or build/encke) on a port of the kernel's choice, or on a `port` that it had before.
 *
 * With `tls` it speaks TLS there, with a certificate made now; `config` is an object then. Else `config` is an object for --config, the path of a file, or null for none at all. Answers {url, port, log(), signal(name), stop(), kill()}; stop()
 * resolves to the exit status after SIGINT, or another signal, kill() ends it as a crash would.
 */
async function startServer({config = null, args = [], port = 0, tls = false} = {}) {
  const program = process.env.ENCKE || path.join(root, 'build/encke');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-e2e-'));
  const all = [...(tls ? [] : ['--listen', `127.0.0.1:${port}`]), ...args];
  if (tls) {
    config = {...config, listen: [{address: `127.0.0.1:${port}`, tls: makeCertificate(folder)}]};
  }
  if (config) {
    const file = typeof config === 'string' ? config : path.join(folder, 'encke.json');
    if (file !== config) {
      fs.writeFileSync(file, JSON.stringify(config));
    }
    all.unshift('--config', file);
  }
  const child = spawn(program, all, {cwd: root, stdio: ['ignore', 'ignore', 'pipe']});
  let log = '';
  const exited = new Promise((resolve) => child.once('exit', (status, signal) => resolve(signal || status)));
  const started = new Promise((resolve, reject) => {
    child.once('error', reject);
    exited.then((status) => reject(new Error(`the server ended with ${status} while starting:\n${log}`)));
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      log += chunk;
      const match = /listening (?:on https?:\/\/|address=)127\.0\.0\.1:([0-9]+)\b/.exec(log);
      if (match) {
        resolve({url: `${tls ? 'https' : 'http'}://127.0.0.1:${match[1]}/`, port: Number(match[1])});
      }
    });
  });

  async function stop(signal = 'SIGINT') {
    child.kill(signal);
    try {
      return await within(exited, 'the end of the server');
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      fs.rmSync(folder, {recursive: true, force: true});
    }
  }

  async function kill() {
    child.kill('SIGKILL');
    await within(exited, 'the end of the server');
    fs.rmSync(folder, {recursive: true, force: true});
  }

  try {
    return {...await within(started, 'the start of the server'), log: () => log, signal: (name) => child.kill(name), stop, kill};
  } catch (error) {
    child.kill('SIGKILL');
    fs.rmSync(folder, {recursive: true, force: true});
    throw error;
  }
}

/**
 * Starts a proxy of bytes to a port of this machine. Answers {url, cut(), cuts(), refuse(pattern), stop()}: cut() breaks all
 * connections, refuse() breaks those whose bytes from the browser match from now on.
 */
async function startProxy(port) {
  const pairs = new Set();
  let refused = null;
  let cuts = 0;
  const proxy = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    const end = () => {
      near.destroy();
      far.destroy();
      pairs.delete(end);
    };
    pairs.add(end);
    near.on('data', (chunk) => {
      if (refused && refused.test(chunk.toString('latin1'))) {
        end();
      } else {
        far.write(chunk);
      }
    });
    far.on('data', (chunk) => near.write(chunk));
    [near, far].forEach((socket) => ['error', 'close'].forEach((type) => socket.on(type, end)));
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));

  function cut() {
    cuts++;
    pairs.forEach((end) => end());
  }

  return {
    url: `http://127.0.0.1:${proxy.address().port}/`,
    cut,
    cuts: () => cuts,
    refuse: (pattern) => {
      refused = pattern;
    },
    stop: () => {
      const stopped = new Promise((resolve) => proxy.close(resolve));
      cut();
      return stopped;
    }
  };
}

/** A headless Chromium (CHROMIUM, or the first one found) that makes no requests of its own; `more` are arguments of its own. */
function launchBrowser(more = []) {
  const names = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return chromium.launch({
    executablePath: process.env.CHROMIUM || names.find((name) => fs.existsSync(name)) || names[0],
    args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', ...more]
  });
}

/** Collects what a page should never have: script errors. Answers the list, which grows. */
function watchForErrors(page) {
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.stack || String(error)));
  return errors;
}

/** Where screenshots are kept: ENCKE_SCREENSHOTS, or build/screenshots. */
function screenshotPath(name) {
  const folder = process.env.ENCKE_SCREENSHOTS || path.join(root, 'build/screenshots');
  fs.mkdirSync(folder, {recursive: true});
  return path.join(folder, name);
}

module.exports = {launchBrowser, root, screenshotPath, startProxy, startServer, watchForErrors, within};
