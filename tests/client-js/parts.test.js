// The small parts by themselves: JSON, text, addresses, in an engine of ECMAScript 3.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {openPage} = require('./support/world.js');

const page = openPage({parts: true, page: 'https://example.test:8443/a/b/page.html?q=1#top'}).context;

/** A value of the page's realm as one of ours. */
function ours(value) {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

describe('own JSON parser', () => {
  const good = ['[]', '{}', '""', '0', '-0', '-1.5e+3', '1E5', 'true', 'false', 'null', ' [ 1 , 2 ] ', '{"a":{"b":[null]}}',
    '"\\u00e9\\ud83d\\ude00\\n\\"\\\\\\/\\b\\f\\r\\t"', '[[["x"]]]', '"\u2028"', '[3000,"Go away!"]', '\t\r\n {"a" : 1 , "b":2}\n'];
  const bad = ['', ' ', '[', ']', '[1,]', '[,1]', '{', '{"a"}', '{"a":}', '{a:1}', '{"a":1,}', '"', '"\\x"', '"\\u12g4"', '"\n"', '01',
    '1.', '.5', '+1', '--1', 'tru', 'nul', 'undefined', '[1]2', '\'a\'', 'NaN', '[1 2]', '"a" "b"', '\u00a01', '"\\ud83'];
  good.forEach((source) => test(`reads ${JSON.stringify(source)}`, () => {
    assert.deepStrictEqual(ours(page.json.parseText(source)), JSON.parse(source) === -0 ? 0 : JSON.parse(source));
  }));
  bad.forEach((source) => test(`rejects ${JSON.stringify(source)}`, () => {
    assert.throws(() => JSON.parse(source), 'the row itself');
    assert.throws(() => page.json.parseText(source), /not JSON at character [0-9]+/);
  }));
  test('rejects nesting that would exhaust the stack', () => {
    assert.throws(() => page.json.parseText('['.repeat(100000)), /not JSON at character 101/);
  });
  test('every prefix of a text is rejected, and never loops', () => {
    const source = '{"a":[1,-2.5e3,"x\\u00e9y",true,false,null,{"b":"\\n"}]}';
    for (let length = 0; length < source.length; length++) {
      assert.throws(() => page.json.parseText(source.substring(0, length)), `length ${length}`);
    }
  });
});

describe('JSON encoder', () => {
  test('every code unit comes back, and what is dangerous is escaped', () => {
    const isDangerous = (unit) => unit < 0x20 || (unit >= 0x7f && unit < 0xa0) || (unit >= 0xd800 && unit <= 0xdfff) ||
      (unit >= 0x200c && unit <= 0x200f) || (unit >= 0x2028 && unit <= 0x202f) || (unit >= 0x2060 && unit <= 0x206f) ||
      unit === 0xfeff || unit >= 0xfff0;
    const joins = new Set(); // what normalisation form C joins with what comes before it
    for (let code = 0; code < 0x110000; code++) {
      String.fromCodePoint(code).normalize('NFD').split('').slice(1).forEach((unit) => joins.add(unit));
    }
    const isMoved = (character) => (character + '\u0334').normalize('NFC') !== character + '\u0334' ||
      ('\u0345' + character).normalize('NFC') !== '\u0345' + character;
    let escaped = 0;
    for (let unit = 0; unit < 0x10000; unit++) {
      const character = String.fromCharCode(unit);
      const quoted = page.json.quote(character);
      assert.strictEqual(JSON.parse(quoted), character);
      if (isDangerous(unit) || character.normalize('NFC') !== character || joins.has(character) || isMoved(character)) {
        assert.match(quoted, /^"\\(u[0-9a-f]{4}|[nrtbf])"$/, `U+${unit.toString(16)}`);
        escaped++;
      }
    }
    assert.ok(escaped > 2500);
  });
  test('values', () => {
    const value = {a: [1, 'x', null, true, false, -1.5], b: {c: ''}, 'd"': 'e\u2028'};
    assert.deepStrictEqual(JSON.parse(page.json.stringify(value)), value);
    assert.strictEqual(page.json.stringify([NaN, Infinity]), '[null,null]');
    assert.strictEqual(page.json.stringify({a: undefined, b: () => 1}), '{}');
  });
});

describe('text', () => {
  const rows = [
    ['', '', 0], ['abc', 'abc', 3], ['\u00e9', '\u00e9', 2], ['\u20ac', '\u20ac', 3], ['\ud83d\ude00', '\ud83d\ude00', 4],
    ['\ud83d', '\ufffd', 3], ['\ude00', '\ufffd', 3], ['a\ud83d\ud83d\ude00b', 'a\ufffd\ud83d\ude00b', 9],
    ['\ude00\ud83d', '\ufffd\ufffd', 6], ['\ud83dx', '\ufffdx', 4], ['\ud800\udc00\udc00', '\ud800\udc00\ufffd', 7]
  ];
  rows.forEach(([raw, formed, bytes]) => test(`${JSON.stringify(raw)} is ${bytes} bytes`, () => {
    assert.strictEqual(page.text.wellFormed(raw), formed);
    assert.strictEqual(page.text.size(formed), bytes);
    assert.strictEqual(Buffer.byteLength(formed), bytes, 'the row itself');
  }));
});

describe('addresses', () => {
  const base = 'https://example.test:8443/a/b/page.html?q=1#top';
  const rows = [
    ['/echo', 'https://example.test:8443/echo'],
    ['echo', 'https://example.test:8443/a/b/echo'],
    ['../echo', 'https://example.test:8443/a/echo'],
    ['../../../echo/', 'https://example.test:8443/echo/'],
    ['./x/./y/..', 'https://example.test:8443/a/b/x/'],
    ['', 'https://example.test:8443/a/b/page.html?q=1'],
    ['?z', 'https://example.test:8443/a/b/page.html?z'],
    ['//other.test/echo', 'https://other.test/echo'],
    ['http://other.test', 'http://other.test/'],
    ['HTTP://Other.TEST:80/Echo?A=b', 'http://other.test/Echo?A=b'],
    ['ws://other.test:8080/echo', 'http://other.test:8080/echo'],
    ['wss://other.test:443/echo', 'https://other.test/echo'],
    ['http://[::1]:80/echo', 'http://[::1]/echo'],
    ['http://Ann:Pw@other.test/echo', 'http://Ann:Pw@other.test/echo'],
    ['http://other.test:/echo', 'http://other.test/echo'],
    [' /echo\n', 'https://example.test:8443/echo'],
    ['\t\rhttp://other.test/echo ', 'http://other.test/echo']
  ];
  rows.forEach(([address, whole]) => test(`"${address}" is ${whole}`, () => {
    assert.strictEqual(page.url.format(page.url.resolve(address, base)), whole);
    const native = new URL(address, base);
    native.hash = '';
    assert.strictEqual(native.href.replace(/^ws/, 'http'), whole, 'the row itself');
  }));
  ['ftp://other.test/', 'javascript:alert(1)', 'mailto:a@b', 'http://', 'http:///x', 'http://a b/', '/echo#top', 'http://other.test/#'].forEach(
    (address) => test(`"${address}" is a SyntaxError`, () => {
      assert.throws(() => page.url.resolve(address, base), {name: 'SyntaxError'});
    }));
  test('the same origin is the same scheme, host and port', () => {
    const same = (a, b) => page.url.sameOrigin(page.url.resolve(a, base), b);
    assert.ok(same('http://a.test:80/x', 'http://A.test/y'));
    assert.ok(same('ws://a.test/x', 'http://a.test/y'));
    assert.ok(!same('https://a.test/x', 'http://a.test/y'));
    assert.ok(!same('http://a.test:81/x', 'http://a.test/y'));
    assert.ok(!same('http://a.test/', 'about:blank'));
  });
  test('requests stand below the service and keep the page\'s own query, which the server can tell from theirs', () => {
    const parts = page.url.resolve('/echo/?room=1', base);
    assert.strictEqual(page.url.below(parts, '/info', 't=5'), 'https://example.test:8443/echo/info?t=5&&room=1');
    assert.strictEqual(page.url.below(parts, '/websocket', ''), 'https://example.test:8443/echo/websocket?&room=1');
  });
});

describe('time-outs', () => {
  [[0, 300], [1, 301], [100, 400], [101, 404], [500, 2000]].forEach(([rtt, limit]) => {
    test(`a round trip of ${rtt} ms may take ${limit} ms`, () => assert.strictEqual(page.roundTripTimeout(rtt), limit));
  });
});
