// Chooses a transport by trying: one after the other, each with a session of its own, until an open frame arrives.
//
// The time a try gets is scaled from the round-trip time of /info, so that a slow line is not taken for a dead one and a
// swallowed connection does not hold up a fast one. The last one gets more: nothing is left to be tried after it.

var kLastTryMs = 8000;
var kLongestTimerMs = 2147483647; // browsers count in 31 bits; more would be no time at all

// `choice` has target {parts, crossOrigin}, names (wanted transports in order, or null for all), info, rtt, and
// timeout (least milliseconds for a try); report(entry) notes each outcome; chosen(session) ends it with a session
// whose owner the callee sets, or failed(entries) with what was noted. Answers {abort: function}.
function chooseTransport(choice) {
  var entries = [];
  var waiting = [];
  var current = null;
  var timer = null;

  function note(name, outcome, milliseconds, reason) {
    var entry = {transport: name, outcome: outcome, milliseconds: milliseconds, reason: reason};
    entries.push(entry);
    choice.report(entry);
  }

  function findTransport(name) {
    var i;
    for (i = 0; i < transports.length; i++) {
      if (transports[i].name === name) {
        return transports[i];
      }
    }
    return null;
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
    var transport = findTransport(name);
    var obstacle = transport ? transport.enabled(choice.info, choice.target) :
      'this copy of encke.js has no such transport; it has: ' + listNames().join(', ');
    if (obstacle) {
      note(name, 'skipped', 0, obstacle);
    } else {
      waiting.push(transport);
    }
  }

  // Part of the path of each try; nobody else may guess it.
  function randomId(length) {
    var alphabet = 'abcdefghijklmnopqrstuvwxyz012345';
    var id = '';
    while (id.length < length) {
      id += alphabet.charAt(env.random(alphabet.length));
    }
    return id;
  }

  function sessionTarget() {
    var server = String(1000 + env.random(1000)).substring(1);
    var parts = choice.target.parts;
    return {
      address: {scheme: parts.scheme, user: parts.user, host: parts.host, query: parts.query,
        path: parts.path.replace(/\/+$/, '') + '/' + server + '/' + randomId(20)},
      crossOrigin: choice.target.crossOrigin
    };
  }

  function tryNext() {
    var transport = waiting.shift();
    var started = env.now();
    var limit;
    if (!transport) {
      current = null;
      choice.failed(entries);
      return;
    }
    limit = Math.max(choice.timeout, roundTripTimeout(choice.rtt) * transport.roundTrips);
    if (waiting.length === 0) {
      limit = Math.max(limit, kLastTryMs);
    }
    limit = Math.min(limit, kLongestTimerMs);

    function giveUp(outcome, reason) {
      env.cancel(timer);
      current.abandon();
      note(transport.name, outcome, env.now() - started, reason);
      tryNext();
    }

    current = createSockjsSession(transport, sessionTarget(), {
      onOpen: function () {
        var session = current;
        env.cancel(timer);
        current = null;
        note(transport.name, 'in use', env.now() - started, 'it was the first to get through');
        choice.chosen(session);
      },
      onMessage: noop,
      onBuffered: noop,
      onClose: function (code, reason) {
        giveUp('failed', reason);
      }
    });
    timer = env.later(function () {
      giveUp('timed out', 'no sign of an open session within ' + limit + ' ms; something on the way may hold back ' +
        'or swallow it');
    }, limit);
    current.start();
  }

  function start() {
    var names = choice.names || listNames();
    var i;
    for (i = 0; i < names.length; i++) {
      consider(String(names[i]));
    }
    tryNext();
  }

  start();
  return {
    abort: function () {
      env.cancel(timer);
      if (current) {
        current.abandon();
        current = null;
      }
    }
  };
}
