// What expected.js claims, as the part of docs/engines.md between the markers: "node table.js" writes it.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const {cases, engines, transports} = require('./expected.js');

const page = path.join(__dirname, '../../docs/engines.md');
const kBegin = '<!-- engines: written by tests/engines/table.js -->\n';
const kEnd = '<!-- engines end -->\n';

function cell(engine, transport) {
  if (engine.cannot[transport]) {
    return '–';
  }
  const failing = engine.broken && engine.broken[transport] ? cases.length : Object.keys(engine.fails[transport] || {}).length;
  return `${cases.length - failing} of ${cases.length}`;
}

function reasons(engine) {
  const words = ['cannot', 'broken'].flatMap((kind) => Object.entries(engine[kind] || {}).map(([transport, why]) => `\`${transport}\`: ${why}`));
  const failing = Object.entries(engine.fails).flatMap(([transport, ones]) => Object.entries(ones).map(([name, why]) =>
    `\`${transport}\`, ${cases.find((one) => one.name === name).title}: fails, ${why}`));
  return [...words, ...failing];
}

function render() {
  const row = (cells) => `| ${cells.join(' | ')} |\n`;
  const all = Object.values(engines);
  return row(['engine', ...transports.map((transport) => `\`${transport}\``)]) + row(['---', ...transports.map(() => '---')]) +
    all.map((engine) => row([engine.title, ...transports.map((transport) => cell(engine, transport))])).join('') +
    '\nWhat a dash, and what is missing, means:\n\n' +
    all.filter((engine) => reasons(engine).length > 0).map((engine) => `- ${engine.title}. ${reasons(engine).join('; ')}.\n`).join('') +
    '\nThe cases:\n\n' + cases.map((one, at) => `${at + 1}. ${one.title}\n`).join('');
}

/** [before, what is between the markers, after]. */
function parts() {
  const text = fs.readFileSync(page, 'utf8');
  const from = text.indexOf(kBegin) + kBegin.length;
  const to = text.indexOf(kEnd);
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}

if (require.main === module) {
  const [before, , after] = parts();
  fs.writeFileSync(page, `${before}${render()}${after}`);
}

module.exports = {parts, render};
