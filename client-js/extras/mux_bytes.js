// Bytes of multiplexed messages: a Uint8Array, or where the browser has none an array of numbers.

var kDecodedAtOnce = 4096;

function isTyped() {
  return typeof Uint8Array !== 'undefined';
}

// Of an array of numbers.
function makeBytes(list) {
  return isTyped() ? new Uint8Array(list) : list;
}

function partOf(bytes, from, to) {
  return bytes.subarray ? bytes.subarray(from, to) : bytes.slice(from, to);
}

function joinBytes(parts) {
  var size = 0;
  var at = 0;
  var i, all;
  for (i = 0; i < parts.length; i++) {
    size += parts[i].length;
  }
  all = makeBytes(isTyped() ? size : []);
  for (i = 0; i < parts.length; i++) {
    if (all.set) {
      all.set(parts[i], at);
      at += parts[i].length;
    } else {
      all = all.concat(parts[i]);
    }
  }
  return all;
}

// Half a surrogate pair has no UTF-8 form: U+FFFD stands for it, as in WebSocket.send.
function wellFormed(string) {
  return string.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, function (found) {
    return found.length > 1 ? found : '\ufffd';
  });
}

function encodeText(string) {
  var list = [];
  var i, units;
  if (typeof TextEncoder !== 'undefined') {
    return new TextEncoder().encode(string);
  }
  units = unescape(encodeURIComponent(wellFormed(string)));
  for (i = 0; i < units.length; i++) {
    list.push(units.charCodeAt(i));
  }
  return makeBytes(list);
}

// The text, or null where the bytes are no UTF-8.
function decodeText(bytes) {
  var units = '';
  var at;
  try {
    if (typeof TextDecoder !== 'undefined') {
      return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes);
    }
    for (at = 0; at < bytes.length; at += kDecodedAtOnce) {
      units += String.fromCharCode.apply(null, partOf(bytes, at, Math.min(at + kDecodedAtOnce, bytes.length)));
    }
    return decodeURIComponent(escape(units));
  } catch (e) {
    return null;
  }
}

function kindOf(data) {
  return Object.prototype.toString.call(data).slice(8, -1);
}

function isBlob(data) {
  return /^(Blob|File)$/.test(kindOf(data)) && typeof FileReader !== 'undefined';
}

// A copy of what a page sends as bytes: an ArrayBuffer, a view of one, or an array of bytes where the browser has no typed ones;
// null for anything else.
function bytesOf(data) {
  var kind = kindOf(data);
  if (!isTyped()) {
    return kind === 'Array' ? data.slice(0) : null;
  }
  if (/^(Shared)?ArrayBuffer$/.test(kind)) {
    return new Uint8Array(new Uint8Array(data));
  }
  if (data && data.buffer && kind !== 'Array') {
    return new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return null;
}

// What a page gets, by its binaryType.
function presentBytes(bytes, binaryType) {
  if (!bytes.buffer) {
    return bytes;
  }
  if (binaryType === 'blob' && typeof Blob !== 'undefined') {
    try {
      return new Blob([bytes]);
    } catch (e) {
      return bytes.buffer; // some have the name, and no way to make one
    }
  }
  return bytes.buffer;
}
