// JSON for every browser: the native parser where there is one, an own one (without eval) elsewhere; and an
// encoder that escapes the code points which some browser, proxy or server is known to lose on the way.

var json = (function () {
  // What travels as \uXXXX: controls, invisible and bidirectional marks, separators, surrogates, the byte order mark
  // and the specials, which encodings, proxies or JavaScript parsers drop or change; and what Unicode's normalisation
  // form C replaces, puts into another order or joins with what comes before it, as WebKit up to 2016 and others
  // applied it to what they sent.
  var dangerous = new RegExp('["\\\\\\x00-\\x1f' + (
    '007f-009f 00ad 0300-0387 0483-0487 0591-05c7 0600-061a 064b-0670 06d6-074a 07eb-082d 0859-085b 0897-089f ' +
    '08ca-08ff 093c-095f 09bc-09fe 0a33-0a5e 0abc-0acd 0b3c-0b5d 0bbe-0bd7 0c3c-0c56 0cbc-0cd6 0d3b-0d57 0dca-0ddf ' +
    '0e38-0e4b 0eb8-0ecb 0f18-0fc6 102e-103a 108d 1161-1175 11a8-11c2 135d-135f 1714-1734 17b4-17dd 18a9 1939-193b ' +
    '1a17-1a18 1a60-1a7f 1ab0-1aff 1b34-1b73 1baa-1bab 1be6-1bf3 1c37 1cd0-1cf9 1dc0-1dff 1f71-1f7d 1fbb-2001 ' +
    '200c-200f 2028-202f 2060-206f 20d0-20f0 2126-212b 2329-232a 2adc 2cef-2cf1 2d7f 2de0-2dff 302a-302f 3099-309a ' +
    'a66f-a69f a6f0-a6f1 a806-a82c a8c4-a8f1 a92b-a953 a9b3-a9c0 aab0-aac1 aaf6 abed d800-dfff f900-fad9 fb1d-fb4e ' +
    'fe20-fe2f feff fff0-ffff')
    .replace(/ /g, '').replace(/([0-9a-f]{4})/g, '\\u$1') + ']', 'g');
  var shortForm = {'"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f'};
  var plain = {'"': '"', '\\': '\\', '/': '/', n: '\n', r: '\r', t: '\t', b: '\b', f: '\f'};
  var special = /["\\\x00-\x1f]/g; // in a string; comparing with ' ' is not the same in every engine
  var deepest = 100;

  function escape(character) {
    return shortForm.hasOwnProperty(character) ? shortForm[character] :
      '\\u' + ('000' + character.charCodeAt(0).toString(16)).slice(-4);
  }

  // A JSON text in ASCII.
  function ascii(source) {
    return source.replace(/[^\x00-\x7f]/g, escape);
  }

  function quote(string) {
    return '"' + string.replace(dangerous, escape) + '"';
  }

  // The JSON text of strings, finite numbers, booleans, null, arrays and plain objects.
  function stringify(value) {
    var parts = [];
    var i, key;
    if (typeof value === 'string') {
      return quote(value);
    }
    if (typeof value === 'number') {
      return isFinite(value) ? String(value) : 'null';
    }
    if (typeof value === 'boolean') {
      return String(value);
    }
    if (value === null || typeof value !== 'object') {
      return 'null';
    }
    if (Object.prototype.toString.call(value) === '[object Array]') {
      for (i = 0; i < value.length; i++) {
        parts.push(stringify(value[i]));
      }
      return '[' + parts.join(',') + ']';
    }
    for (key in value) {
      if (Object.prototype.hasOwnProperty.call(value, key) && typeof value[key] !== 'undefined' &&
          typeof value[key] !== 'function') {
        parts.push(quote(key) + ':' + stringify(value[key]));
      }
    }
    return '{' + parts.join(',') + '}';
  }

  // Reads one JSON text, by RFC 8259; throws an Error that names the place.
  function parseText(source) {
    var at = 0;

    function fail(expected) {
      throw new Error('not JSON: expected ' + expected + ' at character ' + at);
    }

    function skipBlanks() {
      var c = source.charAt(at);
      while (c === ' ' || c === '\t' || c === '\n' || c === '\r') {
        c = source.charAt(++at);
      }
    }

    function readString() {
      var parts = [];
      var from = ++at; // behind the quote
      var c, found, hex;
      for (;;) {
        special.lastIndex = at;
        found = special.exec(source);
        c = found ? found[0] : '';
        at = found ? found.index : source.length;
        if (c === '"') {
          parts.push(source.substring(from, at++));
          return parts.join('');
        }
        if (c !== '\\') {
          fail('the end of a string');
        }
        parts.push(source.substring(from, at));
        c = source.charAt(at + 1);
        if (c === 'u') {
          hex = source.substr(at + 2, 4);
          if (!/^[0-9a-fA-F]{4}$/.test(hex)) {
            fail('four hexadecimal digits');
          }
          parts.push(String.fromCharCode(parseInt(hex, 16)));
          at += 6;
        } else if (plain.hasOwnProperty(c)) {
          parts.push(plain[c]);
          at += 2;
        } else {
          fail('an escape');
        }
        from = at;
      }
    }

    function readNumber() {
      var rest = source.substr(at, 400);
      var match = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/.exec(rest);
      if (!match) {
        fail('a value');
      }
      at += match[0].length;
      return Number(match[0]);
    }

    function readWord(word, value) {
      if (source.substr(at, word.length) !== word) {
        fail('a value');
      }
      at += word.length;
      return value;
    }

    // Steps over a character and the blanks behind it; answers whether it is there.
    function take(character) {
      var isThere = source.charAt(at) === character;
      if (isThere) {
        at++;
        skipBlanks();
      }
      return isThere;
    }

    // What is between two brackets: readOne() for each, with commas between.
    function readAll(end, readOne) {
      at++;
      skipBlanks();
      if (take(end)) {
        return;
      }
      do {
        readOne();
      } while (take(','));
      if (!take(end)) {
        fail('a comma or ' + end);
      }
    }

    function readArray(depth) {
      var values = [];
      readAll(']', function () {
        values.push(readValue(depth));
      });
      return values;
    }

    function readObject(depth) {
      var members = {};
      readAll('}', function () {
        var key;
        if (source.charAt(at) !== '"') {
          fail('a name in quotes');
        }
        key = readString();
        skipBlanks();
        if (!take(':')) {
          fail('a colon');
        }
        members[key] = readValue(depth);
      });
      return members;
    }

    // A value with the blanks around it.
    function readValue(depth) {
      var c, value;
      if (depth > deepest) {
        fail('less nesting');
      }
      skipBlanks();
      c = source.charAt(at);
      value = c === '"' ? readString() :
        c === '[' ? readArray(depth + 1) :
        c === '{' ? readObject(depth + 1) :
        c === 't' ? readWord('true', true) :
        c === 'f' ? readWord('false', false) :
        c === 'n' ? readWord('null', null) : readNumber();
      skipBlanks();
      return value;
    }

    var result = readValue(0);
    if (at < source.length) {
      fail('the end');
    }
    return result;
  }

  // Own parser or native one, the outcome is the same; the native one is faster.
  function parse(source) {
    var builtIn = env.root.JSON;
    return builtIn && builtIn.parse ? builtIn.parse(source) : parseText(source);
  }

  return {ascii: ascii, quote: quote, stringify: stringify, parse: parse, parseText: parseText};
}());

Encke.JSON = {parse: json.parse, stringify: json.stringify};
