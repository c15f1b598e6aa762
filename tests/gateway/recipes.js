// What docs/recipes.md shows: the files of a recipe, by name.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const {root} = require('../e2e/support.js');

/** The files of the recipe with that heading: a line with a name in backticks alone, and the block that follows. */
function recipe(heading) {
  const text = fs.readFileSync(path.join(root, 'docs/recipes.md'), 'utf8');
  const part = text.split(/^## /m).find((each) => each.startsWith(heading + '\n'));
  if (!part) {
    throw new Error(`docs/recipes.md has no recipe "${heading}"`);
  }
  return new Map(Array.from(part.matchAll(/^`([^`\n]+)`\n\n```\w*\n([\s\S]*?)^```$/gm), ([, name, content]) => [name, content]));
}

/** Writes them to a folder, each with what is to be replaced: [pattern, text]. */
function writeFiles(files, folder, replacements) {
  files.forEach((content, name) => {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), {recursive: true});
    fs.writeFileSync(file, replacements.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), content));
  });
}

module.exports = {recipe, writeFiles};
