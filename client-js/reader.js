// What a carrier brings, in its own count (PROTOCOL.md 6.5): several may be read at once, and each message is delivered once.
//
// `from` is the A that the carrier stated. session: received(), the number of the next message; deliver(data), which moves
// it on; acknowledge(written), false where that cannot be; onEnd(code, reason) and onLapse(), as session.js has them.
//
// take(frame) and takeBinary(bytes) answer '' or what is wrong; a carrier that brought something wrong is to be given up, and
// the next one brings it again.

// A number as it stands on the wire; -1 for what is none.
function numberOf(written) {
  return /^[0-9]{1,16}$/.test(written) ? Number(written) : -1;
}

// The first frame of a carrier is an acknowledgement (6.6.3).
function isProof(frame) {
  return /^k[0-9]{1,16}$/.test(frame);
}

function createReader(from, session) {
  var at = from;

  function takeOne(data) {
    at++;
    if (at > session.received()) {
      session.deliver(data);
    }
  }

  // What was acknowledged while this carrier was on its way does not come again.
  function begin(number) {
    if (number < at) {
      return 'it begins before what was asked for';
    }
    at = number;
    if (number > session.received()) {
      session.onLapse();
    }
    return '';
  }

  function takeTexts(payload) {
    var i;
    for (i = 0; i < payload.length; i++) {
      if (typeof payload[i] !== 'string') {
        return 'a message in it is no string';
      }
    }
    for (i = 0; i < payload.length; i++) {
      takeOne(payload[i]);
    }
    return '';
  }

  function takeBytes(parts) {
    var all = [];
    var i;
    for (i = 0; i < parts.length; i++) {
      all[i] = base64.decode(parts[i]);
      if (all[i] === null) {
        return 'what should be base64 is not';
      }
    }
    for (i = 0; i < all.length; i++) {
      takeOne(all[i]);
    }
    return '';
  }

  function takeClose(payload) {
    if (typeof payload[0] !== 'number') {
      return 'its close has no code';
    }
    session.onEnd(payload[0], String(payload[1] === undefined ? '' : payload[1]));
    return '';
  }

  function takeJson(kind, written) {
    var payload;
    try {
      payload = json.parse(written);
    } catch (e) {
      return e.message;
    }
    if (!isArray(payload)) {
      return 'its content is no array';
    }
    return kind === 'a' ? takeTexts(payload) : takeClose(payload);
  }

  function takeAny(kind, rest) {
    if (kind === 'h') {
      return '';
    }
    if (kind === 'a' || kind === 'c') {
      return takeJson(kind, rest);
    }
    if (kind === 'b') {
      return takeBytes(rest.split(','));
    }
    if (kind === 'k') {
      return session.acknowledge(rest) ? '' : 'it acknowledges what was not sent';
    }
    return kind === 's' ? begin(numberOf(rest)) : 'it is no frame';
  }

  return {
    from: from,

    take: function (frame) {
      var wrong = takeAny(frame.charAt(0), frame.substring(1));
      return wrong && 'damaged data arrived ("' + frame.substring(0, 40) + '": ' + wrong + '); something on the way changes it';
    },

    takeBinary: function (bytes) {
      takeOne(bytes);
      return '';
    }
  };
}
