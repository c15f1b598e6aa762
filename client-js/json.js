// JSON for every browser: the native parser where there is one, an own one (without eval) elsewhere; and an
// encoder that escapes the code points which some browser, proxy or server is known to lose on the way.

var json = (function () {
  // What travels as \uXXXX: controls, invisible and bidirectional marks, separators, surrogates, the byte order mark
  // and the specials, which encodings, proxies or JavaScript parsers drop or change; and what Unicode's normalisation
  // form C replaces, puts into another order or joins with what comes before it, as WebKit up to 2016 and others
  // applied it to what they sent. Rare characters between two of these are in one range with them.
  var dangerous = new RegExp('["\\\\\\x00-\\x1f\\x7f-\\x9f\\xad' +
    '\\u0300-\\u0387\\u0483-\\u0487\\u0591-\\u05c7\\u0600-\\u061a\\u064b-\\u0670\\u06d6-\\u08ff\\u093c-\\u095f' +
    '\\u09bc-\\u09fe\\u0a33-\\u0a5e\\u0abc-\\u0acd\\u0b3c-\\u0b5d\\u0bbe-\\u0bd7\\u0c3c-\\u0c56\\u0cbc-\\u0cd6' +
    '\\u0d3b-\\u0d57\\u0dca-\\u0ddf\\u0e38-\\u0e4b\\u0eb8-\\u0fc6\\u102e-\\u108d\\u1161-\\u11c2\\u135d-\\u1734' +
    '\\u17b4-\\u1dff\\u1f00-\\u200f\\u2028-\\u206f\\u20d0-\\u212b\\u2329-\\u232a\\u2adc-\\u2dff\\u302a-\\u302f' +
    '\\u3099-\\u309a\\ua66f-\\uabed\\ud800-\\ufeff\\ufff0-\\uffff]', 'g');
  var shortForm = {};
  var plain = {'"': '"', '\\': '\\', '/': '/', n: '\n', r: '\r', t: '\t', b: '\b', f: '\f'};
  var words = {'true': true, 'false': false, 'null': null};
  var blanks = /[ \t\n\r]*/g;
  var kDeepest = 100;

  eachOf(plain, function (character, name) {
    shortForm[character] = '\\' + name;
  });

  function escape(character) {
    return shortForm[character] || '\\u' + ('000' + character.charCodeAt(0).toString(16)).slice(-4);
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
    var i;
    if (typeof value === 'string') {
      return quote(value);
    }
    if (isArray(value)) {
      for (i = 0; i < value.length; i++) {
        parts.push(stringify(value[i]));
      }
      return '[' + parts.join(',') + ']';
    }
    if (value && typeof value === 'object') {
      eachOf(value, function (member, key) {
        if (typeof member !== 'undefined' && typeof member !== 'function') {
          parts.push(quote(key) + ':' + stringify(member));
        }
      });
      return '{' + parts.join(',') + '}';
    }
    return typeof value === 'boolean' || (typeof value === 'number' && isFinite(value)) ? String(value) : 'null';
  }

  // Reads one JSON text, by RFC 8259; throws an Error that names the place.
  function parseText(source) {
    var at = 0;

    function fail() {
      throw new Error('not JSON at character ' + at);
    }

    // Steps over what the pattern, which may be empty, finds here, and answers it.
    function skip(pattern) {
      var found;
      pattern.lastIndex = at;
      found = pattern.exec(source)[0];
      at += found.length;
      return found;
    }

    function need(pattern) {
      return skip(pattern) || fail();
    }

    // Steps over a character and the blanks behind it; answers whether it is there.
    function take(character) {
      var isThere = source.charAt(at) === character;
      if (isThere) {
        at++;
        skip(blanks);
      }
      return isThere;
    }

    function readString() {
      var parts = [];
      var found;
      need(/"?/g);
      do {
        parts.push(skip(/[^"\\\x00-\x1f]*/g));
        found = need(/("|\\(u[0-9a-fA-F]{4}|["\\\/bfnrt]))?/g);
        parts.push(found === '"' ? '' : plain[found.charAt(1)] || String.fromCharCode(parseInt(found.substring(2), 16)));
      } while (found !== '"');
      return parts.join('');
    }

    function readWord() {
      var found = need(/(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)?/g);
      return words.hasOwnProperty(found) ? words[found] : Number(found);
    }

    // What is between two brackets: readOne() for each, with commas between; answers `all`.
    function readAll(end, all, readOne) {
      if (!take(end)) {
        do {
          readOne();
        } while (take(','));
        if (!take(end)) {
          fail();
        }
      }
      return all;
    }

    // A value with the blanks around it.
    function readValue(depth) {
      var all, value;
      if (depth > kDeepest) {
        fail();
      }
      skip(blanks);
      if (take('[')) {
        all = [];
        return readAll(']', all, function () {
          all.push(readValue(depth + 1));
        });
      }
      if (take('{')) {
        all = {};
        return readAll('}', all, function () {
          var key = readString();
          skip(blanks);
          if (!take(':')) {
            fail();
          }
          all[key] = readValue(depth + 1);
        });
      }
      value = source.charAt(at) === '"' ? readString() : readWord();
      skip(blanks);
      return value;
    }

    var result = readValue(0);
    if (at < source.length) {
      fail();
    }
    return result;
  }

  // Own parser or native one, the outcome is the same; the native one is faster.
  function parse(source) {
    var builtIn = env.root.JSON;
    return builtIn && builtIn.parse ? builtIn.parse(source) : parseText(source);
  }

  // The same, or null where it is no JSON.
  function read(source) {
    try {
      return parse(source);
    } catch (e) {
      return null;
    }
  }

  return {ascii: ascii, quote: quote, stringify: stringify, parse: parse, parseText: parseText, read: read};
}());

Encke.JSON = {parse: json.parse, stringify: json.stringify};
