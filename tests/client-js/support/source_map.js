// Reads source maps of version 3.
'use strict';

const kDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** All segments of a map, with numbers from 0: [{line, column, source, sourceLine, sourceColumn}]. */
function readMap(map) {
  const segments = [];
  let source = 0;
  let sourceLine = 0;
  let sourceColumn = 0;
  map.mappings.split(';').forEach((words, line) => {
    let column = 0;
    words.split(',').filter((segment) => segment !== '').forEach((segment) => {
      const numbers = [];
      let value = 0;
      let shift = 0;
      for (const character of segment) {
        const digit = kDigits.indexOf(character);
        value |= (digit & 31) << shift;
        shift += 5;
        if (!(digit & 32)) {
          numbers.push(value & 1 ? -(value >> 1) : value >> 1);
          value = shift = 0;
        }
      }
      column += numbers[0];
      if (numbers.length > 1) {
        source += numbers[1];
        sourceLine += numbers[2];
        sourceColumn += numbers[3];
        segments.push({line, column, source, sourceLine, sourceColumn});
      }
    });
  });
  return segments;
}

module.exports = {readMap};
