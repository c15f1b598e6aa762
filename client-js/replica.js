// What each tab knows of a shared session: enough to go on with it when its leader is gone. share.js says how the copies are
// kept alike. Nothing in it waits or does I/O.
//
// The log is every message up that the server is not known to have, of all tabs, with the number that the session gives it:
// entries[i] has number base + i. A tab counts its own messages besides (seq), which is how it knows them again.
//
// Data is as base64.pack() has it.

function createReplica(id) {
  var own = []; // this tab's messages that the server is not known to have: {seq, number, data, bytes}; -1 is not logged
  var nextSeq = 0;
  var replica;

  function seqOf(owner) {
    return replica.seqs.hasOwnProperty(owner) ? replica.seqs[owner] : 0;
  }

  function dropOwnBelow(base) {
    while (own.length > 0 && own[0].number >= 0 && own[0].number < base) {
      own.shift();
    }
  }

  replica = {
    key: '', // of the session; '' before there is one
    offer: null,
    rtt: 0,
    transport: '',
    carrier: 0, // the highest number that is known to be used
    stated: 0, // what the server is known to have been told
    received: 0, // messages down that this tab has had
    joined: -1, // how many there were when it joined
    base: 0,
    sent: 0, // the number below which carriers have taken what is up
    entries: [], // {owner, seq, data}
    seqs: {}, // by owner: the next that is expected of it

    // Of a carrier, from somebody who may know more.
    heed: function (counts) {
      replica.carrier = Math.max(replica.carrier, counts.carrier || 0);
      replica.stated = Math.max(replica.stated, counts.stated || 0);
    },

    // ---- the log ----------------------------------------------------------------------------------------------

    end: function () {
      return replica.base + replica.entries.length;
    },

    expects: function (owner, seq) {
      return seqOf(owner) === seq;
    },

    append: function (owner, seq, data) {
      var i;
      if (owner === id) {
        for (i = 0; i < own.length; i++) {
          if (own[i].seq === seq) {
            own[i].number = replica.end();
          }
        }
      }
      replica.entries.push({owner: owner, seq: seq, data: data});
      replica.seqs[owner] = seq + 1;
    },

    // The server has all below `base`, and carriers took all below `sent`.
    acknowledge: function (base, sent) {
      if (base > replica.base) {
        replica.entries.splice(0, base - replica.base);
        replica.base = base;
        dropOwnBelow(base);
      }
      replica.sent = Math.max(replica.sent, sent, replica.base);
    },

    // The messages with the numbers base ... end - 1.
    dataBelow: function (end) {
      var all = [];
      var i;
      for (i = 0; replica.base + i < end; i++) {
        all.push(replica.entries[i].data);
      }
      return all;
    },

    // ---- this tab's own messages ------------------------------------------------------------------------------

    write: function (data) {
      var message = {seq: nextSeq++, number: -1, data: base64.pack(data),
        bytes: text.size(data)};
      own.push(message);
      return message;
    },

    unlogged: function () {
      var all = [];
      var i;
      for (i = 0; i < own.length; i++) {
        if (own[i].number < 0) {
          all.push(own[i]);
        }
      }
      return all;
    },

    waitingBytes: function () {
      var sum = 0;
      var i;
      for (i = 0; i < own.length; i++) {
        sum += own[i].number < 0 || own[i].number >= replica.sent ? own[i].bytes : 0;
      }
      return sum;
    },

    unacknowledged: function () {
      var all = [];
      var i;
      for (i = 0; i < own.length; i++) {
        all.push(base64.unpack(own[i].data));
      }
      return all;
    },

    // ---- all of it --------------------------------------------------------------------------------------------

    // What another tab needs; `received` is where it begins to count.
    state: function (received) {
      return {key: replica.key, offer: replica.offer, rtt: replica.rtt, transport: replica.transport, received: received,
        base: replica.base, sent: replica.sent, entries: replica.entries, seqs: replica.seqs};
    },

    adopt: function (state) {
      var i, entry;
      if (replica.key === '') {
        replica.received = replica.joined = state.received;
      }
      replica.key = state.key;
      replica.offer = state.offer;
      replica.rtt = state.rtt;
      replica.transport = state.transport;
      replica.base = state.base;
      replica.sent = Math.max(replica.sent, state.sent);
      replica.entries = [];
      replica.seqs = extend({}, state.seqs);
      for (i = 0; i < own.length; i++) {
        own[i].number = own[i].seq < seqOf(id) ? 0 : -1; // what is not in the log any more has arrived
      }
      for (i = 0; i < state.entries.length; i++) {
        entry = state.entries[i];
        replica.append(entry.owner, entry.seq, entry.data);
      }
      extend(replica.seqs, state.seqs); // append() counts from what is in the log
      dropOwnBelow(replica.base);
    },

    // A session that this tab has opened, or goes on with: what connection.snapshot() answered.
    begin: function (snapshot) {
      var messages = snapshot.session.messages;
      var i;
      replica.key = snapshot.session.key;
      replica.offer = snapshot.offer;
      replica.rtt = snapshot.rtt;
      replica.received = snapshot.session.received;
      replica.base = replica.sent = snapshot.session.base;
      for (i = 0; i < messages.length; i++) {
        replica.append(id, replica.write(base64.unpack(messages[i])).seq, messages[i]);
      }
    }
  };
  return replica;
}
