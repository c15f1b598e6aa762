// The tabs that ride with a leader, as the leader knows them: what each has, and who is waited for.
//
// A member is {answered, bound, received, end, pings, lapsed}: what it has had of what comes down, and of the log; bound says
// that it has the same session, lapsed that it does not answer. Lapsed ones are there, but not waited for.
//
// leadership: patience, watch(id, gone) and forget(id) (tab_locks.js). gone(id): that tab is not there any more.


function createMembers(leadership, gone) {
  var all = {};

  function eachLive(work) {
    var id;
    for (id in all) {
      if (all.hasOwnProperty(id) && !all[id].lapsed) {
        work(all[id], id);
      }
    }
  }

  return {
    eachLive: eachLive,

    clear: function () {
      all = {};
    },

    find: function (id) {
      return all.hasOwnProperty(id) ? all[id] : null;
    },

    add: function (id) {
      if (!all.hasOwnProperty(id)) {
        all[id] = {answered: false, bound: false, received: 0, end: 0, pings: 0, lapsed: false};
        leadership.watch(id, function () {
          gone(id);
        });
      }
      return all[id];
    },

    remove: function (id) {
      delete all[id];
    },

    count: function () {
      var count = 0;
      eachLive(function () {
        count++;
      });
      return count;
    },

    // The least of what they have, and of `most`.
    least: function (what, most) {
      eachLive(function (member) {
        most = Math.min(most, member[what]);
      });
      return most;
    },

    allAnswered: function () {
      var answered = true;
      eachLive(function (member) {
        answered = answered && member.answered;
      });
      return answered;
    },

    // A member has shown that it is there.
    heard: function (member) {
      member.lapsed = false;
      member.pings = 0;
    },

    // Before a round of pings: lets go of those that were behind in the ones before. Answers whether anybody is waited for.
    waitForMore: function (isBehind) {
      var some = false;
      eachLive(function (member, id) {
        member.pings = isBehind(member) ? member.pings + 1 : 0;
        if (member.pings > leadership.patience) {
          member.lapsed = true;
          leadership.forget(id);
        }
        some = some || (member.pings > 0 && !member.lapsed);
      });
      return some;
    }
  };
}
