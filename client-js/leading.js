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
// shared: id, choice, replica, leadership, promise (the highest epoch heard of), yields, post(value).
// owner: message(data, number), opened(), transport(name), interrupted(reason), resumed(), moved(), closed(how); began(),
// what this tab wrote may be logged; changed(), the others came, went or confirmed; deposed(); and
// yieldTo(id), to a tab that knows more.

var kPingMs = 1000;
var kEpochSpan = 1048576; // in each there is one chance in a million that two leaders have the same
var kCarrierJump = 1000000; // beyond what a leader may have used since it last told
var kMostYields = 20; // then it leads with what it has

function createLeading(shared, owner) {
  var replica = shared.replica;
  var phase = 'calling';
  var epoch = 0;
  var connection = null;
  var isReady = false; // the connection takes messages
  var cleared = 0; // the log below this went to the connection
  var timer = null;
  var isClosing = false;
  var isRollKnown = false; // members() has answered
  var leading;
  var members = createMembers(shared.leadership, function (id) {
    leading.gone(id);
  });

  function post(type, fields) {
    var counts = connection ? connection.counts() : null;
    var value = fields || {};
    if (counts) {
      replica.carrier = Math.max(replica.carrier, counts.carrier);
      replica.stated = Math.max(replica.stated, counts.stated);
    }
    value.type = type;
    value.epoch = epoch;
    value.leader = shared.id;
    value.carrier = replica.carrier;
    value.stated = replica.stated;
    shared.post(value);
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
    if (phase === 'over' || phase === 'suspended' || !shared.leadership.isElected()) {
      return;
    }
    if (members.waitForMore(isBehind)) {
      post(phase === 'calling' ? 'who' : 'ping');
      pingLater();
    }
    moveOn();
  }

  function pingLater() {
    if (timer === null && hasOthers()) {
      timer = env.later(ping, kPingMs);
    }
  }

  function call() {
    var mine = epoch = (Math.floor(shared.promise / kEpochSpan) + 1) * kEpochSpan + env.random(kEpochSpan);
    phase = 'calling';
    members.clear();
    isRollKnown = false;
    shared.promise = epoch;
    shared.leadership.members(function (ids) {
      var i;
      if (phase !== 'calling' || mine !== epoch) {
        return;
      }
      for (i = 0; i < ids.length; i++) {
        if (ids[i] !== shared.id) {
          members.add(ids[i]);
        }
      }
      isRollKnown = true;
      post('who');
      pingLater();
      moveOn();
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
    owner.began();
    pingLater();
  }

  function goOn(received) {
    var end = members.least('end', replica.end());
    phase = 'leading';
    cleared = end;
    connect({offer: replica.offer, rtt: replica.rtt, host: shared.choice.target.parts.host, transport: replica.transport, closing: null, session: {
      key: replica.key, windowBytes: replica.offer.window, carrier: replica.carrier, received: received,
      stated: received, base: replica.base, messages: replica.dataBelow(end), closing: null}});
  }

  function moveOn() {
    if (phase === 'calling' && isRollKnown && members.allAnswered()) {
      if (replica.key === '') {
        phase = 'leading';
        connect(shared.choice.snapshot || null);
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
    owner.changed();
  }

  // ---- the connection -----------------------------------------------------------------------------------------

  // A message may go to the server when every tab that is there knows its number.
  function clear() {
    var end = members.least('end', replica.end());
    while (isReady && cleared < end) {
      cleared++;
      connection.send(unpackData(replica.entries[cleared - 1 - replica.base].data));
    }
  }

  function opened() {
    var isNew = replica.key === '';
    isReady = true;
    if (isNew) {
      replica.begin(connection.snapshot());
      cleared = replica.end();
      members.eachLive(function (member) {
        member.received = replica.received;
        member.end = replica.end();
      });
      tellState('', replica.received);
    }
    owner.opened();
    moveOn();
  }

  function relay(data, number) {
    if (phase === 'leading') {
      post('message', {number: number, data: packData(data), now: isPoll(replica.transport)});
      pingLater();
    }
    if (number >= replica.received) {
      replica.received = number + 1;
      owner.message(data, number);
    }
  }

  function moved() {
    var counts = connection ? connection.counts() : null; // null while it is being made
    if (counts && replica.key !== '' && phase !== 'over' && (counts.base > replica.base || counts.sent > replica.sent)) {
      replica.acknowledge(counts.base, counts.sent);
      if (hasOthers() && phase === 'leading') {
        post('up', {base: replica.base, sent: replica.sent});
      }
    }
    owner.moved();
  }

  function connect(snapshot) {
    connection = createConnection({
      target: shared.choice.target,
      names: shared.choice.names,
      timeout: shared.choice.timeout, heartbeat: shared.choice.heartbeat, tell: shared.choice.tell,
      snapshot: snapshot,
      isShared: true,
      stays: function () {
        return hasOthers() || (!!shared.choice.stays && shared.choice.stays());
      },
      mayAcknowledge: function () {
        return phase === 'leading' ? members.least('received', Infinity) : 0;
      }
    }, {
      opened: opened,
      message: relay,
      transport: function (name) {
        replica.transport = name;
        post('transport', {name: name});
        owner.transport(name);
      },
      interrupted: function (reason) {
        post('interrupted', {reason: reason});
        owner.interrupted(reason);
      },
      resumed: function () {
        post('resumed');
        owner.resumed();
      },
      moved: moved,
      closed: function (how) {
        if (phase === 'suspended' || (how.code === kGone && !shared.leadership.isElected())) {
          connection = null; // another goes on with the session
          owner.deposed();
        } else {
          post('end', {code: how.code, reason: how.reason, clean: how.clean, failed: !isReady});
          phase = 'over';
          owner.closed(how);
        }
      }
    });
  }

  leading = {
    start: call,

    epoch: function () {
      return epoch;
    },

    // ---- what the others post ---------------------------------------------------------------------------------

    // A tab says that it is there, and what it has.
    here: function (value) {
      var member;
      if (value.promised > epoch && phase === 'calling') {
        shared.promise = value.promised;
        call();
        return;
      }
      if (isClosing) { // whoever comes now is for the next session
        return;
      }
      member = members.add(value.id);
      members.heard(member);
      member.bound = value.key !== '' && value.key === replica.key;
      replica.carrier = Math.max(replica.carrier, value.carrier);
      replica.stated = Math.max(replica.stated, value.stated);
      if (phase === 'calling') {
        if (value.promised < epoch) { // it has not heard of this one
          if (isRollKnown) {
            post('who');
          }
          return;
        }
        member.answered = true;
        member.received = value.received;
        member.end = value.end;
        if (shared.yields < kMostYields && value.key !== '' && (replica.key === '' || (member.bound &&
            (value.end > replica.end() || value.received > replica.received)))) {
          shared.yields++;
          owner.yieldTo(value.id);
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
      var member = members.find(value.id);
      if (member && value.epoch === epoch) {
        member.answered = member.bound = true;
        members.heard(member);
        member.received = Math.max(member.received, value.received);
        member.end = Math.max(member.end, value.end);
        moveOn();
      }
    },

    // A tab sends a message.
    take: function (from, seq, data) {
      if ((phase === 'leading' || phase === 'settling') && replica.key !== '' && replica.expects(from, seq)) {
        replica.append(from, seq, data);
        post('log', {number: replica.end() - 1, owner: from, seq: seq, data: data});
        pingLater();
        if (phase === 'leading') {
          clear();
        }
      }
    },

    gone: function (id) {
      if (members.find(id)) {
        members.remove(id);
        moveOn();
      }
    },

    // ---- what this tab does -----------------------------------------------------------------------------------

    hasOthers: hasOthers,

    isCleared: function () {
      return isReady && cleared === replica.end();
    },

    // Ends the session; closed() follows.
    close: function (code, reason) {
      if (!isClosing) {
        isClosing = true;
        connection.close(code, reason);
      }
    },

    isClosing: function () {
      return isClosing;
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

    isAlive: function () {
      return connection !== null;
    },

    // Goes on without the others, who have another session.
    leadAlone: function () {
      phase = 'leading';
      members.clear();
      moveOn();
    },

    held: function () {
      return connection ? connection.held() : 0;
    },

    report: function () {
      return connection ? connection.report() : [];
    },

    members: members.count,

    snapshot: function () {
      return connection && !hasOthers() ? connection.snapshot() : null;
    }
  };
  return leading;
}
