// The check that a script is ECMAScript 3, as Internet Explorer 5.5 to 8 read it.
'use strict';
const assert = require('node:assert');
const acorn = require('acorn');

/** Parses as ECMAScript 3; also rejects what acorn lets pass: trailing commas in arrays, and labels of ES5. */
function checkEs3(source) {
  acorn.parse(source, {
    ecmaVersion: 3,
    allowReserved: 'never',
    onTrailingComma: (position) => assert.fail(`a trailing comma at offset ${position}`)
  });
  const tokens = [...acorn.tokenizer(source, {ecmaVersion: 3})];
  tokens.forEach((token, index) => {
    const next = tokens[index + 1];
    if (token.type === acorn.tokTypes.comma && next && next.type === acorn.tokTypes.bracketR) {
      assert.fail(`a trailing comma in an array at offset ${token.start}`);
    }
  });
  assert.ok(!/['"]use strict['"]/.test(source), 'strict mode is not ECMAScript 3');
}

module.exports = {checkEs3};
