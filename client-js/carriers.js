// The carriers of one session (6.6): the one in use, those that are being tried, and those that were replaced and still
// bring what was in them. Which transport is tried when is the affair of rounds.js.
//
//   candidate -> current -> replaced      its first frame proves a candidate
//   candidate -> gone                     it failed, or the time for its first frame has passed
//   current -> candidate, or current      a response ended in order: the next one of its transport follows, a poll without proof
//
// A socket and a response may be tried at once, or a socket beside a response in use; two responses may not, for the server takes
// the one with the higher number for the carrier (6.6.2). A socket gets its number when it is open, one that is higher than
// those of all responses until it is proven or given up (session.js). So if it gets through to the server it takes the session
// over, and if it only seems to be open the others go on: in both cases nothing waits for it, down or up. A carrier whose session
// another may have taken over is `overtaken`: its end, its loss and its 409 are nobody's news.
//
// settings: session, target {parts, isForeign, flash}, least, the ms that a try gets at least, and what signs.js takes.
// rounds: proven(transport, took), failed(transport, reason, timedOut, took) and overtaken(transport), of a try; lost(transport, reason, lived, unfit),
// of what was in use, unfit saying that another transport should be next; heldBack(transport, reason, lived), of what is in use:
// frames do not come when they are sent.
// owner: refused(status), of the session; arrived(closes), of a body that was sent; and moved(), when bytes may have left or
// frames have come. Times are milliseconds.

var kReplacedMs = 5000; // for a replaced carrier to end by itself
var kConflicts = 5; // refusals with 409 in a row that are tried again (6.9),
var kConflictMs = 300; // and that come so fast: what browsers send again when a line breaks is refused too

function createCarriers(settings, rounds, owner) {
  var session = settings.session;
  var current = null;
  var candidates = {socket: null, response: null};
  var all = []; // with those that were replaced
  var conflicts = settings.isResumed ? kConflicts : 0; // another page's session: who comes second is to find out
  var conflictAt = Infinity; // none yet
  var line = {
    isForeign: settings.target.isForeign,
    domain: settings.target.domain,
    flash: settings.target.flash,
    least: settings.least,
    patience: settings.patience,
    padding: '', // in the query of streams
    address: function (leaf, query) {
      return url.below(settings.target.parts, '/encke.1/' + session.key + leaf, query);
    }
  };
  var uplink = createUplink(session, line, owner, function (why) {
    if (current && !hasHeir()) {
      lose(current, why, false, true);
    }
  });

  var signs = createSigns(settings, uplink, lose, function (carrier, reason) {
    if (carrier === current) {
      rounds.heldBack(carrier.transport, reason, msSince(carrier.since));
    }
  });

  var following = createFollowing(session, settings.pollMs, function (carrier) {
    if (candidates.response === null && session.hasCarrier()) {
      open(carrier.transport, carrier.limit, 'follow');
    }
  });

  function isCandidate(carrier) {
    return candidates[carrier.kind] === carrier;
  }

  // Whether the server may end what is in use for a candidate.
  function hasHeir() {
    return candidates.response !== null || (candidates.socket !== null && candidates.socket.number > 0);
  }

  function isOvertaken(carrier) {
    function byThis(other) {
      return other !== null && other.number > carrier.number;
    }
    return byThis(candidates.socket) || byThis(candidates.response) || byThis(current);
  }

  function isTry(carrier) {
    return carrier !== null && carrier.role === 'try' && isCandidate(carrier);
  }

  function tries() {
    return filter(all, isTry);
  }

  // It is neither a candidate nor current any more.
  function displace(carrier) {
    if (isCandidate(carrier)) {
      candidates[carrier.kind] = null;
      if (carrier.kind === 'socket') {
        session.settleCarrier();
      }
    }
    current = carrier === current ? null : current;
  }

  function forget(carrier) {
    displace(carrier);
    all = without(all, carrier);
    carrier.gone = true;
    signs.stop(carrier);
    if (carrier.wire) {
      if (uplink.isSocket(carrier.wire)) {
        uplink.shut();
      }
      carrier.wire.abort();
    }
  }

  function forgetCandidate(kind) {
    if (candidates[kind]) {
      forget(candidates[kind]);
    }
  }

  function replace(carrier) {
    signs.stop(carrier);
    carrier.timer.start(kReplacedMs, function () {
      forget(carrier);
    });
  }

  // A carrier is no good any more.
  function lose(carrier, reason, timedOut, unfit) {
    var wasTried = isTry(carrier);
    var wasInUse = !wasTried && (isCandidate(carrier) || carrier === current);
    var took = msSince(carrier.since);
    if (carrier.gone) {
      return;
    }
    forget(carrier);
    if (carrier.number > 0) {
      session.doubtStated(0); // its A may not have arrived
      uplink.acknowledgeInTime();
    }
    if (wasTried) {
      if (timedOut && carrier.transport.streams && !env.webSocket()) {
        line.padding = '&b=1'; // browsers of that age may show what comes in blocks (6.3)
      }
      rounds.failed(carrier.transport, reason, !!timedOut, took);
    } else if (wasInUse && !isOvertaken(carrier)) {
      uplink.shut();
      rounds.lost(carrier.transport, reason, took, !!unfit);
    }
    owner.moved();
  }

  function prove(carrier) {
    var took = msSince(carrier.since);
    displace(carrier);
    if (current) {
      replace(current);
    }
    current = carrier;
    carrier.since = env.now();
    if (carrier.kind === 'socket') {
      forgetCandidate('response'); // it was overtaken
      following.stop();
      session.doubtStated(carrier.reader.from); // a request that said more may have come too late
      uplink.join(carrier.wire, carrier.first);
    } else {
      uplink.standBeside(carrier.transport);
    }
    if (carrier.role === 'try') {
      rounds.proven(carrier.transport, took);
      if (carrier.transport.streams && !carrier.gone) {
        signs.probe(carrier);
      }
    }
    if (!carrier.gone) {
      uplink.pump();
    }
  }

  function refuse(carrier, status, reason) {
    if (carrier.gone) {
      return;
    }
    if (env.now() - conflictAt > kConflictMs) {
      conflicts = 0;
    }
    if (carrier !== current && !isCandidate(carrier)) {
      forget(carrier);
    } else if (status === 409 && isOvertaken(carrier)) {
      forget(carrier);
      if (carrier.role === 'try') {
        rounds.overtaken(carrier.transport);
      }
    } else if (status === 409 && conflicts < kConflicts) {
      conflicts++;
      conflictAt = env.now();
      forget(carrier);
      open(carrier.transport, carrier.limit, carrier.role);
    } else if (isRefusal(status)) {
      owner.refused(status);
    } else {
      lose(carrier, reason);
    }
  }

  // A frame came; take() hands it to the carrier's reader, and isSign says that a socket has to answer it at once (6.7).
  function came(carrier, noProof, take, isSign) {
    var wrong;
    if (isCandidate(carrier) && noProof) {
      lose(carrier, 'what came first ("' + noProof.substring(0, 40) + '")' + kNotOurs);
      return;
    }
    conflicts = 0;
    carrier.frames++;
    if (isCandidate(carrier)) {
      prove(carrier);
    }
    if (carrier === current && !carrier.gone) {
      signs.watch(carrier);
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

  function frameCame(carrier, frame) {
    var kind = frame.charAt(0);
    var refusal = refusalIn(frame);
    if (refusal) {
      refuse(carrier, refusal, 'the server refused it with ' + frame);
    } else if (carrier.reader && !carrier.gone) {
      came(carrier, isProof(frame) ? '' : frame || 'nothing', function () {
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

  function responseEnded(carrier) {
    var isDue = carrier === current && candidates.response === null;
    forget(carrier);
    if (isDue) {
      following.ended(carrier);
    }
  }

  // role: 'try', whose failure is nobody's loss; 'follow', after a response that ended in order; 'check', in the place of
  // one that may be dead.
  function open(transport, limit, role) {
    var isSocket = kindOf(transport) === 'socket';
    var carrier = {transport: transport, kind: kindOf(transport), limit: limit, role: role, number: 0, first: 0, reader: null, wire: null,
      frames: 0, timer: createTimer(), probeTimer: createTimer(), since: env.now(), gone: false};
    var needsNoProof = role === 'follow' && !transport.streams && !isSocket;

    // A socket that was accepted is to prove itself soon: some proxies accept what they do not pass on.
    function expectProof(milliseconds) {
      carrier.timer.start(milliseconds, function () {
        lose(carrier, (isSocket && carrier.number > 0 ? 'it was accepted, but ' : '') + noAnswer(milliseconds) + '; ' + kHeld, true);
      });
    }

    all.push(carrier);
    if (!isSocket) {
      following.stop();
    }
    if (needsNoProof) {
      current = carrier;
      signs.watch(carrier);
    } else {
      forgetCandidate(carrier.kind);
      candidates[carrier.kind] = carrier;
      expectProof(limit);
    }
    try {
      carrier.wire = transport.open(line, {
        begin: function () {
          carrier.first = session.firstUnacknowledged();
          carrier.reader = session.newReader();
          carrier.number = isSocket ? session.reserveCarrier() : session.nextCarrier();
          if (isSocket) {
            expectProof(Math.round(Math.max(limit / transport.roundTrips, settings.least - msSince(carrier.since))));
          }
          return isSocket ? 'r[' + carrier.number + ',' + carrier.reader.from + ',' + carrier.first + ']' :
            'n=' + carrier.number + '&a=' + carrier.reader.from + (transport.streams || needsNoProof ? '' : '&w=0');
        },
        frame: function (frame) {
          frameCame(carrier, frame);
        },
        bytes: function (binary) {
          if (!carrier.gone && carrier.reader) {
            came(carrier, 'a binary message', function () {
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
          } else if (isCandidate(carrier)) {
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
        lose(carrier, isForbidden(e));
      }, 0);
    }
  }

  return {
    // Tries a transport. What is being tried of the same kind, or follows what was in use, gives way.
    open: function (transport, limit) {
      open(transport, limit, 'try');
    },

    // Whether another transport may be tried beside the tries under way.
    canTry: function (transport) {
      var kind = kindOf(transport);
      return !isTry(candidates[kind]) && (kind === 'socket' || session.hasCarrier());
    },

    isTrying: function () {
      return tries().length > 0;
    },

    endTries: function () {
      map(tries(), forget);
    },

    // Whether something is in use, or the next response of it on its way.
    hasCurrent: function () {
      return current !== null || following.isWaiting() || (candidates.response !== null && !isTry(candidates.response));
    },

    // Finds out soon whether what is in use still works (6.7): a socket is asked, a response is replaced.
    check: function () {
      var old = current;
      if (!old || hasHeir()) {
        return;
      }
      if (uplink.isSocket(old.wire)) {
        signs.ask(old);
      } else {
        replace(old);
        current = null;
        open(old.transport, Math.max(old.limit, kSignMs), 'check');
      }
    },

    // Looks for work.
    pump: function () {
      following.pump();
      uplink.pump();
    },

    buffered: uplink.buffered,
    address: line.address,

    // Ends all at once; with a frame, that one is the last word.
    stop: function (frame) {
      if (frame) {
        uplink.farewell(frame);
      }
      following.stop();
      uplink.stop();
      map(all, forget);
    }
  };
}
