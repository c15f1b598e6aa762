// SHA-1 (RFC 3174), HMAC (RFC 2104) and PBKDF2 (RFC 2898) over strings whose characters are bytes, for browsers that have none of them.

var kFirst = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0];
var kSliceMs = 20; // of work at a time, so that the page goes on

function turned(word, bits) {
  return (word << bits) | (word >>> (32 - bits));
}

// One block of 16 words, into the five of `state`.
function addBlock(state, block) {
  var words = block.slice(0, 16);
  var a = state[0];
  var b = state[1];
  var c = state[2];
  var d = state[3];
  var e = state[4];
  var at;
  var next;
  for (at = 0; at < 80; at++) {
    if (at >= 16) {
      words[at] = turned(words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16], 1);
    }
    next = turned(a, 5) + e + words[at];
    if (at < 20) {
      next += (b & c | ~b & d) + 0x5A827999;
    } else if (at < 40) {
      next += (b ^ c ^ d) + 0x6ED9EBA1;
    } else if (at < 60) {
      next += (b & c | b & d | c & d) + 0x8F1BBCDC;
    } else {
      next += (b ^ c ^ d) + 0xCA62C1D6;
    }
    e = d;
    d = c;
    c = turned(b, 30);
    b = a;
    a = next | 0;
  }
  return [state[0] + a | 0, state[1] + b | 0, state[2] + c | 0, state[3] + d | 0, state[4] + e | 0];
}

// The blocks of `bytes` with what goes behind them, where `before` bytes have been added already.
function blocksOf(bytes, before) {
  var words = [];
  var size = bytes.length;
  var total = (((size + 8) >> 6) + 1) * 16;
  var at;
  for (at = 0; at < total; at++) {
    words[at] = 0;
  }
  for (at = 0; at < size; at++) {
    words[at >> 2] |= bytes.charCodeAt(at) << (24 - at % 4 * 8);
  }
  words[size >> 2] |= 0x80 << (24 - size % 4 * 8);
  words[total - 2] = Math.floor((size + before) / 0x20000000);
  words[total - 1] = (size + before) << 3;
  return words;
}

function digest(state, bytes, before) {
  var words = blocksOf(bytes, before);
  var at;
  for (at = 0; at < words.length; at += 16) {
    state = addBlock(state, words.slice(at, at + 16));
  }
  return state;
}

function bytesOf(words) {
  var bytes = '';
  var at;
  for (at = 0; at < words.length * 4; at++) {
    bytes += String.fromCharCode(words[at >> 2] >>> (24 - at % 4 * 8) & 0xFF);
  }
  return bytes;
}

function sha1(bytes) {
  return bytesOf(digest(kFirst, bytes, 0));
}

// The states behind the two blocks that a key begins HMAC's two digests with.
function keyed(key) {
  var inner = [];
  var outer = [];
  var words;
  var at;
  if (key.length > 64) {
    key = sha1(key);
  }
  words = blocksOf(key, 0);
  // Without what blocksOf() puts behind it.
  words[key.length >> 2] &= ~(0x80 << (24 - key.length % 4 * 8));
  for (at = 0; at < 16; at++) {
    inner[at] = (key.length <= at * 4 ? 0 : words[at]) ^ 0x36363636;
    outer[at] = (key.length <= at * 4 ? 0 : words[at]) ^ 0x5C5C5C5C;
  }
  return {inner: addBlock(kFirst, inner), outer: addBlock(kFirst, outer)};
}

// Of five words, that is.
function hmacBlock(key, words) {
  var block = words.concat([0x80000000 | 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (64 + 20) * 8]);
  var middle = addBlock(key.inner, block);
  return addBlock(key.outer, middle.concat(block.slice(5)));
}

function hmac(key, bytes) {
  var states = keyed(key);
  return bytesOf(digest(states.outer, bytesOf(digest(states.inner, bytes, 64)), 64));
}

// The first 20 bytes, given to `done`. Not at once: it is done in slices.
function pbkdf2(password, salt, rounds, done) {
  var key = keyed(password);
  var last = digest(key.outer, bytesOf(digest(key.inner, salt + '\x00\x00\x00\x01', 64)), 64);
  var all = last;
  var left = rounds - 1;
  function slice() {
    var end = new Date().getTime() + kSliceMs;
    var at;
    while (left > 0) {
      left--;
      last = hmacBlock(key, last);
      for (at = 0, all = all.slice(0); at < 5; at++) {
        all[at] ^= last[at];
      }
      if (left % 16 === 0 && new Date().getTime() >= end) {
        break;
      }
    }
    if (left > 0) {
      setTimeout(slice, 0);
    } else {
      done(bytesOf(all));
    }
  }
  setTimeout(slice, 0);
}
