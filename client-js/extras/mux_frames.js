// The frames of a multiplexed session, as docs/mux.md draws them.

var kProtocol = 'encke-mux.1';
var kOpenFrame = 0;
var kOpenedFrame = 1;
var kTextFrame = 2;
var kBinaryFrame = 3;
var kCreditFrame = 4;
var kCloseFrame = 5;
var kMore = 128;
var kLargest = 2147483647;
var kPieceBytes = 16384;
var kPieceCost = 48; // of a window, besides its bytes
var kLeastPiece = 256;

// A number as bytes of seven bits, the lowest first.
function numberBytes(number) {
  var list = [];
  for (; number > 127; number >>>= 7) {
    list.push(number & 127 | 128);
  }
  list.push(number);
  return list;
}

function appendText(list, string) {
  var bytes = encodeText(string);
  var i;
  list.push.apply(list, numberBytes(bytes.length));
  for (i = 0; i < bytes.length; i++) {
    list.push(bytes[i]);
  }
}

function frameHead(id, type, number) {
  return numberBytes(id).concat([type], number === undefined ? [] : numberBytes(number));
}

function openFrame(id, windowBytes, path, token, protocols) {
  var list = frameHead(id, kOpenFrame, windowBytes);
  var i;
  appendText(list, path);
  appendText(list, token);
  list = list.concat(numberBytes(protocols.length));
  for (i = 0; i < protocols.length; i++) {
    appendText(list, protocols[i]);
  }
  return makeBytes(list);
}

function creditFrame(id, bytes) {
  return makeBytes(frameHead(id, kCreditFrame, bytes));
}

function closeFrame(id, code, reason) {
  return joinBytes([makeBytes(frameHead(id, kCloseFrame, code)), encodeText(reason)]);
}

function pieceFrame(id, type, bytes) {
  return joinBytes([makeBytes(frameHead(id, type)), bytes]);
}

// What the server sent: {id, type, more, number, rest}, or null where it is no frame.
function parseFrame(bytes) {
  var at = 0;
  var frame = {};

  function number() {
    var value = 0;
    var scale = 1;
    var digit;
    do {
      digit = bytes[at++];
      value += (digit & 127) * scale;
      scale *= 128;
    } while (digit >= 128 && scale < 34359738368); // 2^35: five bytes
    return digit < 128 && value <= kLargest ? value : NaN;
  }

  frame.id = number();
  frame.type = bytes[at++];
  frame.more = frame.type > kMore;
  frame.type &= 127;
  frame.number = frame.type === kOpenedFrame || frame.type === kCreditFrame || frame.type === kCloseFrame ? number() : 0;
  frame.rest = partOf(bytes, at, bytes.length);
  return frame.id > 0 && frame.number >= 0 && frame.type >= kOpenedFrame && frame.type <= kCloseFrame ? frame : null;
}
