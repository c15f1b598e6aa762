// Text as UTF-16 code units: well-formedness, and its length in UTF-8.

var text = (function () {
  // Half a surrogate pair is no character and has no UTF-8 form: U+FFFD stands for it, as in WebSocket.send.
  function wellFormed(string) {
    return string.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, function (found) {
      return found.length > 1 ? found : '\ufffd';
    });
  }

  // A value as the text that a page means by it: as WebIDL's USVString, which asks toString() and takes no symbol.
  function from(value) {
    return wellFormed(''.concat(value));
  }

  // Bytes of a message: of a well-formed string in UTF-8, or just bytes.
  function size(data) {
    var sum = data.length;
    var i, unit;
    if (typeof data !== 'string' || !/[^\x00-\x7f]/.test(data)) {
      return sum;
    }
    for (i = 0; i < data.length; i++) {
      unit = data.charCodeAt(i);
      sum += unit < 0x80 ? 0 : unit < 0x800 || (unit & 0xf800) === 0xd800 ? 1 : 2; // a surrogate pair is two units and four bytes
    }
    return sum;
  }

  return {from: from, wellFormed: wellFormed, size: size};
}());
