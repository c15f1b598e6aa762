// The life of a session: opened, carried by one transport after another, closed. No pause: whatever happens below, the page
// may send.
//
// choice: target {parts, isForeign, flash, protocols}, flash being the page's option; names and timeout (choose.js); heartbeat, the ms of silence after which a sign
// is asked for; tell (telling.js); mayAcknowledge (session.js); stays(): whether a page that is left wants its session back;
// snapshot: what snapshot() of an earlier connection answered, to go on from there.
// owner: opened(protocol), when messages may go; message(data, number); transport(name); interrupted(reason) and resumed(),
// around a loss; moved(), when buffered() may have changed; closed({code, reason, clean, retryAfter, unacknowledged}), after
// which nothing comes, retryAfter being the seconds that the server asks for, or 0. None of them comes from inside of
// createConnection().

var kAbnormal = 1006;
var kNoCode = 1005;
var kGone = 2011;
var kExpired = 4401; // what let the page in: another session may be let in anew
var kFlushTimeoutMs = 5000; // how long a close waits for some progress

function createConnection(choice, owner) {
  var target = choice.target;
  var isOver = false;
  var offer = null; // the server's answer to open
  var rtt = 0;
  var session = null;
  var carriers = null;
  var rounds = null;
  var ladder = null;
  var opening = null;
  var endWatching = noop;
  var telling = null;
  var closeTimer = createTimer();
  var closeAsked = null; // {code, reason} as the page gave them
  var inUse = '';
  var started = env.now();
  var openFailure = []; // an entry of the report

  // `why`, where it is not meant to be over.
  function stop(lastFrame, why) {
    isOver = true;
    closeTimer.stop();
    if (opening) {
      opening.abort();
    }
    if (session) {
      endWatching();
      rounds.stop();
      carriers.stop(lastFrame);
    }
    if (telling) {
      telling.over(why);
    }
  }

  function end(code, reason, clean, lastFrame, retryAfter) {
    if (!isOver) {
      stop(lastFrame, clean ? '' : code + ' ' + reason);
      owner.closed({code: code, reason: reason, clean: clean, retryAfter: retryAfter || 0,
        unacknowledged: session ? session.unacknowledged() : []});
    }
  }

  function moved() {
    if (!isOver) {
      owner.moved();
    }
  }

  function failToConnect(what, advice, retryAfter) {
    end(kAbnormal, what + '. ' + advice + '; then connect again.', false, '', retryAfter);
  }

  // ---- closing (6.10) -----------------------------------------------------------------------------------------

  function wireCode(code) {
    return code === null ? 1000 : code;
  }

  function endAsAsked() {
    end(closeAsked.code === null ? kNoCode : closeAsked.code, closeAsked.reason, true);
  }

  function closeArrived() {
    session.acknowledgeAll();
    endAsAsked();
  }

  function closedByServer(code, reason) {
    if (closeAsked && session.hasSaidClose() && code === wireCode(closeAsked.code)) {
      closeArrived();
    } else {
      end(code, reason, code === 1000 || (code >= 3000 && code <= 4999 && code !== kExpired), 'c[1000,""]');
    }
  }

  function refused(status) {
    var words = explainRefusal(status, offer);
    if (status === 404 && closeAsked && session.hasSaidClose()) {
      endAsAsked(); // the close arrived, its answer did not
    } else {
      end(words.code, words.reason, false);
    }
  }

  function progress() {
    return session.waitingBytes() + carriers.buffered() + session.unacknowledged().length;
  }

  // However slow the line is: as long as something leaves, what was sent is waited for; and while a loss can be made good,
  // as long as there is something to be made good.
  function watchClosing() {
    var before = progress();
    closeTimer.start(kFlushTimeoutMs, function () {
      if (progress() < before || (rounds.isLost() && session.unacknowledged().length > 0)) {
        watchClosing();
      } else {
        end(kAbnormal, 'the server did not take the last messages and the close in time', false);
      }
    });
  }

  // The page is left for good: what waits goes with the close, if it fits.
  function leave() {
    var batch;
    if (isOver || choice.stays()) {
      return;
    }
    stop();
    session.rewind();
    session.close(1001, '');
    batch = session.takeBatch();
    if (batch) {
      env.beacon(carriers.address('/xhr_send', session.sendQuery(batch.first)), batch.body);
    }
  }

  // ---- beginning ----------------------------------------------------------------------------------------------

  function createParts(before) {
    target.domain = offer.document_domain;
    session = createSession({key: offer.session, windowBytes: offer.window, timings: choice.timings, mayAcknowledge: choice.mayAcknowledge,
      snapshot: before ? before.session : null}, {
      onMessage: function (data, number) {
        if (!isOver) {
          owner.message(data, number);
        }
      },
      onWork: function () {
        if (!isOver) {
          carriers.pump();
          moved();
        }
      },
      onEnd: closedByServer,
      onLapse: function () {
        end(kGone, 'The session is over for this page: another page has messages of it.', false);
      }
    });
    ladder = createLadder({names: choice.names, offered: offer.transports, target: target, timeout: choice.timeout,
      rtt: rtt});
    rounds = createRounds(ladder, createVerdict([url.origin(target.parts), offer.network || '', choice.names || ''].join(' ')), offer.resume_window, {
      found: function (name, isFirst) {
        inUse = name;
        owner.transport(name);
        if (isFirst && !isOver) {
          owner.opened(offer.protocol);
        }
      },
      interrupted: owner.interrupted,
      resumed: owner.resumed,
      firstFailed: function () {
        failToConnect('No transport got through to ' + url.format(target.parts) + '. ' + ladder.describe(),
          'Check that the server is running and reachable, and what is on the way');
      },
      gaveUp: function () {
        if (telling && !isOver) {
          telling.soon();
        }
      },
      expired: function () {
        end(kGone, 'The session is over: there was no connection for ' + offer.resume_window + ' ms.', false);
      }
    });
    carriers = createCarriers({session: session, target: target, pollMs: offer.poll_interval, patience: offer.heartbeat + kHeartbeatSlackMs, askAfter: choice.heartbeat,
      least: choice.timeout, roundTrip: roundTripTimeout(rtt), isResumed: before !== null && !choice.isShared}, rounds, {
      refused: refused,
      arrived: function (closes) {
        if (closes && closeAsked && !isOver) {
          closeArrived();
        } else {
          moved();
        }
      },
      moved: moved
    });
    telling = choice.tell ? createTelling(target, function () {
      return carriers.address('/report', '');
    }, ladder.entries) : null;
    endWatching = watchPage(rounds.wake, leave);
  }

  function goOn(before) {
    offer = before.offer;
    target = onHost(target, before.host || target.parts.host);
    rtt = before.rtt;
    closeAsked = before.closing;
    createParts(before);
    if (closeAsked) {
      watchClosing();
    }
    rounds.start(carriers, ladder.find(before.transport), true);
  }

  function open() {
    opening = openSpread(target, choice.isShared, function (answer, roundTrip, itsTarget) {
      target = itsTarget;
      offer = answer;
      rtt = roundTrip;
      createParts(null);
      rounds.start(carriers, null, false);
    }, function (why, advice, retryAfter, code) {
      openFailure = [{transport: 'open', outcome: 'failed', milliseconds: msSince(started), reason: why}];
      if (code) {
        closedByServer(code, why);
      }
      failToConnect('Cannot connect to ' + url.format(target.parts) + ': ' + why,
        advice || 'Check the address, and that the server is running and reachable', retryAfter);
    });
  }

  if (choice.snapshot) {
    env.later(function () {
      if (!isOver) {
        goOn(choice.snapshot);
      }
    }, 0);
  } else {
    open();
  }

  return {
    // Takes a well-formed string, or bytes that nobody changes any more; from opened() on. Answers the message's number.
    send: function (data) {
      return session.send(data);
    },

    // Sends what waits, then closes; closed() follows. From opened() on; code may be null.
    close: function (code, reason) {
      closeAsked = {code: code, reason: reason};
      watchClosing();
      session.close(wireCode(code), reason);
    },

    // Ends it at once, without a word to the page or to the server.
    abandon: function () {
      if (!isOver) {
        stop();
      }
    },

    // mayAcknowledge() has moved.
    acknowledge: function () {
      if (session) {
        session.owesWork();
      }
    },

    // Bytes given to send() that have not left for the network.
    buffered: function () {
      return session ? session.waitingBytes() + carriers.buffered() : 0;
    },

    // Of those, the bytes that the browser holds; it does not tell when they have left.
    held: function () {
      return session ? carriers.buffered() : 0;
    },

    // Where it stands: {carrier, stated, received, base, sent} (session.js); null before there is a session.
    counts: function () {
      return session ? session.counts() : null;
    },

    // What was tried (choose.js), or the opening, where that failed.
    report: function () {
      return ladder ? ladder.entries() : openFailure;
    },

    // Plain values, fit for JSON, from which createConnection() goes on, in this page or another; null before there is a
    // session. Whoever uses them lets this connection go, by abandon() or with its page.
    snapshot: function () {
      return session === null ? choice.snapshot || null :
        {offer: offer, rtt: rtt, host: target.parts.host, transport: inUse, closing: closeAsked, session: session.snapshot()};
    }
  };
}
