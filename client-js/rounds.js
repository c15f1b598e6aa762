// Which transport is tried when: first, after a loss, and because a better one may work by now.
//
//   first -> up <-> lost        lost: no carrier; rounds of tries, at once and then with pauses, until the resume window
//                               has passed and a round after that has failed
//
// In a round each transport is tried until one is proven, beginning with the one that was in use. resumeWindow is in ms.
// owner: found(name, isFirst), a transport is in use, and was not before; interrupted(reason); resumed(); and then nothing
// more after firstFailed(), or expired().

var kFirstPauseMs = 250; // between rounds; doubled each time
var kLongestPauseMs = 5000;
var kShortLifeMs = 10000; // a transport that breaks off sooner,
var kShortLives = 3; // so often in a row, gives way to the next
var kFirstUpgradeMs = 10000; // until better transports are tried; doubled each time
var kLongestUpgradeMs = 300000;
var kPostponeMs = 1000;

function createRounds(ladder, resumeWindow, owner) {
  var phase = 'first';
  var carriers = null;
  var inUse = null; // the transport that was proven last
  var queue = []; // what is left of the round
  var round = 0;
  var started = 0; // of the try under way
  var lossTold = false;
  var windowPassed = false;
  var isLast = false; // of a round: the window had passed when it began
  var shortLives = 0;
  var upgradePause = kFirstUpgradeMs;
  var timers = {retry: null, resume: null, upgrade: null};

  function cancel(name) {
    env.cancel(timers[name]);
    timers[name] = null;
  }

  function later(name, milliseconds, work) {
    cancel(name);
    timers[name] = env.later(function () {
      timers[name] = null;
      work();
    }, milliseconds);
  }

  function tryNext() {
    var transport = queue.shift();
    if (transport) {
      started = env.now();
      carriers.open(transport, ladder.limit(transport, round, queue.length > 0, phase === 'first'));
    } else {
      roundEnded();
    }
  }

  function startRound(first) {
    cancel('retry');
    isLast = windowPassed;
    queue = ladder.round(first);
    tryNext();
  }

  function roundEnded() {
    if (phase === 'first') {
      owner.firstFailed();
    } else if (phase === 'up') { // nothing better was found; what was in use may have gone for it
      upgradeLater();
      if (!carriers.hasCurrent()) {
        beLost('');
        startRound(inUse);
      }
    } else if (isLast) {
      owner.expired();
    } else {
      later('retry', Math.min(kLongestPauseMs, kFirstPauseMs * Math.pow(2, round)) * (0.5 + env.random(512) / 1024), function () {
        startRound(inUse);
      });
      round = Math.min(round + 1, 10);
    }
  }

  function tellLoss(reason) {
    if (!lossTold && reason) {
      lossTold = true;
      owner.interrupted(reason);
    }
  }

  // Timers, not the time of day, count the window: that may be set.
  function beLost(reason) {
    if (phase !== 'lost') {
      phase = 'lost';
      round = 0;
      windowPassed = lossTold = false;
      cancel('upgrade');
      later('resume', resumeWindow, function () {
        windowPassed = true;
      });
    }
    tellLoss(reason);
  }

  function upgradeLater() {
    cancel('upgrade');
    if (ladder.above(inUse).length > 0) {
      later('upgrade', upgradePause, upgrade);
    }
  }

  function upgrade() {
    if (carriers.isBusy()) {
      later('upgrade', kPostponeMs, upgrade);
      return;
    }
    upgradePause = Math.min(kLongestUpgradeMs, upgradePause * 2);
    queue = ladder.above(inUse);
    tryNext();
  }

  return {
    // Begins; with `lastInUse` as after a loss, in another page's place, that transport first.
    start: function (itsCarriers, lastInUse, isResumed) {
      carriers = itsCarriers;
      if (isResumed) {
        beLost('');
      }
      startRound(lastInUse);
    },

    stop: function () {
      cancel('retry');
      cancel('resume');
      cancel('upgrade');
      phase = 'over';
    },

    isLost: function () {
      return phase === 'lost';
    },

    // ---- what carriers tell ---------------------------------------------------------------------------------

    proven: function (transport) {
      var before = inUse;
      var was = phase;
      if (was === 'up' && before === transport) {
        return; // the next response of the same
      }
      inUse = transport;
      phase = 'up';
      queue = [];
      round = 0;
      cancel('resume');
      cancel('retry');
      if (before && before !== transport && was === 'up') {
        ladder.note(before.name, 'replaced', 0, transport.name + ' took its place');
      }
      ladder.note(transport.name, 'in use', Math.max(0, env.now() - started), was === 'first' ? 'it was the first to get through' :
        was === 'up' ? 'it got through later' : 'it went on after a loss');
      upgradeLater();
      if (before !== transport) {
        owner.found(transport.name, before === null);
      }
      if (was === 'lost' && lossTold && phase === 'up') {
        owner.resumed();
      }
    },

    failed: function (transport, reason, timedOut) {
      ladder.note(transport.name, timedOut ? 'timed out' : 'failed', Math.max(0, env.now() - started), reason);
      if (timedOut && transport.streams) {
        queue = ladder.withoutStreams(queue);
      }
      if (phase === 'lost' && inUse) {
        tellLoss(reason);
      }
      if (phase !== 'over') {
        tryNext();
      }
    },

    lost: function (transport, reason, lived, unfit) {
      var next = transport;
      ladder.note(transport.name, 'lost', Math.max(0, lived), reason);
      shortLives = lived < kShortLifeMs ? shortLives + 1 : 0;
      if (unfit || shortLives >= kShortLives) {
        shortLives = 0;
        next = ladder.after(transport);
      }
      beLost(reason);
      if (phase !== 'over') {
        startRound(next);
      }
    },

    // ---- what the page's life tells --------------------------------------------------------------------------

    // The network may be another one, or this page may have slept.
    wake: function (isNetwork) {
      if (isNetwork) {
        upgradePause = kFirstUpgradeMs;
      }
      if (phase === 'lost' && (timers.retry !== null || isNetwork)) {
        round = 0;
        startRound(inUse);
      } else if (phase === 'up') {
        carriers.check();
        if (isNetwork && ladder.above(inUse).length > 0) {
          later('upgrade', kPostponeMs, upgrade);
        }
      }
    }
  };
}
