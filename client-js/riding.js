// Riding along: what a tab does with what the leader of a shared session posts (share.js).
//
// shared: id, replica, promise (share.js). tab: ride, the owner of createConnection(); tell(value), to the leader; behind(),
// the log has a hole; fail(why); end(code, reason, clean).

var kConfirmAfter = 16; // messages, or an eighth of the window

function createRiding(shared, tab) {
  var replica = shared.replica;
  var unconfirmed = 0;
  var unconfirmedCost = 0;

  function confirm() {
    unconfirmed = unconfirmedCost = 0;
    tab.tell({type: 'confirmed', id: shared.id, epoch: shared.promise, received: replica.received, end: replica.end()});
  }

  function takeMessage(post) {
    var data;
    if (post.number > replica.received) {
      tab.fail('a message of the leading tab did not arrive here');
      return;
    }
    if (post.number === replica.received) {
      data = unpackData(post.data);
      replica.received++;
      unconfirmed++;
      unconfirmedCost += kMessageOverhead + (typeof data === 'string' ? text.utf8Length(data) : data.length);
      tab.ride.message(data, post.number);
    }
    if (post.now || unconfirmed >= kConfirmAfter || unconfirmedCost * 8 >= replica.offer.window) {
      confirm();
    }
  }

  function takeLog(post) {
    if (post.number === replica.end()) {
      replica.append(post.owner, post.seq, post.data);
      confirm();
    } else {
      tab.behind();
    }
  }

  var heeded = {
    message: takeMessage,
    log: takeLog,
    up: function (post) {
      replica.acknowledge(post.base, post.sent);
      tab.ride.moved();
    },
    ping: confirm,
    transport: function (post) {
      replica.transport = post.name;
      tab.ride.transport(post.name);
    },
    interrupted: function (post) {
      tab.ride.interrupted(post.reason);
    },
    resumed: function () {
      tab.ride.resumed();
    },
    end: function (post) {
      tab.tell({type: 'bye', id: shared.id});
      tab.end(post.code, post.reason, post.clean);
    }
  };

  return {
    // Tells the leader what this tab has.
    confirm: confirm,

    heeds: function (type) {
      return heeded.hasOwnProperty(type);
    },

    heed: function (post) {
      heeded[post.type](post);
    }
  };
}
