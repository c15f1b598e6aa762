// What Encke.XmppClient proves a password with: the published vectors of SHA-1, HMAC, PBKDF2 and SCRAM, and servers that do not know the password.
'use strict';
const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const {test} = require('node:test');
const vm = require('node:vm');

function load() {
  const context = vm.createContext({setTimeout: (call) => setImmediate(call), unescape, encodeURIComponent});
  ['text', 'sha1', 'sasl'].forEach((name) => vm.runInContext(fs.readFileSync(path.join(__dirname, `../../client-js/extras/xmpp_${name}.js`), 'utf8'), context));
  return context;
}

const hex = (bytes) => Buffer.from(bytes, 'latin1').toString('hex');

test('SHA-1 is that of RFC 3174, for every length about the ends of blocks', () => {
  const {sha1} = load();
  assert.strictEqual(hex(sha1('abc')), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  for (let size = 0; size < 200; size++) {
    const bytes = crypto.randomBytes(size);
    assert.strictEqual(hex(sha1(bytes.toString('latin1'))), crypto.createHash('sha1').update(bytes).digest('hex'), String(size));
  }
});

test('HMAC is that of RFC 2202, for keys of every length', () => {
  const {hmac} = load();
  assert.strictEqual(hex(hmac('Jefe', 'what do ya want for nothing?')), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79');
  for (let size = 0; size < 140; size++) {
    const [key, bytes] = [crypto.randomBytes(size), crypto.randomBytes(150 - size)];
    assert.strictEqual(hex(hmac(key.toString('latin1'), bytes.toString('latin1'))), crypto.createHmac('sha1', key).update(bytes).digest('hex'), String(size));
  }
});

test('PBKDF2 is that of RFC 6070, and does not hold the page up', async () => {
  const {pbkdf2} = load();
  const derive = (password, salt, rounds) => new Promise((resolve) => pbkdf2(password, salt, rounds, resolve));
  assert.strictEqual(hex(await derive('password', 'salt', 1)), '0c60c80f961f0e71f3a9b524af6012062fe037a6');
  assert.strictEqual(hex(await derive('password', 'salt', 2)), crypto.pbkdf2Sync('password', 'salt', 2, 20, 'sha1').toString('hex'));
  assert.strictEqual(hex(await derive('pass\0word', 'sa\0lt', 4096)).slice(0, 32), '56fa6aa75548099dcc37d7f03425e0c3');
});

/** The example of RFC 5802 5. */
function example() {
  const context = load();
  context.nonce = () => 'fyko+d2lbbFgONRv9qkxdawL';
  return new context.Scram('user', 'pencil');
}
const kChallenge = 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096';

test('SCRAM-SHA-1 is that of RFC 5802, and the server has to know the password too', async () => {
  const scram = example();
  assert.strictEqual(scram.first, 'n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL');
  const answer = await new Promise((resolve, reject) => scram.next(kChallenge, resolve, reject));
  assert.strictEqual(answer, 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=');
  assert.strictEqual(scram.proves(''), false);
  assert.strictEqual(scram.proves('v=rmF9pqV8S7suAoZWja4dJRkFsKR='), false);
  assert.strictEqual(scram.proves('v=rmF9pqV8S7suAoZWja4dJRkFsKQ='), true);
});

test('a server that proves nothing has not proven anything, whenever it says that it is over', () => {
  const scram = example();
  assert.strictEqual(scram.proves(''), false);
  assert.strictEqual(scram.proves('v='), false);
  assert.strictEqual(scram.proves('v=null'), false);
});

test('a challenge that is not one of SCRAM\'s is refused', async () => {
  for (const challenge of ['', 'r=other,s=QSXCR+Q6sek8bf92,i=4096', 'r=fyko+d2lbbFgONRv9qkxdawL,s=QSXCR+Q6sek8bf92,i=4096', kChallenge.replace('4096', '0'),
    kChallenge.replace('4096', '1000001'), kChallenge.replace('4096', 'many'), kChallenge.replace('s=QSXCR+Q6sek8bf92', 's='), 'm=x,' + kChallenge]) {
    await new Promise((resolve, reject) => example().next(challenge, reject, resolve));
  }
});

test('names are escaped as SCRAM has them, and PLAIN is two NULs between UTF-8', () => {
  const {Scram, Plain} = load();
  assert.match(new Scram('a=b,c', 'x').first, /^n,,n=a=3Db=2Cc,r=[A-Za-z0-9+/]{24}$/);
  assert.strictEqual(Buffer.from(new Plain('ada', 'p\u00e4ss').first, 'latin1').toString('utf8'), '\0ada\0p\u00e4ss');
});

test('base64 both ways, and text that XML can carry', () => {
  const {toBase64, fromBase64, escaped} = load();
  for (let size = 0; size < 50; size++) {
    const bytes = crypto.randomBytes(size);
    assert.strictEqual(toBase64(bytes.toString('latin1')), bytes.toString('base64'));
    assert.strictEqual(fromBase64(bytes.toString('base64')), bytes.toString('latin1'));
  }
  assert.strictEqual(escaped('<a href="x">\'&\0\ud800\u{1f600}\ufffe\n'), '&lt;a href=&quot;x&quot;&gt;&apos;&amp;\ufffd\ufffd\u{1f600}\ufffd\n');
});
