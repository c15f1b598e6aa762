// The session: the only file that knows what is in a frame. It numbers nothing yet; it opens, queues, delivers, closes.
//
//   opening -> open -> closing -> dead          close() of the page: what is queued leaves first
//   opening -> dead, open -> dead               a close frame, a lost carrier, abandon()
//
// Frames: o (open), h (heartbeat), a[...] (messages), m"..." (one message), c[code,"reason"] (close).
// `owner` has onOpen(), onMessage(text), onClose(code, reason, clean) and onBuffered(bytes); it may be replaced.

var kBatchBytes = 65536; // one POST carries at most this much, or one message: servers bound their request bodies
var kFlushTimeoutMs = 5000; // how long a closing session waits for some progress, and then for the other side
var kBufferedPollMs = 20; // browsers do not tell when their socket's buffer has drained
var kAbnormal = 1006;
var kNoCode = 1005;

function createSockjsSession(transport, target, owner) {
  var state = 'opening';
  var queue = []; // [{body, bytes, size}], not yet given to the carrier; size is that of the body, on the wire
  var queuedBytes = 0;
  var writtenBytes = 0; // with the carrier, not yet confirmed
  var writing = false;
  var carrier = null;
  var closeTimer = null;
  var bufferTimer = null;
  var closeCode = null;
  var closeReason = '';
  var carrierClosing = false;
  var session;

  function die(code, reason, clean) {
    if (state === 'dead') {
      return;
    }
    state = 'dead';
    env.cancel(closeTimer);
    env.cancel(bufferTimer);
    if (carrier) {
      carrier.abort();
      tellBuffered();
    }
    session.owner.onClose(code, reason, clean);
  }

  function buffered() {
    return queuedBytes + writtenBytes + carrier.buffered();
  }

  function tellBuffered() {
    var inBrowser = carrier.buffered();
    env.cancel(bufferTimer);
    bufferTimer = null;
    session.owner.onBuffered(buffered());
    if (inBrowser > 0 && state !== 'dead') {
      bufferTimer = env.later(tellBuffered, kBufferedPollMs);
    }
  }

  function closeCarrierWhenFlushed() {
    if (queue.length === 0 && !writing && !carrierClosing) {
      carrierClosing = true;
      carrier.close(closeCode, closeReason);
    }
  }

  // However slow the line is: as long as something leaves, what was sent is waited for.
  function watchClosing() {
    var before = buffered();
    closeTimer = env.later(function () {
      if (buffered() < before) {
        watchClosing();
      } else {
        die(kAbnormal, 'the server did not take the last messages and the close in time', false);
      }
    }, kFlushTimeoutMs);
  }

  function takeBatch() {
    var bodies = [];
    var size = 2; // the brackets
    var item;
    while (queue.length > 0 && (bodies.length === 0 || size + queue[0].size <= kBatchBytes)) {
      item = queue.shift();
      bodies.push(item.body);
      size += item.size;
      writtenBytes += item.bytes;
      queuedBytes -= item.bytes;
    }
    return '[' + bodies.join(',') + ']';
  }

  function pump() {
    while (queue.length > 0 && !writing && (state === 'open' || state === 'closing')) {
      if (carrier.write(takeBatch())) {
        writtenBytes = 0;
      } else {
        writing = true;
      }
    }
  }

  function deliver(messages) {
    var i;
    for (i = 0; i < messages.length && state === 'open'; i++) {
      session.owner.onMessage(String(messages[i]));
    }
  }

  function closedByServer(payload) {
    var code = typeof payload[0] === 'number' ? payload[0] : kAbnormal;
    die(code, String(payload[1] === undefined ? '' : payload[1]), code === 1000 || (code >= 3000 && code <= 4999));
  }

  // The payload of a frame, or null after a frame that is none.
  function readPayload(frame) {
    try {
      return {value: json.parse(frame.substring(1))};
    } catch (e) {
      die(kAbnormal, 'a damaged frame arrived (' + e.message + '); something on the way changes the data', false);
      return null;
    }
  }

  function isArray(value) {
    return Object.prototype.toString.call(value) === '[object Array]';
  }

  function onFrame(frame) {
    var kind = frame.charAt(0);
    var payload;
    if (state === 'dead' || kind === 'h') {
      return;
    }
    if (kind === 'o') {
      if (state === 'opening') {
        state = 'open';
        session.owner.onOpen();
      } else {
        die(kAbnormal, 'the server lost the session', false);
      }
      return;
    }
    if (kind !== 'a' && kind !== 'm' && kind !== 'c') {
      die(kAbnormal, 'what arrived is no frame: "' + frame.substring(0, 40) + '"', false);
      return;
    }
    payload = readPayload(frame);
    if (!payload) {
      return;
    }
    if (kind === 'm') {
      deliver([payload.value]);
    } else if (!isArray(payload.value)) {
      die(kAbnormal, 'a frame arrived whose content is no array', false);
    } else if (kind === 'a') {
      deliver(payload.value);
    } else {
      closedByServer(payload.value);
    }
  }

  session = {
    owner: owner,
    transport: transport,

    start: function () {
      carrier = transport.open(target, {
        frame: onFrame,
        written: function () {
          if (state === 'dead') {
            return;
          }
          writing = false;
          writtenBytes = 0;
          pump();
          tellBuffered();
          if (state === 'closing') {
            closeCarrierWhenFlushed();
          }
        },
        closed: function (clean) {
          if (state === 'closing' && clean) {
            die(closeCode === null ? kNoCode : closeCode, closeReason, true);
          } else {
            die(kAbnormal, 'the connection was cut while it was being closed', false);
          }
        },
        lost: function (reason, code, clean) {
          die(code || kAbnormal, reason, !!clean);
        }
      });
    },

    // Takes one well-formed string.
    send: function (message) {
      var bytes = text.utf8Length(message);
      var body = json.quote(message);
      queue.push({body: body, bytes: bytes, size: text.utf8Length(body) + 1}); // a comma
      queuedBytes += bytes;
      pump();
      tellBuffered();
    },

    // Sends what is queued, then closes; onClose follows, also when the other side never answers.
    close: function (code, reason) {
      if (state !== 'open') {
        return;
      }
      state = 'closing';
      closeCode = code;
      closeReason = reason;
      watchClosing();
      closeCarrierWhenFlushed();
    },

    // Ends it at once and without a word.
    abandon: function () {
      if (state !== 'dead') {
        state = 'dead';
        env.cancel(closeTimer);
        env.cancel(bufferTimer);
        if (carrier) {
          carrier.abort();
        }
      }
    }
  };
  return session;
}
