// Spreading: where the server has several names (`hosts` of 6.2), each page takes one of them by chance, for browsers allow few
// connections to one. A session stays with the host that it was opened at.

// The same service at another host.
function onHost(target, host) {
  var parts = extend(extend({}, target.parts), {host: host});
  return host === target.parts.host ? target : extend(extend({}, target), {parts: parts, isForeign: !url.sameOrigin(parts)});
}

// A host of the list, or the one that was asked.
function pickHost(target, hosts) {
  var usable = [target.parts.host];
  var i;
  for (i = 0; hosts && i < hosts.length; i++) {
    if (/^[A-Za-z0-9.\-\[\]:]+$/.test(String(hosts[i])) && hosts[i] !== target.parts.host) {
      usable.push(String(hosts[i]));
    }
  }
  return usable[env.random(usable.length)];
}

// openSession() (open.js), at one of the hosts that the answer lists; `stays` keeps it to the first. done(answer, rtt, target).
function openSpread(target, stays, done, failed) {
  var opening = openSession(target, function (answer, rtt) {
    var other = onHost(target, stays ? target.parts.host : pickHost(target, answer.hosts));
    if (other === target) {
      done(answer, rtt, target);
      return;
    }
    opening = openSession(other, function (itsAnswer, itsRtt) {
      done(itsAnswer, itsRtt, other);
    }, function () {
      done(answer, rtt, target); // that one does not work from here
    });
  }, failed);
  return {
    abort: function () {
      opening.abort();
    }
  };
}
