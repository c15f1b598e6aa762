// Bytes, and how they travel where only text does: base64 (RFC 4648, 4) without "=".
//
// Bytes are a Uint8Array, or where the browser has none an array of numbers.

var base64 = (function () {
  var letters = 'abcdefghijklmnopqrstuvwxyz';
  var alphabet = letters.toUpperCase() + letters + '0123456789+/';
  var kBytesAtOnce = 3072; // so much becomes one piece of text; joining pieces is what keeps long ones fast
  var values = []; // by code unit
  var i;

  for (i = 0; i < 64; i++) {
    values[alphabet.charCodeAt(i)] = i;
  }

  function encodePart(bytes, from, to) {
    var out = '';
    var i, group;
    for (i = from; i < to; i += 3) {
      group = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]; // behind the end they are undefined, which counts as 0
      out += alphabet.charAt(group >> 18) + alphabet.charAt(group >> 12 & 63) + alphabet.charAt(group >> 6 & 63) +
        alphabet.charAt(group & 63);
    }
    return out;
  }

  function encode(bytes) {
    var parts = [];
    var from;
    for (from = 0; from < bytes.length; from += kBytesAtOnce) {
      parts.push(encodePart(bytes, from, Math.min(from + kBytesAtOnce, bytes.length)));
    }
    return parts.join('').substring(0, Math.ceil(bytes.length * 4 / 3));
  }

  // The bytes, or null where the text is not what encode() makes.
  function decode(written) {
    var bytes = env.newBytes(Math.floor(written.length * 3 / 4));
    var bits = 0;
    var held = 0;
    var at = 0;
    var i, value;
    for (i = 0; i < written.length; i++) {
      value = values[written.charCodeAt(i)];
      if (value === undefined) {
        return null;
      }
      held = (held << 6 | value) & 0xffff;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes[at++] = held >> bits & 255;
      }
    }
    return written.length % 4 === 1 || (held & (1 << bits) - 1) !== 0 ? null : bytes;
  }

  return {
    encode: encode,
    decode: decode,

    // A message as snapshots and other tabs have it: a string, or [base64] for bytes.
    pack: function (data) {
      return typeof data === 'string' ? data : [encode(data)];
    },

    unpack: function (packed) {
      return typeof packed === 'string' ? packed : decode(packed[0]);
    }
  };
}());
