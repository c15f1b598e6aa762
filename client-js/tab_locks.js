// Who leads the tabs that share a session, by Web Locks: whoever holds the lock `name` leads. The browser gives it to the next
// in line when its holder ends, however it ends. Each tab holds a lock of its own besides, by which the others see that it
// is there and notice when it is not: no clock is needed for either.
//
// createTabLocks(name, id, owner) and createTabLease() (tab_lease.js) are two ways of the same:
//
//   start(ready, failed)  takes part; ready() when the others can see this tab, or failed(why)
//   campaign()        wants to lead: owner.elected() follows, some time
//   yieldTo(other)    does not lead any more, for the good of another, and goes behind the others in line
//   isElected()       whether this tab may lead at this moment
//   members(done)     done(ids) with those of the tabs that are there, this one among them
//   watch(id, gone)   gone() once that tab is not there any more, where that can be noticed
//   prove(), accept() this tab's leading was doubted; it was handed over to this tab
//   patience          how many pings a tab may leave unanswered before nobody waits for it
//   forget(id)        that tab does not answer any more
//   stop()            takes no part any more
//
// owner has elected(); deposed(), when another leads although this tab has not given it up; and doubt(), which is to
// make the leader prove() that it is there.

// The ids of those whose names begin so.
function idsOf(list, prefix) {
  var ids = [];
  var i, name;
  for (i = 0; i < list.length; i++) {
    name = String(list[i].name);
    if (name.substring(0, prefix.length) === prefix) {
      ids.push(name.substring(prefix.length));
    }
  }
  return ids;
}

function createTabLocks(name, id, owner) {
  var locks = env.root.navigator.locks;
  var leadName = 'encke lead ' + name;
  var tabPrefix = 'encke tab ' + name + ' ';
  var stopped = false;
  var releaseTab = noop;
  var releaseLead = noop;
  var elected = false;
  var round = 0; // of campaigns; older ones that are granted late are let go

  // Holds the lock from granted() on until the function given to it is called.
  function hold(lockName, granted, refused) {
    locks.request(lockName, function () {
      return new env.root.Promise(function (resolve) {
        granted(resolve);
      });
    }).then(noop, refused || noop);
  }

  return {
    patience: 10, // whoever has ended is noticed; this is for pages that hang

    start: function (ready, failed) {
      hold(tabPrefix + id, function (release) {
        releaseTab = release;
        if (stopped) {
          release();
        } else {
          ready();
        }
      }, function (error) {
        failed('the browser does not grant Web Locks here (' + error.message + ')');
      });
    },

    campaign: function () {
      var mine = ++round;
      hold(leadName, function (release) {
        if (stopped || mine !== round) {
          release();
          return;
        }
        elected = true;
        releaseLead = release;
        owner.elected();
      });
    },

    yieldTo: function () {
      elected = false;
      releaseLead();
      releaseLead = noop;
    },

    isElected: function () {
      return elected;
    },

    members: function (done) {
      locks.query().then(function (answer) {
        done(idsOf(answer.held, tabPrefix));
      }).then(noop, function (error) {
        env.later(function () {
          throw error;
        }, 0);
      });
    },

    prove: noop,
    accept: noop,
    forget: noop,

    watch: function (other, gone) {
      hold(tabPrefix + other, function (release) {
        release();
        if (!stopped) {
          gone();
        }
      });
    },

    stop: function () {
      stopped = true;
      elected = false;
      releaseLead();
      releaseTab();
    }
  };
}

function hasTabLocks() {
  var browser = env.root.navigator;
  return !!(browser && browser.locks && browser.locks.request && browser.locks.query && env.root.Promise);
}
