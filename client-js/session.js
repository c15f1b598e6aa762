// The session: the page's half of what PROTOCOL.md 6 counts, as the server's half is server/core. Nothing in it does I/O
// or waits: frames come in, frames go out, and the owner is told.
//
//   up      base <= cursor <= base + messages.length    [acknowledged) base [with a carrier) cursor [waiting)
//   down    stated <= received                          a reader (reader.js) for each carrier counts from where it begins
//
// settings: key, windowBytes, and where there is a reason to hold back what the server is told (6.5),
// mayAcknowledge(): the number below which messages may be acknowledged. snapshot: what snapshot() of an earlier session
// answered; this one goes on from there, and key and windowBytes are taken from it.
// owner: onMessage(data, number), data being a string or bytes (base64.js); onWork(): there may be something to write;
// onEnd(code, reason): the server's close, all messages before it having been delivered; onLapse(): messages are missing that
// the server takes for delivered, so that this is not the page that had them.
//
// timings: with each so many messages a sample of the time that an exchange takes goes along (6.14), where it is a number, at least 1.
//
// Whoever holds back acknowledgements calls owesWork() when mayAcknowledge() has moved.

var kBatchBytes = 65536; // a body has at most this much, or one message: servers bound what they take in one piece
var kCarriersBeside = 100; // for the second or so in which a socket that is open has to prove itself
var kMessageOverhead = 48; // what a message costs beyond its bytes (6.8)

function createSession(settings, owner) {
  var before = settings.snapshot || settings;
  var key = before.key;
  var windowBytes = before.windowBytes;
  var carriers = before.carrier || 0; // the number of the last one
  var reserved = 0; // beyond it, the number of a socket that may yet come to nothing
  var messages = []; // unacknowledged: {data, bytes, wire}; wire is its form in a frame, made when it is first needed
  var base = before.base || 0; // the number of messages[0]
  var taken = 0; // of messages, by the carrier; the cursor is base + taken
  var takenCost = 0; // bytes with kMessageOverhead each, of what is taken and not acknowledged
  var skipped = 0; // acknowledged before a carrier took them: a socket has to count them all the same (6.4)
  var waitingBytes = 0;
  var closing = before.closing ? {code: before.closing[0], reason: before.closing[1], taken: false, said: true} : null; // {code, reason, taken, said}: the page's c, behind the last message
  var received = before.received || 0; // the number of the next message down
  var stated = before.stated || 0; // the highest number that the server was told
  var unstatedCost = 0;
  var inDoubt = false; // whether the server heard of what was stated
  var unsampled = 0; // messages taken since the last sample
  var sampledAt = 0;
  var sample = 't'; // what the next one says of the one before
  var handled = 0; // ms that the page took for the last message
  var session;

  function cost(bytes) {
    return bytes + kMessageOverhead;
  }

  function wireOf(message) {
    if (message.wire === null) {
      message.wire = typeof message.data === 'string' ? json.quote(message.data) : base64.encode(message.data);
    }
    return message.wire;
  }

  // The number below which the server may be told that all has arrived; it never goes back.
  function mayState() {
    return Math.max(stated, Math.min(received, settings.mayAcknowledge ? settings.mayAcknowledge() : received));
  }

  // Less than a quarter of the window stops no message, since the server need not acknowledge that (6.8).
  function isBlocked() {
    return taken < messages.length && takenCost * 4 >= windowBytes && takenCost + cost(messages[taken].bytes) > windowBytes;
  }

  function closeFrame() {
    closing.taken = closing.said = true;
    return 'c[' + closing.code + ',' + json.quote(closing.reason) + ']';
  }

  // Texts that follow each other share a frame, and so do bytes in base64; `raw` leaves bytes as they are.
  function takeFrames(raw) {
    var frames = [];
    var size = 0;
    var run = [];
    var kind = '';
    var message, itsKind, itsSize;

    function endRun() {
      if (run.length > 0) {
        frames.push(kind === 'a' ? 'a[' + run.join(',') + ']' : 'b' + run.join(','));
      }
      run = [];
    }

    while (taken < messages.length && !isBlocked()) {
      message = messages[taken];
      itsKind = typeof message.data === 'string' ? 'a' : raw ? 'raw' : 'b';
      itsSize = itsKind === 'raw' ? message.bytes : text.size(wireOf(message)) + 1; // a comma
      itsSize += itsKind === kind ? 0 : 3; // a frame of its own, and what parts it from the one before
      if (size > 0 && size + itsSize > kBatchBytes) {
        break;
      }
      if (itsKind !== kind) {
        endRun();
        kind = itsKind;
      }
      size += itsSize;
      if (itsKind === 'raw') {
        frames.push(message.data);
      } else {
        run.push(wireOf(message));
      }
      taken++;
      unsampled++;
      takenCost += cost(message.bytes);
      waitingBytes -= message.bytes;
    }
    endRun();
    if (unsampled >= settings.timings) {
      unsampled = 0;
      sampledAt = env.now();
      frames.push(sample);
      sample = 't';
    }
    if (closing && !closing.taken && taken === messages.length) {
      frames.push(closeFrame());
    }
    return frames;
  }

  // A message to be sent; answers its number.
  function add(data) {
    var message = {data: data, bytes: text.size(data), wire: null};
    messages.push(message);
    waitingBytes += message.bytes;
    return base + messages.length - 1;
  }

  session = {
    key: key,

    // ---- up ---------------------------------------------------------------------------------------------------

    // Takes a well-formed string or bytes, which the caller does not change any more; answers the message's number.
    send: function (data) {
      var number = add(data);
      owner.onWork();
      return number;
    },

    // The page's close, behind what was sent; or its answer to the server's (6.10).
    close: function (code, reason) {
      if (!closing) {
        closing = {code: code, reason: reason, taken: false, said: false};
        owner.onWork();
      }
    },

    // Whether close() was called.
    isClosing: function () {
      return closing !== null;
    },

    // Whether a carrier ever took the page's close: then the server may have ended the session for it.
    hasSaidClose: function () {
      return closing !== null && closing.said;
    },

    // What carriers took and nobody acknowledged is to go again, by POSTs or by a socket that counts from `first` on.
    // Answers the number with which the next take begins.
    rewind: function (first) {
      var i;
      for (i = 0; i < taken; i++) {
        waitingBytes += messages[i].bytes;
      }
      taken = takenCost = 0;
      skipped = first === undefined ? 0 : base - first;
      if (closing) {
        closing.taken = false;
      }
      return base;
    },

    // One body for a POST: {first, bytes, body, closes}, or null where nothing may go now.
    takeBatch: function () {
      var first = base + taken;
      var bytes = waitingBytes;
      var frames = takeFrames(false);
      skipped = 0;
      return frames.length === 0 ? null :
        {first: first, bytes: bytes - waitingBytes, body: frames.join('\n'), closes: closing !== null && closing.taken};
    },

    // Frames for a socket, at most about 64 KiB; `raw` says that bytes may be among them. Empty where nothing may go.
    takeFrames: function (raw) {
      var frames = takeFrames(raw);
      if (skipped > 0 && frames.length > 0) {
        frames.unshift('a[""' + new Array(skipped).join(',""') + ']'); // the server drops what has these numbers
        skipped = 0;
      }
      return frames;
    },

    // Whether a carrier has something that is not acknowledged.
    isAwaiting: function () {
      return taken > 0 || (closing !== null && closing.taken);
    },

    // The number below which all has arrived.
    firstUnacknowledged: function () {
      return base;
    },

    // Whether the window (6.8) keeps messages back.
    isBlocked: isBlocked,

    // The server has all below this number, given as it stood on the wire. False where that cannot be.
    acknowledge: function (written) {
      var number = numberOf(written);
      var i;
      if (number < 0 || number > base + messages.length) {
        return false;
      }
      for (i = 0; base + i < number; i++) {
        if (i < taken) {
          takenCost -= cost(messages[i].bytes);
        } else {
          waitingBytes -= messages[i].bytes; // it had arrived before the carrier that took it was lost
        }
      }
      skipped += Math.max(0, i - taken);
      if (i > 0) {
        messages.splice(0, i);
        base = number;
        taken = Math.max(0, taken - i);
        owner.onWork();
      }
      return true;
    },

    // The server has all: it answered the page's close, which is behind it.
    acknowledgeAll: function () {
      base += messages.length;
      messages = [];
      taken = takenCost = waitingBytes = 0;
    },

    // Bytes of messages that no carrier has.
    waitingBytes: function () {
      return waitingBytes;
    },

    // The messages that were never acknowledged, in their order.
    unacknowledged: function () {
      return map(messages, function (message) {
        return message.data;
      });
    },

    // ---- down -------------------------------------------------------------------------------------------------

    // The number of the next message.
    received: function () {
      return received;
    },

    // That message.
    deliver: function (data) {
      var began = env.now();
      received++;
      unstatedCost += cost(text.size(data));
      if (!closing) {
        owner.onMessage(data, received - 1);
      }
      handled = env.now() - began;
    },

    // The answer to a sample: the microseconds that the server took.
    timed: function (micros) {
      sample = 't' + Math.max(0, Math.round((env.now() - sampledAt) * 1000 - micros)) + ',' + Math.round(handled * 1000);
      return true;
    },

    // What counts a carrier's messages (reader.js); its A is told with it.
    newReader: function () {
      return createReader(session.state(), session, owner);
    },

    // The A to tell the server now; what is told counts as told.
    state: function () {
      stated = mayState();
      inDoubt = false;
      unstatedCost = stated === received ? 0 : unstatedCost;
      return stated;
    },

    // What told it was lost, and nothing else follows that does. The server has heard of what is below `heard`.
    doubtStated: function (heard) {
      inDoubt = inDoubt || stated > heard;
    },

    // What a POST says whose first message has this number.
    sendQuery: function (first) {
      return 's=' + first + '&a=' + session.state();
    },

    owesAcknowledgement: function () {
      return inDoubt || mayState() > stated;
    },

    isAcknowledgementDue: function () {
      return inDoubt || (mayState() > stated && unstatedCost * 4 >= windowBytes);
    },

    owesWork: function () {
      owner.onWork();
    },

    // ---- both -------------------------------------------------------------------------------------------------

    // N of a carrier that begins now.
    nextCarrier: function () {
      return ++carriers;
    },

    // N of a socket which others go on beside, with lower numbers, until it has proven itself: then, or when it has failed,
    // settleCarrier() follows. If the server has it they are refused with 409; if not, they are as good as before.
    reserveCarrier: function () {
      reserved = carriers + kCarriersBeside;
      return reserved;
    },

    settleCarrier: function () {
      carriers = Math.max(carriers, reserved);
      reserved = 0;
    },

    // Whether there is a number for another carrier now.
    hasCarrier: function () {
      return reserved === 0 || carriers + 1 < reserved;
    },

    // The last carrier's number; what was stated of what was received; what is acknowledged, and taken by a carrier, of
    // what is sent.
    counts: function () {
      return {carrier: Math.max(carriers, reserved), stated: stated, received: received, base: base, sent: base + taken};
    },

    // Whether mayAcknowledge() keeps something back.
    isHeldBack: function () {
      return mayState() < received;
    },

    // All that another page needs to go on with this session: plain values, fit for JSON. `stated` is where the
    // server begins again, `received` where deliveries go on.
    snapshot: function () {
      return {key: key, windowBytes: windowBytes, carrier: Math.max(carriers, reserved), received: received, stated: stated, base: base,
        messages: map(session.unacknowledged(), base64.pack), closing: closing ? [closing.code, closing.reason] : null};
    }
  };
  map(before.messages || [], function (message) {
    add(base64.unpack(message));
  });
  return session;
}
