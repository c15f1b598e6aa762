// Who leads the tabs that share a session, where there are no Web Locks (tab_locks.js says what is to be done): by a lease in
// localStorage, which its holder renews, and a name there for each tab.
//
//   leader      renews; a lease that is another's deposes it
//   candidate   a lease that ran out is a suspicion only: background tabs are slow. The leader is asked (owner.doubt()), and
//               renews at once if it is there. If it is not, claim, wait for others who claim, and look who came last
//
// Two may lead for a moment: localStorage knows no atomic step. share.js and the server's carrier numbers are what make
// that harmless.

var kLeaseMs = 5000;
var kLeaseTickMs = 1000;
var kClaimMs = 300;

function createTabLease(name, id, owner) {
  var storage = tabsStorage();
  var leadKey = 'encke.lead ' + name;
  var tabPrefix = 'encke.tab ' + name + ' ';
  var wants = false;
  var elected = false;
  var doubted = ''; // the lease that was doubted a tick ago, as it was written
  var tickTimer = null;
  var claimTimer = null;
  var stopped = false;
  var endWatching = noop;

  // What the storage's method answers, or null. Where it is full it is as if this tab were not there.
  function store(method, key, words) {
    try {
      return storage[method](key, words);
    } catch (e) {
      return null;
    }
  }

  // 'id until', or '' where nobody holds it.
  function readLease() {
    var words = store('getItem', leadKey);
    var match = /^([a-z0-9]+) ([0-9]+)$/.exec(words);
    var left = match ? match[2] - env.now() : 0;
    return {words: words, holder: match ? match[1] : '', fresh: left > 0 && left <= 2 * kLeaseMs};
  }

  function renew(holder) {
    store('setItem', leadKey, holder + ' ' + Math.round(env.now() + kLeaseMs));
  }

  function claim() {
    if (claimTimer !== null) {
      return;
    }
    renew(id);
    claimTimer = env.later(function () {
      claimTimer = null;
      if (wants && readLease().holder === id) {
        wants = false;
        elected = true;
        owner.elected();
      }
    }, kClaimMs);
  }

  function look() {
    var lease = readLease();
    if (stopped) {
      return;
    }
    if (elected) {
      if (lease.holder === id || lease.holder === '') {
        renew(id);
      } else {
        elected = false;
        owner.deposed();
      }
    } else if (wants) {
      if (lease.holder === '') {
        claim();
      } else if (lease.fresh) {
        doubted = '';
      } else if (doubted === lease.words) {
        doubted = '';
        store('removeItem', tabPrefix + lease.holder); // it comes back with its next tick, if it is there
        claim();
      } else {
        doubted = lease.words;
        owner.doubt();
      }
    }
  }

  function tick() {
    tickTimer = env.later(function () {
      if (!store('getItem', tabPrefix + id)) {
        store('setItem', tabPrefix + id, '1'); // somebody took this tab for gone
      }
      look();
      if (!stopped) {
        tick();
      }
    }, kLeaseTickMs);
  }

  return {
    patience: 3,

    start: function (ready) {
      store('setItem', tabPrefix + id, '1');
      endWatching = env.listen('window', {storage: function (event) {
        if (event.key === leadKey && !event.newValue) {
          look();
        }
      }});
      tick();
      env.later(ready, 0);
    },

    campaign: function () {
      wants = true;
      look();
    },

    yieldTo: function (other) {
      elected = wants = false;
      if (readLease().holder === id) {
        renew(other);
      }
    },

    isElected: function () {
      return elected && readLease().holder === id;
    },

    // The leader was doubted.
    prove: look,

    // The lease was passed on to this tab.
    accept: function () {
      if (wants && readLease().holder === id) {
        claim();
      }
    },

    members: function (done) {
      var names = [];
      var i;
      for (i = 0; i < storage.length; i++) {
        names.push({name: storage.key(i)});
      }
      env.later(function () {
        done(idsOf(names, tabPrefix));
      }, 0);
    },

    watch: noop,

    // Whoever does not answer any more is not looked for again.
    forget: function (other) {
      store('removeItem', tabPrefix + other);
    },

    stop: function () {
      stopped = true;
      wants = elected = false;
      env.cancel(tickTimer);
      env.cancel(claimTimer);
      store('removeItem', tabPrefix + id);
      if (readLease().holder === id) {
        store('removeItem', leadKey);
      }
      endWatching();
    }
  };
}
