// Text as UTF-16 code units: well-formedness, and its length in UTF-8.

var text = (function () {
  var surrogate = /[\ud800-\udfff]/;

  function isHigh(unit) {
    return unit >= 0xd800 && unit <= 0xdbff;
  }

  function isLow(unit) {
    return unit >= 0xdc00 && unit <= 0xdfff;
  }

  // Half a surrogate pair is no character and has no UTF-8 form: U+FFFD stands for it, as in WebSocket.send.
  function wellFormed(string) {
    var parts, from, i, unit;
    if (!surrogate.test(string)) {
      return string;
    }
    parts = [];
    from = 0;
    for (i = 0; i < string.length; i++) {
      unit = string.charCodeAt(i);
      if (isHigh(unit) && isLow(string.charCodeAt(i + 1))) {
        i++;
      } else if (unit >= 0xd800 && unit <= 0xdfff) {
        parts.push(string.substring(from, i), '\ufffd');
        from = i + 1;
      }
    }
    parts.push(string.substring(from));
    return parts.join('');
  }

  // A value as the text that a page means by it: as WebIDL's USVString, which asks toString() and takes no symbol.
  function from(value) {
    return wellFormed(''.concat(value));
  }

  // Bytes of a well-formed string in UTF-8.
  function utf8Length(string) {
    var bytes = string.length;
    var i, unit;
    if (!/[^\x00-\x7f]/.test(string)) {
      return bytes;
    }
    for (i = 0; i < string.length; i++) {
      unit = string.charCodeAt(i);
      if (unit >= 0x80) {
        bytes++;
      }
      if (unit >= 0x800 && !(unit >= 0xd800 && unit <= 0xdfff)) {
        bytes++; // a surrogate pair is two units and four bytes: one more for each of them is right
      }
    }
    return bytes;
  }

  return {from: from, wellFormed: wellFormed, utf8Length: utf8Length};
}());
