// What a carrier brings, in its own count (PROTOCOL.md 6.5): several may be read at once, and each message is delivered once.
//
// `from` is the A that the carrier stated. session: received(), the number of the next message; deliver(data), which moves
// it on; acknowledge(written), false where that cannot be. owner: onEnd(code, reason) and onLapse(), as session.js has them.
//
// take(frame) answers '' or what is wrong; a carrier that brought something wrong is to be given up, and the next one brings it
// again. takeBinary(bytes) answers ''.

// A number as it stands on the wire; -1 for what is none.
function numberOf(written) {
  return /^[0-9]{1,16}$/.test(written) ? Number(written) : -1;
}

// The first frame of a carrier is an acknowledgement (6.6.3).
function isProof(frame) {
  return /^k[0-9]{1,16}$/.test(frame);
}

function createReader(from, session, owner) {
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
      return false;
    }
    at = number;
    if (number > session.received()) {
      owner.onLapse();
    }
    return true;
  }

  // Delivers all, or none where one of them is no message.
  function takeAll(messages, isMessage) {
    var isGood = filter(messages, isMessage).length === messages.length;
    if (isGood) {
      map(messages, takeOne);
    }
    return isGood;
  }

  function takeJson(kind, payload) {
    if (isArray(payload) && kind === 'a') {
      return takeAll(payload, function (message) {
        return typeof message === 'string';
      });
    }
    if (!isArray(payload) || typeof payload[0] !== 'number') {
      return false;
    }
    owner.onEnd(payload[0], String(payload[1] === undefined ? '' : payload[1]));
    return true;
  }

  function takeAny(kind, rest) {
    if (kind === 'a' || kind === 'c') {
      return takeJson(kind, json.read(rest));
    }
    if (kind === 'b') {
      return takeAll(map(rest.split(','), base64.decode), function (bytes) {
        return bytes !== null;
      });
    }
    return kind === 'h' || (kind === 't' && numberOf(rest) >= 0 && session.timed(rest)) || (kind === 'k' && session.acknowledge(rest)) || (kind === 's' && begin(numberOf(rest)));
  }

  return {
    from: from,

    take: function (frame) {
      return takeAny(frame.charAt(0), frame.substring(1)) ? '' :
        'damaged data arrived ("' + frame.substring(0, 40) + '"); something on the way changes it';
    },

    takeBinary: function (bytes) {
      takeOne(bytes);
      return '';
    }
  };
}
