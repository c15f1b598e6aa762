// The way up of one session: by the socket that carries it, or by a sender beside carriers that only bring. Messages,
// acknowledgements (6.8) and the page's close leave here.
//
// owner and failing(why) as sender.js has them.

var kRestMs = 1000; // after what arrived, until a socket acknowledges it where nothing else takes it along
var kFarewellTries = 3;

function createUplink(session, line, owner, failing) {
  var socket = null; // a carrier's wire (core.js)
  var sender = null;
  var streams = false; // whether the sender stands beside a carrier that brings frame after frame
  var restTimer = createTimer();
  var uplink;

  // Nothing leaves until a socket or a sender comes again.
  function shut() {
    if (sender) {
      sender.stop();
    }
    socket = sender = null;
    session.rewind();
  }

  function acknowledge() {
    restTimer.stop();
    if (socket) {
      socket.write(['k' + session.state()]);
    } else if (sender) {
      sender.acknowledge();
    }
  }

  function writeAll() {
    var frames = session.takeFrames(socket.isBinary);
    var last;
    while (frames.length > 0) {
      last = frames.length - 1;
      if (session.owesAcknowledgement() && typeof frames[last] === 'string' && frames[last].charAt(0) !== 'c') {
        frames[last] += '\nk' + session.state(); // what arrived rides along
      }
      socket.write(frames);
      frames = session.takeFrames(socket.isBinary);
    }
  }

  uplink = {
    // A socket carries the session from now on; `first` is the number from which on it counts what it gets.
    join: function (wire, first) {
      shut();
      socket = wire;
      session.rewind(first);
    },

    isSocket: function (wire) {
      return socket === wire;
    },

    // Sends go beside a carrier of this transport from now on.
    standBeside: function (transport) {
      var kind = senderKinds[transport.sends];
      streams = transport.streams;
      if (!sender || sender.kind !== kind) {
        shut();
        sender = createSender(session, line, kind, owner, failing);
      }
    },

    shut: shut,

    // Looks for work.
    pump: function () {
      if (socket) {
        writeAll();
      } else if (sender) {
        sender.pump();
      }
      uplink.acknowledgeInTime();
    },

    // Tells at once what has arrived.
    acknowledge: acknowledge,

    // Tells it when enough has arrived, and by a socket after a rest. Polls need neither: the next one tells.
    acknowledgeInTime: function () {
      if (session.isAcknowledgementDue() && (socket || streams)) {
        acknowledge();
      } else if (socket && !restTimer.isRunning() && session.owesAcknowledgement()) {
        restTimer.start(kRestMs, function () {
          if (socket && session.owesAcknowledgement()) {
            acknowledge();
          }
        });
      }
    },

    // Asks for a sign of life by the carrier (6.4); asked() follows when the question has arrived, where that can be told.
    ask: function (asked) {
      if (socket) {
        socket.write(['q']);
      } else if (sender) {
        sender.ask(asked);
      }
    },

    // Bytes that have left the session and that the browser still holds.
    buffered: function () {
      return socket ? socket.buffered() : sender ? sender.buffered() : 0;
    },

    // The last frame, whatever else waits; nobody waits for its answer. Nothing leaves after it.
    farewell: function (frame) {
      var kind = sender ? sender.kind : senderKinds.xhr;
      var tries = 0;
      var address = line.address(kind.leaf, session.sendQuery(session.firstUnacknowledged()));

      function post() {
        tries++;
        kind.post(address, frame, line, function (status) {
          if (status === 0 && tries < kFarewellTries) {
            env.later(post, kSendPauseMs);
          }
        });
      }

      if (socket) {
        socket.write(['k' + session.state(), frame]); // so that the service knows what arrived
        socket.finish();
      } else {
        post();
      }
      uplink.stop();
    },

    stop: function () {
      restTimer.stop();
      shut();
    }
  };
  return uplink;
}
