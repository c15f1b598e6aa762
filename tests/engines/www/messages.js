// What is sent in the cases, and how it is compared. ECMAScript 3, as all that pages load.
var messages = (function () {
  var hasBytes = typeof Uint8Array !== 'undefined';

  function character(code) {
    return code < 65536 ? String.fromCharCode(code) :
      String.fromCharCode(55296 + ((code - 65536) >> 10), 56320 + ((code - 65536) & 1023));
  }

  function isSurrogate(code) {
    return code >= 55296 && code < 57344;
  }

  // Text of `length` characters, none like the one before.
  function filler(length) {
    var piece = '';
    var i;
    for (i = 0; i < 1024; i++) {
      piece += String.fromCharCode(32 + (i * 7) % 90);
    }
    while (piece.length < length) {
      piece += piece;
    }
    return piece.substring(0, length);
  }

  return {
    filler: filler,

    // Every character of plane 0, and of each other plane its first and last 128 and one in 251 between.
    planes: function () {
      var all = [];
      var plane, code, last, line;
      for (plane = 0; plane < 17; plane++) {
        line = '';
        last = plane * 65536 + 65535;
        for (code = last - 65535; code <= last; code += plane === 0 || code < last - 65407 || code > last - 128 ? 1 :
            Math.min(251, last - 127 - code)) {
          if (!isSurrogate(code)) {
            line += character(code);
          }
          if (line.length > 4000) {
            all.push(line);
            line = '';
          }
        }
        all.push(line);
      }
      return all;
    },

    // `length` bytes from `first` on, as this engine has them.
    bytes: function (length, first) {
      var list = hasBytes ? new Uint8Array(length) : [];
      var i;
      for (i = 0; i < length; i++) {
        list[i] = (first + i + (i >> 8)) & 255;
      }
      return hasBytes ? list.buffer : list;
    },

    // What is wrong with a message that came, '' where it is as it should be.
    difference: function (wanted, came) {
      var i, a, b;
      if (typeof wanted === 'string' || typeof came === 'string') {
        if (wanted === came) {
          return '';
        }
        if (typeof wanted !== typeof came) {
          return 'a ' + typeof came + ' came for a ' + typeof wanted;
        }
        for (i = 0; wanted.charCodeAt(i) === came.charCodeAt(i); i++) {
          // on to the first difference
        }
        return 'text of ' + came.length + ' for ' + wanted.length + ', different from character ' + i + ': ' + came.charCodeAt(i) +
          ' for ' + wanted.charCodeAt(i);
      }
      a = hasBytes ? new Uint8Array(wanted) : wanted;
      b = hasBytes ? new Uint8Array(came) : came;
      if (a.length !== b.length) {
        return b.length + ' bytes for ' + a.length;
      }
      for (i = 0; i < a.length; i++) {
        if (a[i] !== b[i]) {
          return 'byte ' + i + ' is ' + b[i] + ', not ' + a[i];
        }
      }
      return '';
    }
  };
}());
