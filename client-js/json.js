// JSON for every browser: the native parser where there is one, an own one (without eval) elsewhere; and an
// encoder that escapes the code points which some browser, proxy or server is known to lose on the way.

var json = (function () {
  // What travels as \uXXXX: controls, invisible and bidirectional marks, separators, surrogates, the byte order mark
  // and the specials, which encodings, proxies or JavaScript parsers drop or change; and what Unicode's
  // normalisation form C would replace, as some browsers applied it to what they sent.
  var dangerous = new RegExp('["\\\\\\x00-\\x1f\\x7f-\\x9f\\xad\\u0600-\\u0604\\u070f\\u17b4\\u17b5\\u200c-\\u200f' +
    '\\u2028-\\u202f\\u2060-\\u206f\\ud800-\\udfff\\ufeff\\ufff0-\\uffff' +
    '\\u0300-\\u036f\\u0374\\u037e\\u0387\\u0958-\\u095f\\u09dc-\\u09df\\u0a33-\\u0a5e\\u0b5c\\u0b5d\\u0f43-\\u0fb9' +
    '\\u1f71-\\u1ffd\\u2000\\u2001\\u2126-\\u212b\\u2329\\u232a\\u2adc\\uf900-\\ufad9\\ufb1d-\\ufb4e]', 'g');
  var shortForm = {'"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f'};
  var plain = {'"': '"', '\\': '\\', '/': '/', n: '\n', r: '\r', t: '\t', b: '\b', f: '\f'};
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
      var c, hex;
      for (;;) {
        c = source.charAt(at);
        if (c === '"') {
          parts.push(source.substring(from, at++));
          return parts.join('');
        }
        if (c === '' || c < ' ') {
          fail('the end of a string');
        }
        if (c !== '\\') {
          at++;
          continue;
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

    function readArray(depth) {
      var values = [];
      at++;
      skipBlanks();
      if (source.charAt(at) === ']') {
        at++;
        return values;
      }
      for (;;) {
        values.push(readValue(depth));
        if (source.charAt(at) === ']') {
          at++;
          return values;
        }
        if (source.charAt(at) !== ',') {
          fail('a comma or the end of an array');
        }
        at++;
      }
    }

    function readObject(depth) {
      var members = {};
      var key;
      at++;
      skipBlanks();
      if (source.charAt(at) === '}') {
        at++;
        return members;
      }
      for (;;) {
        skipBlanks();
        if (source.charAt(at) !== '"') {
          fail('a name in quotes');
        }
        key = readString();
        skipBlanks();
        if (source.charAt(at) !== ':') {
          fail('a colon');
        }
        at++;
        members[key] = readValue(depth);
        if (source.charAt(at) === '}') {
          at++;
          return members;
        }
        if (source.charAt(at) !== ',') {
          fail('a comma or the end of an object');
        }
        at++;
      }
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
