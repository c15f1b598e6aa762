// The tabs that ride with a leader, as the leader knows them: what each has, and who is waited for.
//
// A member is {answered, bound, received, end, pings, lapsed}: what it has had of what comes down, and of the log; bound says
// that it has the same session, lapsed that it does not answer. Lapsed ones are there, but not waited for.
//
// leadership: patience, watch(id, gone) and forget(id) (tab_locks.js). gone(id): that tab is not there any more.

function createMembers(leadership, gone) {
  var all = {};

  function eachLive(work) {
    eachOf(all, function (member, id) {
      if (!member.lapsed) {
        work(member, id);
      }
    });
  }

  // The least of what they have, and of `most`.
  function least(what, most) {
    eachLive(function (member) {
      most = Math.min(most, member[what]);
    });
    return most;
  }

  function has(id) {
    return all.hasOwnProperty(id);
  }

  return {
    eachLive: eachLive,
    least: least,
    has: has,

    clear: function () {
      all = {};
    },

    // A member is there, or has shown that it still is.
    heard: function (id) {
      if (!has(id)) {
        all[id] = {answered: false, bound: false, received: 0, end: 0};
        leadership.watch(id, function () {
          gone(id);
        });
      }
      return extend(all[id], {pings: 0, lapsed: false});
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

    allAnswered: function () {
      return least('answered', 1) > 0;
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
