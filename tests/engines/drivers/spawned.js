// Engines that are a program for each page.
'use strict';
const {spawn, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const kPreparationMs = 60000;

function environmentIn(home, more) {
  return {...process.env, HOME: home, XDG_RUNTIME_DIR: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, XDG_DATA_HOME: home, ...more};
}

/** Runs a program to its end in a home; its failure is left for the page to show. */
function spawnAndWait(program, args, home, environment) {
  spawnSync(program, args, {stdio: 'ignore', env: environmentIn(home, environment), timeout: kPreparationMs});
}

/**
 * Runs a program with a home of its own, a new folder; prepare(home) answers what is to be in its environment besides. Answers {died,
 * close()}: `died` resolves to words once it has ended by itself. It never outlives this process.
 */
function spawnPage(program, args, prepare) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-engine-'));
  const child = spawn(program, args, {stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: environmentIn(home, prepare(home))});
  let said = '';
  function end() {
    try {
      process.kill(-child.pid, 'SIGKILL'); // its helpers too: it leads a group
    } catch {
      return; // it is gone
    }
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      said = (said + chunk).slice(-2000);
      if (process.env.ENCKE_ENGINES_TRACE) {
        process.stderr.write(chunk);
      }
    });
  }
  process.once('exit', end);
  const died = new Promise((resolve) => {
    child.once('error', (error) => resolve(String(error)));
    child.once('exit', (status, signal) => resolve(`${program} ended with ${signal || status}: ${said.trim()}`));
  });
  return {
    died,
    close: async () => {
      end();
      await died;
      process.removeListener('exit', end);
      fs.rmSync(home, {recursive: true, force: true, maxRetries: 5});
    }
  };
}

module.exports = {spawnAndWait, spawnPage};
