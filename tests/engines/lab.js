// A lab for one page of the suite: the server under test, a line to it, and a reporting server which the page tells what came of
// each case, and which does to line and server what a case orders. Pages reach it by GETs alone.
'use strict';
const {spawn} = require('node:child_process');
const http = require('node:http');
const path = require('node:path');
const {startLine} = require('./line.js');

const root = path.join(__dirname, '../..');
const kStartMs = 20000;
const picture = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

['SIGTERM', 'SIGINT'].forEach((signal) => process.once(signal, () => process.exit(1))); // what is started here ends with that

/** The value of a promise, or a failure that says what did not happen in time. */
function within(promise, what, milliseconds) {
  let timer;
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen within ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * Starts a program, which never outlives this process. Answers {child, match, exited} when its standard error has matched; without a
 * pattern at once.
 */
async function startProgram(program, args, pattern, environment = {}) {
  const child = spawn(program, args, {stdio: ['ignore', 'ignore', 'pipe'], env: {...process.env, ...environment}});
  const kill = () => child.kill('SIGKILL');
  const exited = new Promise((resolve) => child.once('exit', resolve)).then(() => process.removeListener('exit', kill));
  process.once('exit', kill);
  const started = new Promise((resolve, reject) => {
    let log = '';
    child.once('error', reject);
    exited.then(() => reject(new Error(`${program} ended while starting:\n${log}`)));
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      log += chunk;
      const match = pattern && pattern.exec(log);
      if (match) {
        resolve({child, match, exited});
      }
    });
    if (!pattern) {
      resolve({child, match: null, exited});
    }
  });
  return within(started, `the start of ${program}`, kStartMs);
}

function startOrders(port) {
  const program = process.env.ENCKE_ORDERS || path.join(root, 'build/tests/engines/encke_orders');
  return startProgram(program, [String(port), path.join(__dirname, 'www')], /listening on http:\/\/127\.0\.0\.1:([0-9]+)/);
}

/**
 * Answers {address(query), results, ended, stop()}. `results` maps the names of cases to {ok, text, milliseconds}; `ended` resolves to
 * the error that no case has caught, '' where there was none, when the suite has run to its end.
 */
async function startLab() {
  const results = new Map();
  const agent = {text: ''};
  let server = await startOrders(0);
  const port = Number(server.match[1]);
  const line = await startLine(port);
  let finish;
  const ended = new Promise((resolve) => {
    finish = resolve;
  });

  async function stopServer(signal) {
    server.child.kill(signal);
    await server.exited;
  }

  const orders = {
    cut: line.cut,
    freeze: line.freeze,
    kill: () => stopServer('SIGKILL'),
    stop: () => stopServer('SIGINT'),
    start: async () => {
      server = await startOrders(port);
    }
  };

  const requests = {
    '/begin': (query) => {
      agent.text = query.get('agent');
    },
    '/say': (query) => {
      results.set(query.get('case'), {ok: query.get('ok') === '1', text: query.get('text'), milliseconds: Number(query.get('ms'))});
    },
    '/do': (query) => orders[query.get('what')](),
    '/sleep': (query) => new Promise((resolve) => setTimeout(resolve, Number(query.get('ms')))),
    '/hold': () => new Promise(() => {}), // stop() ends it
    '/end': (query) => finish(query.get('error'))
  };

  const reporting = http.createServer(async (request, response) => {
    const {pathname, searchParams} = new URL(request.url, 'http://lab');
    if (process.env.ENCKE_ENGINES_TRACE) {
      process.stderr.write(`lab: ${request.url.slice(0, 300)}\n`);
    }
    try {
      await requests[pathname](searchParams);
      response.writeHead(200, {'Content-Type': 'image/gif', 'Cache-Control': 'no-store', 'Access-Control-Allow-Origin': '*'});
      response.end(picture);
    } catch (error) {
      response.writeHead(500);
      response.end(String(error));
    }
  });
  await new Promise((resolve) => reporting.listen(0, '127.0.0.1', resolve));

  return {
    agent,
    results,
    ended,
    /** The page's address, of the server's origin or of another one; `query` goes along. */
    address: (query, isApart) => `http://${isApart ? 'localhost' : '127.0.0.1'}:${line.port}/engines/suite.html?` +
      Object.entries({lab: `http://127.0.0.1:${reporting.address().port}`, server: isApart ? `http://127.0.0.1:${line.port}` : '', ...query})
        .map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&'),
    stop: async () => {
      await line.stop();
      await stopServer('SIGINT');
      reporting.closeAllConnections();
      await new Promise((resolve) => reporting.close(resolve));
    }
  };
}

module.exports = {root, startLab, startProgram, within};
