// Leading the tabs that share a session (share.js tells the whole of it): this tab has the connection.
//
//   calling    asks who is there and what they have        -> settling, or leading where nobody has a session
//   settling   gives everybody the same log                -> leading, once all have said that they have it
//   leading    a connection: messages come and go
//   suspended  another leads, it seems: nothing is promised to the server any more
//
// Whoever does not answer some pings, a second or more apart, is not waited for until it does: its page hangs, or is gone
// where that cannot be noticed. Browsers let timers of the background wait, which makes this late and nothing else.
//
// ride: what share.js says.

var kPingMs = 1000;
var kEpochSpan = 1048576; // in each there is one chance in a million that two leaders have the same
var kCarrierJump = 1000000; // beyond what a leader may have used since it last told
var kMostYields = 20; // then it leads with what it has

function createLeading(ride) {
  var replica = ride.replica;
  var choice = ride.choice;
  var leadership = ride.leadership;
  var phase = 'calling';
  var connection = null;
  var isReady = false; // the connection takes messages
  var cleared = 0; // the log below this went to the connection
  var timer = null;
  var isRollKnown = false; // members() of the leadership has answered
  var leading;
  var members = createMembers(leadership, function (id) {
    leading.heeded.bye({id: id});
  });

  function post(type, fields) {
    if (connection) {
      replica.heed(connection.counts() || {});
    }
    ride.post(extend({type: type, epoch: leading.epoch, leader: ride.id, carrier: replica.carrier, stated: replica.stated}, fields));
  }

  function hasOthers() {
    return members.count() > 0;
  }

  // ---- who is there -------------------------------------------------------------------------------------------

  function isBehind(member) {
    return phase === 'leading' ? member.received < replica.received || member.end < replica.end() : !member.answered;
  }

  function ping() {
    timer = null;
    if (phase !== 'over' && phase !== 'suspended' && leadership.isElected()) {
      if (members.waitForMore(isBehind)) {
        post(phase === 'calling' ? 'who' : 'ping');
        pingLater();
      }
      moveOn();
    }
  }

  function pingLater() {
    if (timer === null && hasOthers()) {
      timer = env.later(ping, kPingMs);
    }
  }

  function call() {
    var epoch = leading.epoch = ride.promise = (Math.floor(ride.promise / kEpochSpan) + 1) * kEpochSpan + env.random(kEpochSpan);
    phase = 'calling';
    members.clear();
    isRollKnown = false;
    leadership.members(function (ids) {
      var i;
      if (phase === 'calling' && epoch === leading.epoch) {
        for (i = 0; i < ids.length; i++) {
          if (ids[i] !== ride.id) {
            members.heard(ids[i]);
          }
        }
        isRollKnown = true;
        post('who');
        pingLater();
        moveOn();
      }
    });
  }

  // ---- taking over --------------------------------------------------------------------------------------------

  function tellState(to, received) {
    post('state', {to: to, state: replica.state(received)});
  }

  // Where the server is to begin again: with what somebody misses, but not before what it has let go.
  function firstMissing() {
    var first = replica.received;
    members.eachLive(function (member) {
      if (member.bound && member.received >= replica.stated) {
        first = Math.min(first, member.received);
      }
    });
    return first;
  }

  function settle(received) {
    phase = 'settling';
    replica.carrier += kCarrierJump; // which the others know when it is used
    members.eachLive(function (member) {
      member.answered = false;
      member.received = member.bound ? member.received : received;
    });
    tellState('', received);
    ride.postUnlogged();
    pingLater();
  }

  function goOn(received) {
    phase = 'leading';
    cleared = members.least('end', replica.end());
    connect({offer: replica.offer, rtt: replica.rtt, host: choice.target.parts.host, transport: replica.transport, closing: null, session: {
      key: replica.key, windowBytes: replica.offer.window, carrier: replica.carrier, received: received,
      stated: received, base: replica.base, messages: replica.dataBelow(cleared), closing: null}});
  }

  function moveOn() {
    if (phase === 'calling' && isRollKnown && members.allAnswered()) {
      if (replica.key === '') {
        phase = 'leading';
        connect(choice.snapshot);
      } else {
        settle(firstMissing());
      }
    }
    if (phase === 'settling' && members.allAnswered()) {
      goOn(firstMissing());
    }
    if (phase === 'leading') {
      clear();
      connection.acknowledge();
    }
    ride.changed();
  }

  // ---- the connection -----------------------------------------------------------------------------------------

  // A message may go to the server when every tab that is there knows its number.
  function clear() {
    var end = members.least('end', replica.end());
    while (isReady && cleared < end) {
      cleared++;
      connection.send(base64.unpack(replica.entries[cleared - 1 - replica.base].data));
    }
  }

  function opened() {
    isReady = true;
    if (replica.key === '') {
      replica.begin(connection.snapshot());
      cleared = replica.end();
      members.eachLive(function (member) {
        member.received = replica.received;
        member.end = cleared;
      });
      tellState('', replica.received);
    }
    ride.opened();
    moveOn();
  }

  function relay(data, number) {
    if (phase === 'leading') {
      post('message', {number: number, data: base64.pack(data), now: isPoll(findTransport(replica.transport))});
      pingLater();
    }
    if (number >= replica.received) {
      replica.received = number + 1;
      ride.owner.message(data);
    }
  }

  function moved() {
    var counts = connection && connection.counts(); // null while it is being made
    if (counts && replica.key !== '' && phase !== 'over' && (counts.base > replica.base || counts.sent > replica.sent)) {
      replica.acknowledge(counts.base, counts.sent);
      if (hasOthers() && phase === 'leading') {
        post('up', {base: replica.base, sent: replica.sent});
      }
    }
    ride.moved();
  }

  // What is told to the page is told to those of the others, too.
  function teller(what) {
    return function (value) {
      post('told', {what: what, value: value});
      ride.relayed(what, value);
    };
  }

  function connect(snapshot) {
    connection = createConnection(extend(extend({}, choice), {
      snapshot: snapshot,
      isShared: true,
      stays: function () {
        return hasOthers() || choice.stays();
      },
      mayAcknowledge: function () {
        return phase === 'leading' ? members.least('received', Infinity) : 0;
      }
    }), {
      opened: opened,
      message: relay,
      transport: teller('transport'),
      interrupted: teller('interrupted'),
      resumed: teller('resumed'),
      moved: moved,
      closed: function (how) {
        if (phase === 'suspended' || (how.code === kGone && !ride.isAlone && !leadership.isElected())) {
          connection = null; // another goes on with the session
          ride.standDown();
        } else {
          post('end', {code: how.code, reason: how.reason, clean: how.clean, retryAfter: how.retryAfter, first: !isReady});
          phase = 'over';
          ride.ended(how);
        }
      }
    });
  }

  leading = {
    epoch: 0,
    itsConnection: function () { // what createConnection() answered; null before, and when another goes on with the session
      return connection;
    },
    isClosing: false,

    // ---- what the others post ---------------------------------------------------------------------------------

    heeded: {
      // A tab says that it is there, and what it has.
      here: function (value) {
        var member;
        if (value.promised > leading.epoch && phase === 'calling') {
          ride.promise = value.promised;
          call();
          return;
        }
        if (leading.isClosing) { // whoever comes now is for the next session
          return;
        }
        member = members.heard(value.id);
        member.bound = value.key !== '' && value.key === replica.key;
        replica.heed(value);
        if (phase === 'calling') {
          if (value.promised < leading.epoch) { // it has not heard of this one
            if (isRollKnown) {
              post('who');
            }
            return;
          }
          member.answered = true;
          member.received = value.received;
          member.end = value.end;
          if (ride.yields < kMostYields && value.key !== '' && (replica.key === '' || (member.bound &&
              (value.end > replica.end() || value.received > replica.received)))) {
            ride.yields++;
            ride.yieldTo(value.id);
            return;
          }
          moveOn();
        } else if (replica.key !== '') {
          member.received = member.bound ? value.received : replica.received;
          member.end = replica.end();
          // While all is settled what it misses will come again; later it has been posted already.
          tellState(value.id, phase === 'settling' && value.received >= replica.stated ? member.received : replica.received);
          pingLater();
        }
      },

      // A tab has all that it says.
      confirmed: function (value) {
        var member;
        if (members.has(value.id) && value.epoch === leading.epoch) {
          member = members.heard(value.id);
          member.answered = member.bound = true;
          member.received = Math.max(member.received, value.received);
          member.end = Math.max(member.end, value.end);
          moveOn();
        }
      },

      // A tab sends a message.
      write: function (value) {
        if ((phase === 'leading' || phase === 'settling') && replica.key !== '' && replica.expects(value.id, value.seq)) {
          replica.append(value.id, value.seq, value.data);
          post('log', {number: replica.end() - 1, owner: value.id, seq: value.seq, data: value.data});
          pingLater();
          if (phase === 'leading') {
            clear();
          }
        }
      },

      bye: function (value) {
        if (members.has(value.id)) {
          members.remove(value.id);
          moveOn();
        }
      }
    },

    // ---- what this tab does -----------------------------------------------------------------------------------

    hasOthers: hasOthers,
    count: members.count,

    isCleared: function () {
      return isReady && cleared === replica.end();
    },

    // Ends the session; ride.ended() follows.
    close: function (code, reason) {
      if (!leading.isClosing) {
        leading.isClosing = true;
        connection.close(code, reason);
      }
    },

    leave: function () { // at once; the others go on
      if (phase !== 'over') {
        post('bye');
        leading.drop();
      }
    },

    suspend: function () {
      phase = 'suspended';
      env.cancel(timer);
    },

    drop: function () { // without a word
      phase = 'over';
      env.cancel(timer);
      if (connection) {
        connection.abandon();
      }
    },

    // Goes on without the others, who have another session: nobody else will.
    leadAlone: function () {
      phase = 'leading';
      members.clear();
      moveOn();
    }
  };
  call();
  return leading;
}
