// Which transports may be tried, in which order, and what came of each.
//
// names: the page's own order, or null for all; offered: what the server's answer lists; target {parts, isForeign, flash};
// timeout: the least milliseconds that a try gets; rtt: of a round trip.

var kFarRttMs = 100; // beyond this a line is taken to be slow and uneven
var kSlackMs = 300;
var kStreamMs = 3000; // a response that shows nothing for so long is held back, however far away the server is
var kLeastRaceMs = 50; // beyond four round trips, for a server that is near
var kLongestRaceMs = 300;
var kLastTryMs = 8000; // for the last of a first round: nothing is left to be tried after it
var kLongestTryMs = 10000;

// How long to wait for one round trip on a line with this round-trip time.
function roundTripTimeout(rtt) {
  return rtt > kFarRttMs ? 4 * rtt : rtt + kSlackMs;
}

function createLadder(choice) {
  var entries = []; // the latest of each transport, the latest last

  function note(name, outcome, milliseconds, reason) {
    entries = filter(entries, function (entry) {
      return entry.transport !== name;
    });
    entries.push({transport: name, outcome: outcome, milliseconds: milliseconds, reason: reason});
  }

  function names() {
    return map(transports, function (transport) {
      return transport.name;
    });
  }

  var usable = filter(map(choice.names || names(), function (given) {
    var name = String(given);
    var transport = findTransport(name);
    var obstacle = !transport ? 'this encke.js has no such transport; it has: ' + names().join(', ') :
      (',' + choice.offered + ',').indexOf(',' + name + ',') < 0 ? 'the server has it switched off' : transport.enabled(choice.target);
    if (obstacle && (choice.names || !transport.isRare)) {
      note(name, 'skipped', 0, obstacle);
    }
    return obstacle ? null : transport;
  }), Boolean);

  function placeOf(transport) {
    var i;
    for (i = usable.length - 1; i >= 0 && usable[i] !== transport; i--) {
      continue;
    }
    return i;
  }

  function above(transport) {
    return usable.slice(0, Math.max(0, placeOf(transport)));
  }

  return {
    note: note,

    // What is known so far, as Socket.report() gives it.
    entries: function () {
      return entries;
    },

    find: function (name) {
      return placeOf(findTransport(name)) < 0 ? null : findTransport(name);
    },

    // All of them, in order; `first`, where it is one, before the others.
    round: function (first) {
      return placeOf(first) < 0 ? usable : [first].concat(without(usable, first));
    },

    // The one to begin with when this one does not do: the next, or the first.
    after: function (transport) {
      return usable[(placeOf(transport) + 1) % usable.length] || null;
    },

    // Those that are wanted more than this one.
    above: above,

    // Those whose requests bring one answer's worth, in order.
    polls: function () {
      return filter(usable, isPoll);
    },

    // What may be held back among what is wanted more than this one.
    streamsAbove: function (transport) {
      return filter(above(transport), isStream);
    },

    // Something took the place of what was in use.
    replaced: function (name, by) {
      map(entries, function (entry) {
        if (entry.transport === name && entry.outcome === 'in use') {
          note(name, 'replaced', 0, by + ' took its place');
        }
      });
    },

    // How long the second lane of a round waits for the first.
    raceMs: function () {
      return Math.min(kLongestRaceMs, kLeastRaceMs + 4 * choice.rtt);
    },

    isAbove: function (transport, other) {
      return placeOf(transport) < placeOf(other);
    },

    // What is left of `queue` once a stream was held back: the other streams would be, too. All of it, where there is
    // nothing but streams and nothing serves.
    withoutStreams: function (queue, serves) {
      var polls = filter(queue, isPoll);
      if (!serves && polls.length === 0) {
        return queue;
      }
      map(filter(queue, isStream), function (stream) {
        note(stream.name, 'skipped', 0, kHeld);
      });
      return polls;
    },

    // How long a try may take, in the given round of tries; `hasMore` says that something else is left, or serves.
    limit: function (transport, round, hasMore, isFirstRound) {
      var limit = roundTripTimeout(choice.rtt) * transport.roundTrips * Math.pow(2, round);
      limit = Math.min(limit, transport.streams && hasMore ? kStreamMs : kLongestTryMs);
      return Math.max(limit, choice.timeout, isFirstRound && !hasMore ? kLastTryMs : 0);
    },

    // All of it in words, for an operator.
    describe: function () {
      return map(entries, function (entry) {
        return entry.transport + ' ' + entry.outcome + ': ' + entry.reason;
      }).join('. ') || 'The option transports names none';
    }
  };
}
