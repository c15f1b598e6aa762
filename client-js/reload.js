// The option `reload`: the session outlives its page. What another page of this tab needs to go on with it is left in the
// tab's storage when the page goes, below the socket's address, and taken out by the first socket that opens that address.
//
//   page alive -> left     pagehide: stored, and the connection is let go without a word
//   left -> page alive     pageshow, from the back-forward cache: with what was stored, if nobody has taken it
//
// Browsers without pagehide say beforeunload, after which the page may well stay: what was stored is kept up to date for a
// while, with every message, and then taken back. There is no unload handler, which would keep pages out of the cache.
//
// A duplicated tab has a copy of what its original stored. Both would use the same carrier number; the server refuses the
// second, whose socket then begins anew.
//
// owner: snapshot(), what to store, or null; suspend(), lets the connection go; goOn(snapshot), in this page; and
// taken(reason), it cannot go on.

var kDoubtMs = 30000; // after beforeunload, until the page is taken to stay
var kDoubtCarriers = 1000; // so many may be used meanwhile

function createReload(address, owner) {
  var storage = createTabStorage();
  var key = 'encke.reload ' + address;
  var id = ''; // of what is stored
  var isLeft = false;
  var doubtTimer = null;
  var failure = '';
  var obstacle = storage.write(key + ' ', '1');
  var endWatching;

  function readAll() {
    var list = json.read(storage.take(key));
    return isArray(list) ? list : [];
  }

  // What the storage had, if it may be gone on from: others may have put it there, who are to lead no page elsewhere.
  function usable(snapshot) {
    if (!snapshot || !snapshot.session || !isOffer(snapshot.offer) || snapshot.session.key !== snapshot.offer.session) {
      return null;
    }
    snapshot.host = storage.isForgeable() ? '' : snapshot.host;
    return snapshot;
  }

  function writeAll(list) {
    return list.length === 0 ? '' : storage.write(key, json.stringify(list));
  }

  function takeOwn() {
    var list = readAll();
    var found = null;
    var kept = [];
    var i;
    for (i = 0; i < list.length; i++) {
      if (list[i] && list[i].id === id) {
        found = list[i];
      } else {
        kept.push(list[i]);
      }
    }
    writeAll(kept);
    id = '';
    return found;
  }

  // Several sockets of a page may have one address: their sessions wait in the order in which they were stored.
  // Answers whether it is there now.
  function store() {
    var snapshot = owner.snapshot();
    var list, why;
    if (id !== '') {
      takeOwn();
    }
    if (!snapshot) {
      return false;
    }
    if (doubtTimer !== null) {
      snapshot.session.carrier += kDoubtCarriers;
    }
    id = env.randomId(16);
    list = readAll();
    why = writeAll(list.concat([{id: id, snapshot: snapshot}]));
    if (why !== '') {
      writeAll(list.concat([{id: id, lost: 'The session could not be kept for this page: ' + why + '.'}]));
    }
    return why === '';
  }

  function leave() {
    if (!isLeft && store()) {
      isLeft = true;
      owner.suspend();
    }
  }

  function comeBack() {
    var wasLeft = isLeft;
    var found, snapshot;
    if (id !== '') {
      found = takeOwn();
      isLeft = false;
      snapshot = found && usable(found.snapshot);
      if (wasLeft && snapshot) {
        owner.goOn(snapshot);
      } else if (wasLeft) {
        owner.taken('The session is over for this page: another page of this tab goes on with it.');
      }
    }
  }

  function doubt() {
    env.cancel(doubtTimer);
    doubtTimer = env.later(function () {
      doubtTimer = null;
      takeOwn();
    }, kDoubtMs);
    store();
  }

  storage.take(key + ' ');
  if ('onpagehide' in env.root) {
    endWatching = watchLeaving(leave, comeBack);
  } else {
    endWatching = env.listen('window', {beforeunload: doubt});
  }

  return {
    // What an earlier page left for this socket: a snapshot, or null.
    take: function () {
      var list = readAll();
      var first = list.shift();
      writeAll(list);
      failure = first && first.lost ? first.lost : '';
      return first ? usable(first.snapshot) : null;
    },

    // Why the session of the page before could not be kept; '' where nothing went wrong.
    failure: function () {
      return failure;
    },

    // Entries of the report: why this page's session cannot be kept, or the one before could not.
    report: function () {
      return obstacle === '' && failure === '' ? [] : [{transport: 'reload', outcome: obstacle === '' ? 'failed' : 'skipped',
        milliseconds: 0, reason: failure || obstacle}];
    },

    // Whether the session waits for another page.
    isLeft: function () {
      return isLeft;
    },

    // The connection's state has changed.
    touch: function () {
      if (isLeft || doubtTimer !== null) {
        store();
      }
    },

    stop: function () {
      env.cancel(doubtTimer);
      doubtTimer = null;
      if (id !== '') {
        takeOwn();
      }
      endWatching();
    }
  };
}
