// Bytes, and how they travel where only text does: base64 (RFC 4648, 4) without "=".
//
// Bytes are a Uint8Array, or where the browser has none an array of numbers.

var base64 = (function () {
  var alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  var kBytesAtOnce = 3072; // so much becomes one piece of text; joining pieces is what keeps long ones fast
  var values = null;

  function valueOf(unit) {
    var i;
    if (!values) {
      values = [];
      for (i = 0; i < 128; i++) {
        values[i] = alphabet.indexOf(String.fromCharCode(i));
      }
    }
    return unit < 128 ? values[unit] : -1;
  }

  function encodePart(bytes, from, to) {
    var out = '';
    var i, group, left;
    for (i = from; i < to; i += 3) {
      left = to - i;
      group = bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
      out += alphabet.charAt(group >> 18) + alphabet.charAt(group >> 12 & 63) +
        (left > 1 ? alphabet.charAt(group >> 6 & 63) : '') + (left > 2 ? alphabet.charAt(group & 63) : '');
    }
    return out;
  }

  return {
    encode: function (bytes) {
      var parts = [];
      var from;
      for (from = 0; from < bytes.length; from += kBytesAtOnce) {
        parts.push(encodePart(bytes, from, Math.min(from + kBytesAtOnce, bytes.length)));
      }
      return parts.join('');
    },

    // The bytes, or null where the text is not what encode() makes.
    decode: function (written) {
      var length = Math.floor(written.length * 3 / 4);
      var bytes = env.newBytes(length);
      var bits = 0;
      var held = 0;
      var at = 0;
      var i, value;
      for (i = 0; i < written.length; i++) {
        value = valueOf(written.charCodeAt(i));
        if (value < 0) {
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
  };
}());
