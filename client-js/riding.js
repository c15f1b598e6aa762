// Riding along: what a tab does with what the leader of a shared session posts. ride: what share.js says.

var kConfirmAfter = 16; // messages, or an eighth of the window

function createRiding(ride) {
  var replica = ride.replica;
  var unconfirmed = 0;
  var unconfirmedCost = 0;

  // Tells the leader what this tab has.
  function confirm() {
    unconfirmed = unconfirmedCost = 0;
    ride.tell('confirmed', {epoch: ride.promise, received: replica.received, end: replica.end()});
  }

  return {
    message: function (post) {
      var data;
      if (post.number > replica.received) {
        ride.fail('a message of the leading tab did not arrive here');
        return;
      }
      if (post.number === replica.received) {
        data = base64.unpack(post.data);
        replica.received++;
        unconfirmed++;
        unconfirmedCost += kMessageOverhead + text.size(data);
        ride.owner.message(data);
      }
      if (post.now || unconfirmed >= kConfirmAfter || unconfirmedCost * 8 >= replica.offer.window) {
        confirm();
      }
    },

    log: function (post) {
      if (post.number === replica.end()) {
        replica.append(post.owner, post.seq, post.data);
        confirm();
      } else { // the log has a hole
        ride.follows = '';
        ride.tellWhatIsHere();
      }
    },

    up: function (post) {
      replica.acknowledge(post.base, post.sent);
      ride.owner.moved();
    },

    ping: confirm,

    told: function (post) {
      ride.relayed(post.what, post.value);
    },

    end: function (post) {
      ride.tell('bye');
      ride.end(post);
    }
  };
}
