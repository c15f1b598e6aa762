// After a response that ended in order the next one follows: at once, but with pauses where they end sooner and bring nothing.
// Plain polls follow each other with pauses always, short ones while messages go either way, and up to pollMs while none do.
// A poll whose messages may not be acknowledged yet would bring the same again, and so waits a moment too.
//
// open(carrier) opens the next one after this one, or does not, where another carrier has come between.

var kShortMs = 1000; // responses that end sooner and bring nothing follow each other with pauses
var kShortOnes = 3; // from this one on
var kLongestShortPauseMs = 2000;
var kHeldBackMs = 200; // at most, for an acknowledgement that is held back to be free

var kBusyPart = 8; // of the interval of plain polls: the pause while messages go either way

function createFollowing(session, pollMs, open) {
  var timer = createTimer();
  var heldBack = null; // a poll's carrier
  var shortOnes = 0;
  var resting = null; // a plain poll's carrier
  var pause = 0;
  var seen = 0; // messages, both ways

  function stop() {
    timer.stop();
    heldBack = resting = null;
  }

  function isBusy() {
    var counts = session.counts();
    var before = seen;
    seen = counts.received + counts.sent;
    return seen !== before;
  }

  function follow(carrier) {
    stop();
    open(carrier);
  }

  function followLater(carrier, milliseconds) {
    timer.start(milliseconds, function () {
      follow(carrier);
    });
  }

  function rest(carrier, isSoon) {
    resting = carrier;
    pause = isSoon ? pollMs / kBusyPart : Math.min(pollMs, pause * 2);
    followLater(carrier, pause);
  }

  return {
    // A response that was in use ended in order.
    ended: function (carrier) {
      var streams = carrier.transport.streams;
      var isShort = env.now() - carrier.since < kShortMs && carrier.frames < (streams ? 2 : 1);
      shortOnes = isShort ? shortOnes + 1 : 0;
      if (shortOnes >= kShortOnes) {
        followLater(carrier, Math.min(kLongestShortPauseMs, 50 * Math.pow(2, shortOnes)));
      } else if (isPlain(carrier.transport)) {
        rest(carrier, pause === 0 || isBusy());
      } else if (!streams && session.isHeldBack()) {
        heldBack = carrier;
        followLater(carrier, kHeldBackMs);
      } else {
        follow(carrier);
      }
    },

    // Looks for work.
    pump: function () {
      if (heldBack && !session.isHeldBack()) {
        follow(heldBack);
      } else if (resting && pause > pollMs / kBusyPart && isBusy()) { // a short one goes on: a page may send all the time
        rest(resting, true);
      }
    },

    // Whether the next one is to come.
    isWaiting: timer.isRunning,

    stop: stop
  };
}
