// The option `share`: the tabs of an origin that open one address share one session. One of them leads and has the
// connection (leading.js), the others ride along; who leads is up to tab_locks.js or tab_lease.js. For every tab, nothing is
// lost and nothing comes twice, whichever of the others ends and however. README.md, "How tabs share", says how that is done.
//
// A ride is what leading.js, riding.js and ride_closing.js have in common: id, choice, owner, replica, leadership, and functions
// that say below what they do.

var kJoinMs = 2000; // between looks for what got lost between tabs
var kLingerMs = 3000; // for the others to take the last posts

// What createConnection() is (connection.js), for a tab that shares. choice and owner are the same; broken(why) says that this
// browser does not let it, after all: then nothing has come of it.
function createRide(choice, owner, broken) {
  var id = env.randomId(16);
  var name = [url.format(choice.target.parts)].concat(choice.target.protocols).join(' '); // alike in all tabs that share
  var replica = createReplica(id);
  var suspended = null; // what this tab led, until it is clear that another goes on with it
  var isOpen = false;
  var isOver = false;
  var isShut = false; // nothing can be posted any more
  var wasLeft = false; // by its page, which got off
  var joinTimer = null;
  var lingerTimer = null;
  var fromTabs = null;
  var leadership, toAll, toLeader, riding, closing, endWatching;

  var ride = {
    id: id,
    choice: choice,
    owner: owner,
    replica: replica,
    leadership: null,
    leads: null, // what createLeading() answered, while this tab leads
    follows: '', // whom this tab rides with; '' between two
    isAlone: false, // has a session that the others do not share
    promise: 0, // the highest epoch heard of
    yields: 0,

    // To the others, as their leader.
    post: function (value) {
      if (!isShut) {
        toAll.post(value);
      }
    },

    tell: function (type, fields) {
      if (!isShut) {
        toLeader.post(extend({type: type, id: id}, fields));
      }
    },

    tellWhatIsHere: function () {
      ride.tell('here', {promised: ride.promise, key: replica.key, received: replica.received, end: replica.end(),
        carrier: replica.carrier, stated: replica.stated});
    },

    // What this tab wrote may be logged.
    postUnlogged: function () {
      var all = replica.unlogged();
      var i;
      for (i = 0; i < all.length; i++) {
        postMessage(all[i]);
      }
    },

    opened: function () {
      if (!isOpen) {
        isOpen = true;
        owner.opened(replica.offer.protocol);
      }
    },

    moved: function () {
      if (!isOver) {
        owner.moved();
      }
    },

    // Of the owner's, what the tabs tell each other: transport, interrupted and resumed.
    relayed: function (what, value) {
      if (what === 'transport') {
        replica.transport = value;
      }
      owner[what](value);
    },

    // The others came, went or confirmed.
    changed: function () {
      closing.attempt();
    },

    // ---- ending -----------------------------------------------------------------------------------------------

    // The others go on without this tab.
    leave: function () {
      if (ride.leads) {
        ride.leads.leave();
        ride.leads = null;
      } else {
        dropSuspended();
        ride.tell('bye');
      }
    },

    end: function (how) {
      if (!isOver) {
        stop();
        tellEnd(how);
      }
    },

    fail: function (why) {
      ride.leave();
      ride.end({code: kGone, reason: 'The session is over for this page: ' + why + '.', clean: false});
    },

    // The session that this tab leads is over. What was posted before is to be heeded before anybody leads again.
    ended: function (how) {
      if (!isOver) {
        closing.stop();
        isOver = true;
        if (ride.leads.hasOthers()) {
          lingerTimer = env.later(stop, kLingerMs);
        } else {
          stop();
        }
        tellEnd(how);
      }
    },

    // ---- leading no more --------------------------------------------------------------------------------------

    standDown: function () {
      if (ride.leads) {
        suspended = ride.leads;
        suspended.suspend();
        ride.leads = null;
        leadership.yieldTo('');
        leadership.campaign();
      }
    },

    // To a tab that knows more.
    yieldTo: function (other) {
      ride.leads.drop();
      ride.leads = null;
      leadership.yieldTo(other);
      toAll.post({type: 'take', to: other});
      leadership.campaign();
    }
  };

  function stop() {
    isOver = isShut = true;
    closing.stop();
    env.cancel(joinTimer);
    env.cancel(lingerTimer);
    lingerTimer = null;
    leadership.stop();
    toAll.close();
    toLeader.close();
    if (fromTabs) {
      fromTabs.close();
    }
    endWatching();
  }

  function tellEnd(how) {
    how.unacknowledged = how.clean ? how.unacknowledged || [] : replica.unacknowledged();
    owner.closed(how);
  }

  function dropSuspended() {
    if (suspended) {
      suspended.drop();
      suspended = null;
    }
  }

  function postMessage(message) {
    var fields = {id: id, seq: message.seq, data: message.data};
    if (ride.leads) {
      ride.leads.heeded.write(fields);
    } else {
      ride.tell('write', fields);
    }
  }

  // For what got lost between tabs; nothing should.
  function look() {
    joinTimer = env.later(function () {
      if (ride.follows !== '') {
        ride.postUnlogged();
      } else if (!ride.leads) {
        ride.tellWhatIsHere();
      }
      look();
    }, kJoinMs);
  }

  // ---- what the others post -----------------------------------------------------------------------------------

  function heed(handlers, post) {
    if (handlers.hasOwnProperty(post.type)) {
      handlers[post.type](post);
    }
  }

  function adopt(post) {
    var state = post.state;
    var isOther;
    if (suspended && state.key !== replica.key && suspended.itsConnection()) { // others have begun anew, while this tab slept
      ride.leads = suspended;
      suspended = null;
      ride.isAlone = true;
      ride.tell('bye');
      leadership.stop();
      ride.leads.leadAlone();
      return;
    }
    dropSuspended();
    if (post.leader === ride.follows && replica.received === replica.joined) { // it has joined just now: those came before
      replica.received = replica.joined = Math.max(replica.joined, state.received);
    }
    isOther = replica.key === '' ? choice.snapshot : state.key !== replica.key;
    if (replica.key === '' && choice.snapshot) {
      replica.begin(choice.snapshot);
    }
    if (isOther || (replica.key !== '' && state.received > replica.received)) {
      ride.fail(isOther ? 'the other tabs have another one by now' : 'messages passed by while it slept');
      return;
    }
    ride.follows = post.leader;
    replica.adopt(state);
    owner.transport(state.transport);
    riding.ping();
    ride.postUnlogged();
    ride.opened();
    ride.moved();
  }

  // From a leader, or one that would be.
  function receive(post) {
    var isCurrent = post.epoch >= ride.promise;
    if (isOver || ride.isAlone) {
      return;
    }
    if (post.type === 'doubt') {
      leadership.prove();
    } else if (post.type === 'take' && post.to === id) {
      leadership.accept();
    }
    if (isCurrent && ride.leads && post.epoch > ride.leads.epoch) {
      ride.standDown();
    }
    if (isCurrent && ride.leads) {
      return;
    }
    if (isCurrent) {
      if (post.epoch > ride.promise) {
        ride.promise = post.epoch;
        ride.follows = '';
      }
      replica.heed(post);
      if (post.type === 'state') {
        if (post.to === id || (post.to === '' && ride.follows === '')) {
          adopt(post);
        }
      } else if (ride.follows !== '') {
        heed(riding, post);
      } else if (post.type === 'ping') {
        ride.tellWhatIsHere();
      } else if (post.type === 'end' && post.first && replica.key === '') {
        ride.end(post);
      }
    }
    if (post.type === 'who') {
      ride.tellWhatIsHere();
    }
    closing.attempt();
  }

  // To this tab as their leader. What it posted before it led may come back to it.
  function receiveFromTab(post) {
    if (ride.leads && !ride.isAlone && post.id !== id && (!isOver || (lingerTimer !== null && post.type === 'bye'))) {
      heed(ride.leads.heeded, post);
      if (lingerTimer !== null && !ride.leads.hasOthers()) {
        stop();
      }
      closing.attempt();
    }
  }

  // ---- beginning ----------------------------------------------------------------------------------------------

  toAll = createTabsChannel('encke ' + name, receive);
  toLeader = createTabsChannel('encke up ' + name, null);
  riding = createRiding(ride);
  closing = createRideClosing(ride);
  leadership = ride.leadership = (hasTabLocks() ? createTabLocks : createTabLease)(name, id, {
    elected: function () {
      dropSuspended(); // nobody took over from this tab after all
      if (!isOver) {
        fromTabs = fromTabs || createTabsChannel('encke up ' + name, receiveFromTab);
        ride.follows = '';
        ride.leads = createLeading(ride);
      }
    },
    deposed: ride.standDown,
    doubt: function () {
      toAll.post({type: 'doubt'});
    }
  });
  // A page that is left gets off, and one that comes back from the browser's cache has missed what the others got meanwhile.
  endWatching = watchLeaving(function (isFrozen) {
    if (choice.stays()) {
      return; // the session waits for this tab's next page
    }
    if (!ride.leads || ride.leads.hasOthers()) {
      wasLeft = isOver = true;
      ride.leave();
      leadership.stop();
    } else if (!isFrozen) {
      stop(); // the connection says goodbye
    }
  }, function () {
    if (wasLeft) {
      isOver = false;
      ride.end({code: kGone, reason: 'The session is over for this page: it was left, and the other tabs went on.', clean: false});
    }
  });
  leadership.start(function () {
    if (!isOver) {
      ride.tellWhatIsHere();
      leadership.campaign();
      look();
    }
  }, function (why) {
    if (!isOver) {
      stop();
      broken(why);
    }
  });

  // What this tab leads with, or null.
  function connection() {
    return ride.leads && ride.leads.itsConnection();
  }

  function held() {
    return connection() ? connection().held() : 0;
  }

  return {
    send: function (data) {
      var message = replica.write(data);
      if (ride.leads || ride.follows !== '') {
        postMessage(message);
      }
    },

    close: closing.ask,

    abandon: function () {
      if (!isOver) {
        ride.leave();
        stop();
      }
    },

    buffered: function () {
      return replica.waitingBytes() + held();
    },

    held: held,

    report: function () {
      return (connection() ? connection().report() : []).concat(reportRide(ride));
    },

    snapshot: function () {
      return (connection() && !ride.leads.hasOthers() ? connection().snapshot() : null) ||
        (replica.key === '' && choice.snapshot) || null; // what it came with goes on with it
    }
  };
}
