// Which transports may be tried, in which order, and what came of each.
//
// names: the page's own order, or null for all; offered: what the server's answer lists; target {parts, crossOrigin};
// timeout: the least milliseconds that a try gets; rtt: of a round trip.

var kFarRttMs = 100; // beyond this a line is taken to be slow and uneven
var kSlackMs = 300;
var kStreamMs = 3000; // a response that shows nothing for so long is held back, however far away the server is
var kLeastRaceMs = 50; // beyond four round trips, for a server that is near
var kLongestRaceMs = 300;
var kLastTryMs = 8000; // for the last of a first round: nothing is left to be tried after it
var kLongestTryMs = 10000;
var kLongestTimerMs = 2147483647; // browsers count in 31 bits; more would be no time at all

// How long to wait for one round trip on a line with this round-trip time.
function roundTripTimeout(rtt) {
  return rtt > kFarRttMs ? 4 * rtt : rtt + kSlackMs;
}

function createLadder(choice) {
  var usable = [];
  var entries = []; // the latest of each transport, the latest last

  function indexOf(list, name) {
    var i;
    for (i = 0; i < list.length; i++) {
      if ((list[i].name || list[i].transport || list[i]) === name) {
        return i;
      }
    }
    return -1;
  }

  function note(name, outcome, milliseconds, reason) {
    var at = indexOf(entries, name);
    if (at >= 0) {
      entries.splice(at, 1);
    }
    entries.push({transport: name, outcome: outcome, milliseconds: milliseconds, reason: reason});
  }

  function listNames() {
    var names = [];
    var i;
    for (i = 0; i < transports.length; i++) {
      names.push(transports[i].name);
    }
    return names;
  }

  function consider(name) {
    var at = indexOf(transports, name);
    var obstacle = at < 0 ? 'this copy of encke.js has no such transport; it has: ' + listNames().join(', ') :
      indexOf(choice.offered, name) < 0 ? 'the server says that it is switched off for this service' :
        transports[at].enabled(choice.target);
    if (obstacle) {
      note(name, 'skipped', 0, obstacle);
    } else {
      usable.push(transports[at]);
    }
  }

  function start() {
    var names = choice.names || listNames();
    var i;
    for (i = 0; i < names.length; i++) {
      consider(String(names[i]));
    }
  }

  function above(transport) {
    return usable.slice(0, Math.max(0, indexOf(usable, transport.name)));
  }

  // Of responses: streams, or polls.
  function pick(list, streams) {
    var picked = [];
    var i;
    for (i = 0; i < list.length; i++) {
      if (streams ? list[i].streams : isPoll(list[i].name)) {
        picked.push(list[i]);
      }
    }
    return picked;
  }

  start();
  return {
    note: note,

    // What is known so far, as Socket.report() gives it.
    entries: function () {
      return entries.slice(0);
    },

    find: function (name) {
      var at = indexOf(usable, name);
      return at < 0 ? null : usable[at];
    },

    // All of them, in order; `first`, where it is one, before the others.
    round: function (first) {
      var list = usable.slice(0);
      var at = first ? indexOf(list, first.name) : -1;
      return at < 0 ? list : list.splice(at, 1).concat(list);
    },

    // The one to begin with when this one does not do: the next, or the first.
    after: function (transport) {
      return usable[(indexOf(usable, transport.name) + 1) % usable.length] || null;
    },

    // Those that are wanted more than this one.
    above: above,

    // Those whose requests bring one answer's worth, in order.
    polls: function () {
      return pick(usable, false);
    },

    // What may be held back among what is wanted more than this one.
    streamsAbove: function (transport) {
      return pick(above(transport), true);
    },

    pollsFirst: function (queue) {
      return pick(queue, false).concat(pick(queue, true));
    },

    // Something took the place of what was in use.
    replaced: function (name, by) {
      var at = indexOf(entries, name);
      if (at >= 0 && entries[at].outcome === 'in use') {
        note(name, 'replaced', 0, by + ' took its place');
      }
    },

    // How long the second lane of a round waits for the first.
    raceMs: function () {
      return Math.min(kLongestRaceMs, kLeastRaceMs + 4 * choice.rtt);
    },

    isAbove: function (transport, other) {
      return indexOf(usable, transport.name) < indexOf(usable, other.name);
    },

    // What is left of `queue` once a stream was held back: the other streams would be, too. All of it, where there is
    // nothing but streams and nothing serves.
    withoutStreams: function (queue, serves) {
      var kept = [];
      var i;
      for (i = 0; i < queue.length; i++) {
        if (!queue[i].streams) {
          kept.push(queue[i]);
        }
      }
      for (i = 0; i < queue.length && (serves || kept.length > 0); i++) {
        if (queue[i].streams) {
          note(queue[i].name, 'skipped', 0, 'responses are held back by something on the way');
        }
      }
      return serves || kept.length > 0 ? kept : queue;
    },

    // How long a try may take, in the given round of tries; `hasMore` says that something else is left, or serves.
    limit: function (transport, round, hasMore, isFirstRound) {
      var limit = roundTripTimeout(choice.rtt) * transport.roundTrips * Math.pow(2, round);
      limit = Math.min(limit, transport.streams && hasMore ? kStreamMs : kLongestTryMs);
      limit = Math.max(limit, choice.timeout, isFirstRound && !hasMore ? kLastTryMs : 0);
      return Math.min(limit, kLongestTimerMs);
    },

    // All of it in words, for an operator.
    describe: function () {
      var parts = [];
      var i;
      for (i = 0; i < entries.length; i++) {
        parts.push(entries[i].transport + ' ' + (entries[i].outcome === 'skipped' ? 'was skipped' : entries[i].outcome) +
          ': ' + entries[i].reason);
      }
      return parts.length > 0 ? parts.join('. ') : 'The option transports names none';
    }
  };
}
