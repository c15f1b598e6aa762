// Closing in a tab that shares (share.js): what the page closes is its ride; the last one closes the session. What was sent
// before leaves first, or is in the log of every tab, whose affair it is then.
//
// tab: leading(), what it leads, or null; isRiding(); unlogged(), how many messages the others do not know; leave(code, reason,
// clean), which ends the ride.

var kRideFlushMs = 20000; // how long a close waits for some progress: without Web Locks it takes a while until a leader is missed

function createRideClosing(tab) {
  var asked = null; // {code, reason}
  var timer = null;

  function attempt() {
    var leading = tab.leading();
    if (!asked) {
      return;
    }
    if (leading && !leading.hasOthers()) {
      if (leading.isCleared()) {
        leading.close(asked.code, asked.reason);
      }
    } else if (leading ? leading.isCleared() : tab.isRiding() && tab.unlogged() === 0) {
      tab.leave(asked.code === null ? kNoCode : asked.code, asked.reason, true);
    }
  }

  function watch() {
    var before = tab.unlogged();
    timer = env.later(function () {
      if ((tab.leading() && tab.leading().isClosing()) || tab.unlogged() < before) {
        watch();
      } else {
        tab.leave(kAbnormal, 'the other tabs did not take the last messages in time', false);
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
