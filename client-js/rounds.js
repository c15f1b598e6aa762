// Which transport is tried when: first, after a loss, and because a better one may work by now.
//
//   first -> up <-> lost        lost: no carrier; rounds of tries, at once and then with pauses, until the resume window
//                               has passed and a round after that has failed
//
// A round has two lanes, of sockets and of responses (carriers.js), each of which tries one transport after the other until
// one is proven. The first time both begin at once, the responses with a poll, which nothing holds back: whichever comes
// first makes the page's open event, and if a better one is under way it goes on and takes over. Where a socket is known to
// have worked here (verdict.js), and after a loss, the lane that is not the first waits a little. Above a poll that serves,
// streams are tried when sockets have failed.
//
// resumeWindow is in ms.
// owner: found(name, isFirst), a transport is in use, and was not before; interrupted(reason); resumed(); gaveUp(), of
// whatever the report now says; and then nothing more after firstFailed(), or expired().

var kFirstPauseMs = 250; // between rounds; doubled each time
var kLongestPauseMs = 5000;
var kShortLifeMs = 10000; // a transport that breaks off sooner,
var kShortLives = 3; // so often in a row, gives way to the next
var kSettleMs = 1000; // until streams are tried above the poll that was first
var kFirstUpgradeMs = 10000; // until better transports are tried; doubled each time
var kLongestUpgradeMs = 300000;
var kPostponeMs = 1000;

function createRounds(ladder, verdict, resumeWindow, owner) {
  var phase = 'first';
  var carriers = null;
  var inUse = null; // the transport that was proven last
  var queues = {socket: [], response: []}; // what is left of the round
  var waiting = ''; // the lane that does not begin yet
  var round = 0;
  var lossTold = false;
  var windowPassed = false;
  var isLast = false; // of a round: the window had passed when it began
  var isSettling = false; // a poll was the first, and streams are still to be tried
  var failed = {}; // names, since something was proven
  var shortLives = 0;
  var isGivingWay = false; // what was in use does not do: what comes next is to serve for a while
  var upgradePause = kFirstUpgradeMs;
  var retryTimer = createTimer();
  var windowTimer = createTimer();
  var upgradeTimer = createTimer();
  var raceTimer = createTimer();

  function stopTimers() {
    retryTimer.stop();
    windowTimer.stop();
    upgradeTimer.stop();
    raceTimer.stop();
  }

  function tryFrom(lane) {
    var queue = queues[lane];
    var transport = queue[0];
    if (transport && lane !== waiting && carriers.canTry(transport)) {
      queue.shift();
      carriers.open(transport, ladder.limit(transport, round, phase === 'up' || queues.socket.length + queues.response.length > 0,
        phase === 'first'));
    }
  }

  // What worked here last.
  function favourite() {
    return ladder.find(verdict.name()) || {};
  }

  function tryNext() {
    var isDisplaced = phase === 'up' && !carriers.isTrying() && !carriers.hasCurrent(); // what was in use went for a try
    if (!isDisplaced) {
      tryFrom('socket');
      tryFrom('response');
      if (waiting !== '' && !carriers.isTrying()) {
        waiting = '';
        tryNext();
        return;
      }
    }
    if (!carriers.isTrying()) {
      roundEnded();
    }
  }

  function pick(list, kind) {
    return filter(list, function (transport) {
      return kindOf(transport) === kind;
    });
  }

  function fill(list) {
    queues = {socket: pick(list, 'socket'), response: pick(list, 'response')};
  }

  function race(lane) {
    waiting = lane;
    if (isGivingWay) {
      return;
    }
    raceTimer.start(ladder.raceMs(), function () {
      waiting = '';
      tryNext();
    });
  }

  function startRound(first) {
    var list = ladder.round(first);
    retryTimer.stop();
    raceTimer.stop();
    carriers.endTries();
    isLast = windowPassed;
    waiting = '';
    fill(list);
    if (phase === 'first') {
      queues.response = filter(queues.response, isHeld).concat(filter(queues.response, isStream), filter(queues.response, isPlain));
    }
    if (list.length > 0 && (phase !== 'first' || kindOf(list[0]) === 'response' || kindOf(favourite()) === 'socket')) {
      race(kindOf(list[0]) === 'socket' ? 'response' : 'socket');
    }
    tryNext();
  }

  function roundEnded() {
    raceTimer.stop();
    if (phase === 'first') {
      owner.firstFailed();
    } else if (phase === 'up') {
      fill([]);
      if (!carriers.hasCurrent()) {
        beLost('');
        isGivingWay = true;
        startRound(inUse);
      } else if (isSettling && favourite() !== inUse && ladder.streamsAbove(inUse).length > 0) {
        upgradeTimer.start(favourite().streams ? 0 : kSettleMs, function () {
          isSettling = false;
          queues.response = ladder.streamsAbove(inUse);
          tryNext();
        });
      } else {
        verdict.keep(inUse.name); // nothing better was found
        upgradeLater(upgradePause);
      }
    } else if (isLast) {
      owner.expired();
    } else {
      isGivingWay = false;
      retryTimer.start(Math.min(kLongestPauseMs, kFirstPauseMs * Math.pow(2, round)) * (0.5 + env.random(512) / 1024), function () {
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
      upgradeTimer.stop();
      windowTimer.start(resumeWindow, function () {
        windowPassed = true;
      });
    }
    tellLoss(reason);
  }

  function upgradeLater(pause) {
    upgradeTimer.stop();
    if (ladder.above(inUse).length > 0) {
      upgradeTimer.start(pause, upgrade);
    }
  }

  function upgrade() {
    var isEarly = upgradePause === kFirstUpgradeMs;
    isSettling = false;
    if (carriers.isTrying()) {
      upgradeLater(kPostponeMs);
      return;
    }
    // Polls that are held were, until something ended them: at their beginning nothing shows that.
    fill(filter(ladder.above(inUse), function (transport) {
      return !isPlain(inUse) || isEarly || !isPoll(transport);
    }));
    upgradePause = Math.min(kLongestUpgradeMs, upgradePause * 2);
    waiting = queues.socket.length > 0 ? 'response' : '';
    tryNext();
  }

  // A response serves: sockets that are wanted more go on, or begin where their lane waited; then streams come (roundEnded).
  function goOnAbove(isFirst) {
    if (pick(ladder.above(inUse), 'socket').length === 0) {
      carriers.endTries();
    }
    queues = {response: [], socket: filter(queues.socket, function (socket) {
      return ladder.isAbove(socket, inUse);
    })};
    isSettling = isFirst && isPoll(inUse);
    isGivingWay = false;
    waiting = '';
    tryNext();
  }

  function forgetVerdict(name) {
    if (verdict.name() === name) {
      verdict.forget();
    }
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
      stopTimers();
      phase = 'over';
    },

    isLost: function () {
      return phase === 'lost';
    },

    // ---- what carriers tell ---------------------------------------------------------------------------------

    proven: function (transport, took) {
      var before = inUse;
      var was = phase;
      inUse = transport;
      phase = 'up';
      round = 0;
      stopTimers();
      if (before && before !== transport && was === 'up') {
        ladder.replaced(before.name, transport.name);
      }
      ladder.note(transport.name, 'in use', took, 'it got through ' + (was === 'first' ? 'first' : was === 'up' ? 'later' : 'after a loss'));
      if (failed[verdict.name()]) {
        verdict.forget(); // others get through, so it was not the network
      }
      failed = {};
      if (before !== transport) {
        owner.found(transport.name, before === null);
      }
      if (was === 'lost' && lossTold && phase === 'up') {
        owner.resumed();
      }
      if (phase === 'up') {
        if (kindOf(transport) === 'socket' || was === 'up' || isGivingWay) {
          carriers.endTries();
          fill([]);
        }
        goOnAbove(was === 'first' || isSettling);
      }
    },

    failed: function (transport, reason, timedOut, took) {
      ladder.note(transport.name, timedOut ? 'timed out' : 'failed', took, reason);
      if (phase === 'up') {
        forgetVerdict(transport.name);
      } else {
        failed[transport.name] = true;
      }
      if (timedOut && transport.streams) {
        queues.response = ladder.withoutStreams(queues.response, phase === 'up');
      }
      if (phase === 'lost' && inUse) {
        tellLoss(reason);
      }
      owner.gaveUp();
      if (phase !== 'over') {
        tryNext();
      }
    },

    // A try came later than the other one: it comes again if that one fails.
    overtaken: function (transport) {
      if (phase !== 'up') {
        queues.response.unshift(transport);
      }
    },

    // The stream in use does not bring things when they are sent: a poll takes over beside it (6.6.2).
    heldBack: function (transport, reason, lived) {
      var polls = ladder.polls();
      if (phase === 'up' && polls.length > 0) {
        ladder.note(transport.name, 'timed out', lived, reason);
        forgetVerdict(transport.name);
        owner.gaveUp();
        upgradeTimer.stop();
        queues.response = polls;
        waiting = '';
        tryNext();
      }
    },

    lost: function (transport, reason, lived, unfit) {
      var next = transport;
      ladder.note(transport.name, 'lost', lived, reason);
      shortLives = lived < kShortLifeMs ? shortLives + 1 : 0;
      if (unfit || shortLives >= kShortLives) {
        shortLives = 0;
        isGivingWay = true;
        forgetVerdict(transport.name);
        next = ladder.after(transport);
      }
      beLost(reason);
      owner.gaveUp();
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
      if (phase === 'lost' && (retryTimer.isRunning() || isNetwork)) {
        round = 0;
        startRound(inUse);
      } else if (phase === 'up') {
        carriers.check();
        if (isNetwork && ladder.above(inUse).length > 0) {
          upgradeTimer.start(kPostponeMs, upgrade);
        }
      }
    }
  };
}
