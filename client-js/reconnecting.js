// The option `reconnect`: after a session that could not go on, a new one, tried until it is there; then the page is told of
// the gap. Tries that fail meanwhile are nobody's business.
//
// idle -> lost: lost()    lost -> waiting <-> trying: begin(), failedAgain()    trying -> idle: opened()    any -> idle: stop()

var kFirstReconnectMs = 500; // doubled with each try that fails
var kLongestReconnectMs = 30000;
var kFinalCodes = {1002: true, 1003: true, 1007: true, 1008: true, 1009: true, 1010: true}; // the same would come again

function createReconnecting(connect) {
  var phase = 'idle';
  var gap = null;
  var pause = kFirstReconnectMs;
  var timer = null;
  var page = null;

  function endWaiting() {
    env.cancel(timer);
    timer = null;
    if (page) {
      page.stop();
      page = null;
    }
  }

  function tryNow() {
    endWaiting();
    phase = 'trying';
    connect();
  }

  function wait() {
    phase = 'waiting';
    timer = env.later(tryNow, pause * (0.5 + env.random(512) / 1024));
    page = watchPage({woke: tryNow, left: noop});
    pause = Math.min(pause * 2, kLongestReconnectMs);
  }

  return {
    // A session ended that was not to end; wasOpen says whether the page ever saw it open.
    lost: function (code, reason, unacknowledged, wasOpen) {
      if (kFinalCodes[code] !== true) {
        phase = 'lost';
        gap = wasOpen ? {reason: reason, unacknowledged: unacknowledged} : gap;
      }
    },

    // Goes for the next session if there was a loss and nobody has stopped it; answers whether it does.
    begin: function () {
      if (phase === 'lost') {
        wait();
      }
      return phase === 'waiting';
    },

    // A try has failed: answers whether it was one of these, and then another follows.
    failedAgain: function () {
      var isOne = phase === 'trying';
      if (isOne) {
        wait();
      }
      return isOne;
    },

    // A session is open: answers what the gap event tells, or null where nothing was before.
    opened: function () {
      var told = gap;
      phase = 'idle';
      gap = null;
      pause = kFirstReconnectMs;
      return told;
    },

    stop: function () {
      endWaiting();
      phase = 'idle';
      gap = null;
    }
  };
}
