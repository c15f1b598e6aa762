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
  var storage = tabsStorage.get();
  var leadKey = 'encke.lead ' + name;
  var tabPrefix = 'encke.tab ' + name + ' ';
  var wants = false;
  var elected = false;
  var doubted = ''; // the lease that was doubted a tick ago, as it was written
  var tickTimer = null;
  var claimTimer = null;
  var stopped = false;
  var endWatching = noop;

  function read(key) {
    try {
      return storage.getItem(key) || '';
    } catch (e) {
      return '';
    }
  }

  function write(key, words) {
    try {
      storage.setItem(key, words);
    } catch (e) {
      return; // full: as if this tab were not there
    }
  }

  function remove(key) {
    try {
      storage.removeItem(key);
    } catch (e) {
      return;
    }
  }

  // 'id until', or '' where nobody holds it.
  function readLease() {
    var words = read(leadKey);
    var match = /^([a-z0-9]+) ([0-9]+)$/.exec(words);
    var now = env.now();
    return match ? {words: words, holder: match[1], fresh: Number(match[2]) > now && Number(match[2]) <= now + 2 * kLeaseMs} :
      {words: '', holder: '', fresh: false};
  }

  function renew() {
    write(leadKey, id + ' ' + Math.round(env.now() + kLeaseMs));
  }

  function claim() {
    if (claimTimer !== null) {
      return;
    }
    renew();
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
        renew();
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
        remove(tabPrefix + lease.holder); // it comes back with its next tick, if it is there
        claim();
      } else {
        doubted = lease.words;
        owner.doubt();
      }
    }
  }

  function tick() {
    tickTimer = env.later(function () {
      if (read(tabPrefix + id) === '') {
        write(tabPrefix + id, '1'); // somebody took this tab for gone
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
      write(tabPrefix + id, '1');
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
        write(leadKey, other + ' ' + Math.round(env.now() + kLeaseMs));
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
      var ids = [];
      var i, key;
      for (i = 0; i < storage.length; i++) {
        key = storage.key(i);
        if (key && key.substring(0, tabPrefix.length) === tabPrefix) {
          ids.push(key.substring(tabPrefix.length));
        }
      }
      env.later(function () {
        done(ids);
      }, 0);
    },

    watch: noop,

    // Whoever does not answer any more is not looked for again.
    forget: function (other) {
      remove(tabPrefix + other);
    },

    stop: function () {
      stopped = true;
      wants = elected = false;
      env.cancel(tickTimer);
      env.cancel(claimTimer);
      remove(tabPrefix + id);
      if (readLease().holder === id) {
        remove(leadKey);
      }
      endWatching();
    }
  };
}
