// Closing in a tab that shares (share.js): what the page closes is its ride; the last one closes the session. What was sent
// before leaves first, or is in the log of every tab, whose affair it is then.

var kRideFlushMs = 20000; // how long a close waits for some progress: without Web Locks it takes a while until a leader is missed

function createRideClosing(ride) {
  var asked = null; // {code, reason}
  var timer = null;

  function unlogged() {
    return ride.replica.unlogged().length;
  }

  function leave(how) {
    ride.leave();
    ride.end(how);
  }

  function attempt() {
    var leading = ride.leads;
    if (asked && (leading ? leading.isCleared() : ride.follows !== '' && unlogged() === 0)) {
      if (leading && !leading.hasOthers()) {
        leading.close(asked.code, asked.reason);
      } else {
        leave({code: asked.code === null ? kNoCode : asked.code, reason: asked.reason, clean: true});
      }
    }
  }

  function watch() {
    var before = unlogged();
    timer = env.later(function () {
      if ((ride.leads && ride.leads.isClosing) || unlogged() < before) {
        watch();
      } else {
        leave({code: kAbnormal, reason: 'the other tabs did not take the last messages in time', clean: false});
      }
    }, kRideFlushMs);
  }

  return {
    // The page closes.
    ask: function (code, reason) {
      asked = {code: code, reason: reason};
      watch();
      attempt();
    },

    // Something has changed.
    attempt: attempt,

    stop: function () {
      env.cancel(timer);
      asked = null;
    }
  };
}
