// The option `share`: the tabs of an origin that open one address share one session. One of them leads and has the
// connection (leading.js), the others ride along; who leads is up to tab_locks.js or tab_lease.js. For every tab, nothing is
// lost and nothing comes twice, whichever of the others ends and however. README.md, "How tabs share", says how that is done.

var kJoinMs = 2000; // between looks for what got lost between tabs
var kLingerMs = 3000; // for the others to take the last posts

// What createConnection() is (connection.js), for a tab that shares. choice and owner are the same; broken(why) says that this
// browser does not let it, after all: then nothing has come of it.
function createRide(choice, owner, broken) {
  var id = env.randomId(16);
  var name = [url.format(choice.target.parts)].concat(choice.target.protocols).join(' '); // alike in all tabs that share
  var replica = createReplica(id);
  var leader = ''; // whom this tab rides with; '' between two
  var leading = null;
  var suspended = null; // what this tab led, until it is clear that another goes on with it
  var isOpen = false;
  var isOver = false;
  var isAlone = false; // has a session that the others do not share
  var isShut = false; // nothing can be posted any more
  var joinTimer = null;
  var lingerTimer = null;
  var leadership, toAll, toLeader, fromTabs, shared, riding, closing, page;

  function tellLeader(value) {
    if (!isShut) {
      toLeader.post(value);
    }
  }

  // ---- ending -------------------------------------------------------------------------------------------------

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
    page.stop();
  }

  function end(code, reason, clean) {
    if (!isOver) {
      stop();
      owner.closed({code: code, reason: reason, clean: clean, unacknowledged: clean ? [] : replica.unacknowledged()});
    }
  }

  function fail(why) {
    leave();
    end(kGone, 'The session is over for this page: ' + why + '.', false);
  }

  // The others go on without this tab.
  function leave() {
    if (leading) {
      leading.leave();
      leading = null;
    } else {
      if (suspended) {
        suspended.drop();
      }
      tellLeader({type: 'bye', id: id});
    }
  }

  // ---- riding -------------------------------------------------------------------------------------------------

  function tellWhatIsHere() {
    tellLeader({type: 'here', id: id, promised: shared.promise, key: replica.key, received: replica.received, end: replica.end(),
      carrier: replica.carrier, stated: replica.stated});
  }

  function postMessage(message) {
    tellLeader({type: 'write', id: id, seq: message.seq, data: message.data});
  }

  function postUnlogged() {
    var all = replica.unlogged();
    var i;
    for (i = 0; i < all.length; i++) {
      if (leading) {
        leading.take(id, all[i].seq, all[i].data);
      } else {
        postMessage(all[i]);
      }
    }
  }

  // For what got lost between tabs; nothing should.
  function look() {
    joinTimer = env.later(function () {
      if (!leading && leader === '') {
        tellWhatIsHere();
      } else if (!leading) {
        postUnlogged();
      }
      look();
    }, kJoinMs);
  }

  function becomeOpen() {
    if (!isOpen) {
      isOpen = true;
      owner.opened(replica.offer.protocol);
    }
  }

  function moved() {
    if (!isOver) {
      owner.moved();
    }
  }

  function adopt(post) {
    var state = post.state;
    if (suspended && (state.key === replica.key || !suspended.isAlive())) {
      suspended.drop();
      suspended = null;
    }
    if (suspended) { // others have begun anew, while this tab slept
      leading = suspended;
      suspended = null;
      isAlone = true;
      leadership.stop();
      leading.leadAlone();
      return;
    }
    if (replica.key === '' && choice.snapshot) { // what this tab brought is not what the others have
      replica.begin(choice.snapshot);
      fail('the other tabs have another one by now');
      return;
    }
    if (replica.key !== '' && (state.key !== replica.key || state.received > replica.received)) {
      fail(state.key !== replica.key ? 'the other tabs have another one by now' : 'messages passed by while it slept');
      return;
    }
    leader = post.leader;
    replica.adopt(state);
    owner.transport(state.transport);
    riding.confirm();
    postUnlogged();
    becomeOpen();
    moved();
  }

  function heedEpoch(post) {
    if (post.epoch > shared.promise) {
      shared.promise = post.epoch;
      leader = '';
    }
    replica.carrier = Math.max(replica.carrier, post.carrier);
    replica.stated = Math.max(replica.stated, post.stated);
  }

  // From a leader, or one that would be.
  function receive(post) {
    if (isOver || isAlone) {
      return;
    }
    if (post.type === 'doubt') {
      leadership.prove();
    } else if (post.type === 'take') {
      if (post.to === id) {
        leadership.accept();
      }
    } else if (post.epoch < shared.promise) {
      if (post.type === 'who') {
        tellWhatIsHere();
      }
    } else {
      if (leading && post.epoch > leading.epoch()) {
        standDown();
      }
      if (leading) {
        return;
      }
      heedEpoch(post);
      if (post.type === 'who') {
        tellWhatIsHere();
      } else if (post.type === 'state') {
        if (post.to === id || (post.to === '' && leader === '')) {
          adopt(post);
        }
      } else if (leader !== '' && riding.heeds(post.type)) {
        riding.heed(post);
      } else if (leader === '' && post.type === 'end' && post.failed && replica.key === '') {
        end(post.code, post.reason, post.clean);
      } else if (post.type === 'ping') {
        tellWhatIsHere();
      }
    }
    closing.attempt();
  }

  // ---- leading ------------------------------------------------------------------------------------------------

  function receiveFromTab(post) {
    // What this tab posted before it led may come back to it.
    if (!leading || isAlone || post.id === id || (isOver && lingerTimer === null)) {
      return;
    }
    if (isOver) {
      if (post.type === 'bye') {
        leading.gone(post.id);
        if (!leading.hasOthers()) {
          stop();
        }
      }
      return;
    }
    if (post.type === 'here' || post.type === 'confirmed') {
      leading[post.type](post);
    } else if (post.type === 'write') {
      leading.take(post.id, post.seq, post.data);
    } else if (post.type === 'bye') {
      leading.gone(post.id);
    }
    closing.attempt();
  }

  function lead() {
    leading = createLeading(shared, {
      message: owner.message,
      opened: becomeOpen,
      transport: owner.transport,
      interrupted: owner.interrupted,
      resumed: owner.resumed,
      moved: moved,
      began: postUnlogged,
      closed: function (how) {
        if (!isOver) {
          closing.stop();
          linger();
          owner.closed({code: how.code, reason: how.reason, clean: how.clean,
            unacknowledged: how.clean ? how.unacknowledged : replica.unacknowledged()});
        }
      },
      deposed: standDown,
      yieldTo: function (other) {
        leading.drop();
        leading = null;
        leadership.yieldTo(other);
        toAll.post({type: 'take', to: other});
        leadership.campaign();
      },
      changed: closing.attempt
    });
    if (!fromTabs) {
      fromTabs = createTabsChannel('encke up ' + name, receiveFromTab);
    }
    leader = '';
    leading.start();
  }

  // What was posted before the end is to be heeded before anybody leads again.
  function linger() {
    isOver = true;
    if (leading.hasOthers()) {
      lingerTimer = env.later(stop, kLingerMs);
    } else {
      stop();
    }
  }

  function standDown() {
    if (leading) {
      suspended = leading;
      suspended.suspend();
      leading = null;
      leadership.yieldTo('');
      leadership.campaign();
    }
  }

  function start() {
    closing = createRideClosing({
      leading: function () {
        return leading;
      },
      isRiding: function () {
        return leader !== '';
      },
      unlogged: function () {
        return replica.unlogged().length;
      },
      leave: function (code, reason, clean) {
        leave();
        end(code, reason, clean);
      }
    });
    shared = {id: id, choice: choice, replica: replica, yields: 0, promise: 0, // the highest epoch heard of
      post: function (post) {
        if (!isShut) {
          toAll.post(post);
        }
      }};
    riding = createRiding(shared, {
      ride: owner,
      tell: tellLeader,
      behind: function () {
        leader = '';
        tellWhatIsHere();
      },
      fail: fail,
      end: end
    });
    toAll = createTabsChannel('encke ' + name, receive);
    toLeader = createTabsChannel('encke up ' + name, null);
    leadership = (hasTabLocks() ? createTabLocks : createTabLease)(name, id, {
      elected: function () {
        if (suspended) { // nobody took over from this tab after all
          suspended.drop();
          suspended = null;
        }
        if (!isOver) {
          lead();
        }
      },
      deposed: standDown,
      doubt: function () {
        toAll.post({type: 'doubt'});
      }
    });
    shared.leadership = leadership;
    page = watchRide({
      stays: choice.stays,
      endsAlone: function () {
        return leading !== null && !leading.hasOthers();
      },
      goodbye: stop,
      left: function () {
        leave();
        isOver = true;
        leadership.stop();
      },
      cameBack: function () {
        isOver = false;
        end(kGone, 'The session is over for this page: it was left, and the other tabs went on.', false);
      }
    });
    leadership.start(function () {
      if (!isOver) {
        tellWhatIsHere();
        leadership.campaign();
        look();
      }
    }, function (why) {
      if (!isOver) {
        stop();
        broken(why);
      }
    });
  }

  start();
  return {
    send: function (data) {
      var message = replica.write(data);
      if (leading) {
        leading.take(id, message.seq, message.data);
      } else if (leader !== '') {
        postMessage(message);
      }
    },

    close: function (code, reason) {
      closing.ask(code, reason);
    },

    abandon: function () {
      if (!isOver) {
        leave();
        stop();
      }
    },

    buffered: function () {
      return replica.waitingBytes() + (leading ? leading.held() : 0);
    },

    held: function () {
      return leading ? leading.held() : 0;
    },

    report: function () {
      return leading ? leading.report().concat(reportLeading(leading.members(), id)) : [reportRiding(replica.key !== '', leader)];
    },

    snapshot: function () {
      return (leading && leading.snapshot()) || (replica.key === '' && choice.snapshot) || null; // what it came with goes on with it
    }
  };
}
