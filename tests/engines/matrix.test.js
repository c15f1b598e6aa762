// One engine (ENCKE_ENGINE names its driver), the suite of www/ over each of its transports, against the server.
'use strict';
const assert = require('node:assert');
const {after, before, describe, test} = require('node:test');
const {cases, engines, transports} = require('./expected.js');
const {startLab, within} = require('./lab.js');

const kPageMs = 240000; // the cases have limits of their own
const kRuns = 5; // of a page whose engine crashes
const patience = {timeout: 290000};
const name = process.env.ENCKE_ENGINE || 'chromium';
const isFull = process.env.ENCKE_ENGINES === 'full';
const isApart = process.env.ENCKE_ORIGIN === 'another'; // by hand
const driver = require(`./drivers/${name}.js`);
const expected = engines[name];
const broken = expected.broken || {};
const wanted = process.env.ENCKE_TRANSPORTS ? process.env.ENCKE_TRANSPORTS.split(',') : transports; // by hand
const usable = transports.filter((transport) => !expected.cannot[transport] && wanted.includes(transport));
const cannot = transports.filter((transport) => expected.cannot[transport]);
const first = usable.find((transport) => !broken[transport]); // the one whose page has the long cases too

/** The cases of one transport's page; a broken one has to show it in one of them. */
function chosen(transport) {
  if (broken[transport]) {
    return ['surrogates'];
  }
  const isFirst = transport === first;
  const list = cases.filter((one) => isFull || isFirst || !one.isLong).map((one) => one.name);
  return isFirst && cannot.length > 0 ? [...list, 'cannot'] : list;
}

/** Runs the suite in a page of the engine's; answers {results, error, agent}, error being '' where the suite ran to its end. */
async function runPage(engine, transport) {
  const lab = await startLab();
  const outcome = {results: lab.results, error: '', agent: lab.agent};
  let page;
  try {
    page = await engine.open(lab.address({transport, cases: chosen(transport).join(','), cannot: cannot.join(','),
      most: isFull ? '' : expected.most || '', limit: broken[transport] ? 9000 : isFull ? 150000 : 45000}, isApart));
    outcome.error = await within(Promise.race([lab.ended, page.died || new Promise(() => {})]), 'the end of the suite', kPageMs);
  } catch (error) {
    outcome.error = String(error.message || error);
  } finally {
    await (page && page.close());
    await lab.stop();
  }
  return outcome;
}

/** The same; again where the engine itself crashed, if that is what it does now and then. */
async function runPageOfEngine(engine, transport) {
  let outcome = await runPage(engine, transport);
  for (let again = 1; again < kRuns && expected.crash && expected.crash.shows.test(outcome.error); again++) {
    console.log(`${expected.title}, ${transport}: again, since ${expected.crash.reason}; it said: ${outcome.error.slice(0, 200)}`);
    outcome = await runPage(engine, transport);
  }
  return outcome;
}

/** Starts all pages, `atOnce` at a time; answers a promise for each. */
function runPages(engine, atOnce) {
  const waiting = usable.map((transport) => ({transport}));
  const promises = waiting.map((one) => new Promise((resolve) => {
    one.resolve = resolve;
  }));
  async function work() {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      one.resolve(await runPageOfEngine(engine, one.transport));
    }
  }
  for (let i = 0; i < atOnce; i++) {
    work();
  }
  return promises;
}

/** What a case came to: '' where it passed. */
function judge(outcome, one) {
  const result = outcome.results.get(one);
  return result ? (result.ok ? '' : result.text || 'failed') : `the engine never told of it (${outcome.error || 'the suite ended'})`;
}

if (!driver.isThere()) {
  const reason = `${expected.title} is not installed (Debian: ${driver.package})`;
  test(expected.title, {skip: process.env.CI ? false : reason}, () => assert.fail(reason));
} else {
  let engine;
  let pages;
  before(async () => {
    engine = await driver.start();
    pages = runPages(engine, driver.atOnce);
  }, patience);
  after(async () => {
    await Promise.all(pages);
    await engine.stop();
  }, patience);

  usable.forEach((transport, at) => describe(`${expected.title}, ${transport}`, () => {
    let outcome;
    before(async () => {
      outcome = await pages[at];
    }, patience);
    const failing = broken[transport] ? {surrogates: broken[transport]} : expected.fails[transport] || {};
    cases.filter((one) => chosen(transport).includes(one.name)).forEach((one) => test(one.title, (context) => {
      const wrong = judge(outcome, one.name);
      context.diagnostic(`${(outcome.results.get(one.name) || {}).milliseconds} ms`);
      if (failing[one.name]) {
        assert.notStrictEqual(wrong, '', `it passes, against what expected.js says: ${failing[one.name]}`);
      } else {
        assert.strictEqual(wrong, '');
      }
    }));
    test('no error but those that the cases caught, to the end', () => assert.strictEqual(outcome.error, ''));
    if (transport === first && cannot.length > 0) {
      test(`what cannot work here says so: ${cannot.join(', ')}`, () => assert.strictEqual(judge(outcome, 'cannot'), ''));
    }
  }));
}
