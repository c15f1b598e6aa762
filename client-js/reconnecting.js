// The option `reconnect`: after a session that could not go on, a new one, tried until it is there; then the page is told of
// the gap. Tries that fail meanwhile are nobody's business.
//
// idle -> lost: lost()    lost -> waiting <-> trying: begin(), failedAgain()    trying -> idle: opened()    any -> idle: stop()
//
// A server that goes down or has too much to do says so, and its pages come back over a while, not all at once: until that
// has passed no event of the page's life shortens the pause.
//
// options: true, or {attempts, how many in a row, least and most, ms of a pause}.

var kFirstReconnectMs = 500; // doubled with each try that fails
var kLongestReconnectMs = 30000;
var kFinalCodes = {1002: true, 1003: true, 1007: true, 1008: true, 1009: true, 1010: true}; // the same would come again
var kAdvisedMs = {1001: 2000, 1012: 10000, 1013: 20000}; // going away, being restarted, too busy: at least half of it

function createReconnecting(options, connect) {
  var attempts = options.attempts >= 0 ? options.attempts : Infinity;
  var least = options.least > 0 ? options.least : kFirstReconnectMs;
  var most = Math.max(least, options.most > 0 ? options.most : kLongestReconnectMs);
  var phase = 'idle';
  var gap = null;
  var tries = 0; // in a row
  var pause = least;
  var advised = 0;
  var timer = null;
  var endWatching = noop;

  function endWaiting() {
    env.cancel(timer);
    timer = null;
    endWatching();
  }

  function tryNow() {
    endWaiting();
    phase = 'trying';
    tries++;
    connect();
  }

  function wait() {
    phase = 'waiting';
    timer = env.later(tryNow, Math.max(pause, advised) * (0.5 + env.random(512) / 1024));
    if (advised === 0) {
      endWatching = watchPage(tryNow, noop);
    }
    pause = Math.min(pause * 2, most);
  }

  function mayGoOn(how) {
    return kFinalCodes[how.code] !== true && tries < attempts;
  }

  // What the server said of when to come back.
  function heed(how) {
    advised = how.retryAfter * 2000 || kAdvisedMs[how.code] || 0;
  }

  return {
    // A session ended that was not to end; wasOpen says whether the page ever saw it open.
    lost: function (how, unacknowledged, wasOpen) {
      if (mayGoOn(how)) {
        phase = 'lost';
        heed(how);
        gap = wasOpen ? {reason: how.reason, unacknowledged: unacknowledged} : gap;
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
    failedAgain: function (how) {
      var isOne = phase === 'trying' && mayGoOn(how);
      if (isOne) {
        heed(how);
        wait();
      }
      return isOne;
    },

    // A session is open: answers what the gap event tells, or null where nothing was before.
    opened: function () {
      var told = gap;
      phase = 'idle';
      gap = null;
      tries = advised = 0;
      pause = least;
      return told;
    },

    stop: function () {
      endWaiting();
      phase = 'idle';
      gap = null;
    }
  };
}
