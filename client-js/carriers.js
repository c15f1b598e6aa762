// The carriers of one session (6.6): the one in use, the one that is being tried, and those that were replaced and still
// bring what was in them. Which transport is tried when is the connection's affair.
//
//   candidate -> current -> replaced      its first frame proves a candidate
//   candidate -> gone                     it failed, or the time for its first frame has passed
//   current -> candidate, or current      a response ended in order: the next one of its transport follows, a poll without proof
//
// settings: session, target {parts, crossOrigin}, heartbeat (ms).
// owner: proven(transport); failed(transport, reason, timedOut), of a candidate; lost(transport, reason, lived, unfit), of
// what was in use, lived being milliseconds, unfit saying that another transport should be next; refused(status), of the
// session; arrived(closes), of a body that was sent; and moved(), when bytes may have left or frames have come.

var kHeartbeatSlackMs = 5000; // beyond the heartbeat, for a line that is slow for a while
var kReplacedMs = 5000; // for a replaced carrier to end by itself
var kSignMs = 3000; // for the answer of a socket that is asked whether it lives
var kShortMs = 1000; // responses that end sooner and bring nothing follow each other with pauses
var kShortOnes = 3; // from this one on
var kLongestShortPauseMs = 2000;
var kConflicts = 5; // refusals with 409 in a row that are tried again (6.9)
var kHeldBackMs = 200; // at most, for an acknowledgement that is held back to be free

function createCarriers(settings, owner) {
  var session = settings.session;
  var patience = settings.heartbeat + kHeartbeatSlackMs;
  var current = null;
  var candidate = null;
  var replaced = [];
  var reopenTimer = null;
  var heldBack = null; // a poll's carrier; the next one waits until all of what it brought may be acknowledged
  var conflicts = settings.isResumed ? kConflicts : 0; // another page's session: who comes second is to find out
  var shortOnes = 0;
  var line = {
    crossOrigin: settings.target.crossOrigin,
    patience: patience,
    address: function (leaf, query) {
      return url.below(settings.target.parts, '/encke.1/' + session.key + leaf, query);
    }
  };
  var uplink = createUplink(session, line, {
    refused: owner.refused,
    arrived: owner.arrived,
    failing: function (why) {
      if (current && !candidate) {
        lose(current, why, false, true);
      }
    }
  });

  function drop(carrier) {
    var i;
    carrier.gone = true;
    env.cancel(carrier.timer);
    for (i = replaced.length - 1; i >= 0; i--) {
      if (replaced[i] === carrier) {
        replaced.splice(i, 1);
      }
    }
    if (uplink.isSocket(carrier.wire)) {
      uplink.shut();
    }
    if (carrier.wire) {
      carrier.wire.abort();
    }
  }

  function forget(carrier) {
    drop(carrier);
    candidate = carrier === candidate ? null : candidate;
    current = carrier === current ? null : current;
  }

  function replace(carrier) {
    env.cancel(carrier.timer);
    replaced.push(carrier);
    carrier.timer = env.later(function () {
      drop(carrier);
    }, kReplacedMs);
  }

  function watch(carrier) {
    env.cancel(carrier.timer);
    carrier.timer = env.later(function () {
      lose(carrier, 'nothing came for ' + patience + ' ms, not even a heartbeat');
    }, patience);
  }

  // A carrier is no good any more.
  function lose(carrier, reason, timedOut, unfit) {
    var wasCandidate = carrier === candidate;
    var wasCurrent = carrier === current;
    var lived = env.now() - carrier.since;
    if (carrier.gone) {
      return;
    }
    forget(carrier);
    if (wasCandidate && carrier.role === 'try') {
      if (current && current.transport.sends !== 'socket') {
        uplink.standBeside(current.transport);
        uplink.pump();
      }
      owner.failed(carrier.transport, reason, !!timedOut);
    } else if (wasCandidate || (wasCurrent && !candidate)) {
      uplink.shut();
      owner.lost(carrier.transport, reason, lived, !!unfit);
    }
    owner.moved();
  }

  function prove(carrier) {
    candidate = null;
    if (current) {
      replace(current);
    }
    current = carrier;
    carrier.since = env.now();
    if (carrier.transport.sends !== 'socket') {
      uplink.standBeside(carrier.transport);
    }
    owner.proven(carrier.transport);
    if (!carrier.gone) {
      uplink.pump();
    }
  }

  function refuse(carrier, status, reason) {
    if (carrier.gone) {
      return;
    }
    if (carrier !== candidate && carrier !== current) {
      drop(carrier);
    } else if (status === 409 && carrier === current && hasJoined()) {
      forget(carrier); // a socket overtook it
    } else if (status === 409 && conflicts < kConflicts) {
      conflicts++;
      forget(carrier);
      open(carrier.transport, carrier.limit, carrier.role);
    } else if (isRefusal(status)) {
      owner.refused(status);
    } else {
      lose(carrier, reason);
    }
  }

  // A frame came; take() hands it to the carrier's reader, and isSign says that a socket has to answer it at once (6.7).
  function came(carrier, take, isSign) {
    var wrong;
    conflicts = 0;
    carrier.frames++;
    if (carrier === candidate) {
      prove(carrier);
    }
    if (carrier === current && !carrier.gone) {
      watch(carrier);
    }
    wrong = carrier.gone ? '' : take();
    if (carrier.gone) {
      return;
    }
    if (wrong) {
      lose(carrier, wrong);
    } else if (isSign && uplink.isSocket(carrier.wire)) {
      uplink.acknowledge();
    } else {
      uplink.acknowledgeInTime();
    }
    owner.moved();
  }

  // The first frame of a carrier is an acknowledgement (6.6.3).
  function isProof(frame) {
    return /^k[0-9]{1,16}$/.test(frame);
  }

  function frameCame(carrier, frame) {
    var kind = frame.charAt(0);
    var refusal = kind === 'e' ? /^e\[([0-9]{3}),/.exec(frame) : null;
    if (refusal) {
      refuse(carrier, Number(refusal[1]), 'the server refused it with ' + frame);
    } else if (carrier === candidate && carrier.reader && !isProof(frame)) {
      lose(carrier, 'what came first ("' + frame.substring(0, 40) + '") is not the server\'s; something on the way answers in its place');
    } else if (carrier.reader && !carrier.gone) {
      came(carrier, function () {
        return carrier.reader.take(frame);
      }, kind === 'h');
    }
  }

  function socketEnded(carrier) {
    if (session.hasSaidClose() && uplink.isSocket(carrier.wire)) {
      owner.arrived(true);
    } else {
      lose(carrier, 'the server closed the WebSocket');
    }
  }

  // What is tried has told the server so, and is the newest carrier by now or will be.
  function hasJoined() {
    return candidate !== null && candidate.reader !== null;
  }

  function follow(carrier) {
    if (!hasJoined()) {
      open(carrier.transport, carrier.limit, 'follow');
    }
  }

  function followLater(carrier, milliseconds) {
    reopenTimer = env.later(function () {
      follow(carrier);
    }, milliseconds);
  }

  // Polls follow each other also while a socket is being opened, which may take long.
  function responseEnded(carrier) {
    var streams = carrier.transport.streams;
    var isShort = env.now() - carrier.since < kShortMs && carrier.frames < (streams ? 2 : 1);
    var isCurrent = carrier === current;
    forget(carrier);
    if (isCurrent && !(streams ? candidate : hasJoined())) {
      shortOnes = isShort ? shortOnes + 1 : 0;
      if (shortOnes >= kShortOnes) {
        followLater(carrier, Math.min(kLongestShortPauseMs, 50 * Math.pow(2, shortOnes)));
      } else if (!streams && session.isHeldBack()) {
        heldBack = carrier; // it would bring the same again
        followLater(carrier, kHeldBackMs);
      } else {
        follow(carrier);
      }
    }
  }

  // role: 'try', whose failure is nobody's loss; 'follow', after a response that ended in order; 'check', in the place of
  // one that may be dead.
  function open(transport, limit, role) {
    var isSocket = transport.sends === 'socket';
    var carrier = {transport: transport, limit: limit, role: role, reader: null, wire: null, frames: 0, timer: null,
      since: env.now(), gone: false};
    var needsNoProof = role === 'follow' && !transport.streams && !isSocket;

    env.cancel(reopenTimer);
    reopenTimer = heldBack = null;
    if (needsNoProof) {
      current = carrier;
      watch(carrier);
    } else {
      candidate = carrier;
      carrier.timer = env.later(function () {
        lose(carrier, 'no sign of it within ' + limit + ' ms; ' + (transport.streams ?
          'it is held back by something on the way' : 'something on the way may hold it back or swallow it'), true);
      }, limit);
    }
    try {
      carrier.wire = transport.open(line, {
        begin: function () {
          var first = isSocket ? uplink.join(carrier.wire) : session.firstUnacknowledged();
          carrier.reader = session.createReader();
          return {n: session.nextCarrier(), a: carrier.reader.from, s: first, wait: needsNoProof};
        },
        joined: uplink.pump,
        frame: function (frame) {
          frameCame(carrier, frame);
        },
        bytes: function (binary) {
          if (!carrier.gone && carrier.reader) {
            came(carrier, function () {
              return carrier.reader.takeBinary(binary);
            }, false);
          }
        },
        ended: function () {
          if (carrier.gone) {
            return;
          }
          if (isSocket) {
            socketEnded(carrier);
          } else if (carrier === candidate) {
            lose(carrier, 'it ended before its first frame');
          } else {
            responseEnded(carrier);
          }
        },
        lost: function (reason, status) {
          refuse(carrier, status || 0, reason);
        }
      });
    } catch (e) {
      env.later(function () {
        lose(carrier, 'the browser does not allow it (' + e.message + ')');
      }, 0);
    }
  }

  function stop() {
    env.cancel(reopenTimer);
    heldBack = null;
    uplink.stop();
    while (replaced.length > 0) {
      drop(replaced[0]);
    }
    if (candidate) {
      forget(candidate);
    }
    if (current) {
      forget(current);
    }
  }

  return {
    // Tries a transport; one that is being tried already gives way.
    open: function (transport, limit) {
      if (candidate) {
        forget(candidate);
      }
      open(transport, limit, 'try');
    },

    // Whether a transport is being tried.
    isBusy: function () {
      return candidate !== null;
    },

    hasCurrent: function () {
      return current !== null;
    },

    // Finds out soon whether what is in use still works (6.7): a socket is asked, a response is replaced.
    check: function () {
      var old = current;
      if (!old || candidate) {
        return;
      }
      if (uplink.ask()) {
        env.cancel(old.timer);
        old.timer = env.later(function () {
          lose(old, 'the WebSocket did not answer within ' + kSignMs + ' ms');
        }, kSignMs);
      } else {
        replace(old);
        current = null;
        open(old.transport, Math.max(old.limit, kSignMs), 'check');
      }
    },

    // Looks for work.
    pump: function () {
      if (heldBack && !session.isHeldBack()) {
        follow(heldBack);
      }
      uplink.pump();
    },

    buffered: uplink.buffered,
    address: line.address,

    // Ends all at once; with a frame, that one is the last word.
    stop: function (frame) {
      if (frame) {
        uplink.farewell(frame);
      }
      stop();
    }
  };
}
