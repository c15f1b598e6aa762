// Whether this browser's tabs can share (share.js), what becomes of those that cannot, and what the report says of it.

// Answers '' where tabs can share, or why not, as far as that shows at once.
function shareObstacle() {
  var channel = createTabsChannel('encke probe', null);
  if (channel === null) {
    return 'this browser has neither BroadcastChannel nor a localStorage that tells its changes';
  }
  channel.close();
  return hasTabLocks() || tabsStorage.get() !== null ? '' : 'this browser has neither Web Locks nor localStorage';
}

function reportShare(outcome, reason) {
  return {transport: 'share', outcome: outcome, milliseconds: 0, reason: reason};
}

function reportLeading(others, id) {
  return [reportShare('in use', 'this tab leads, ' + id + (others > 0 ? '; others ride along: ' + others : '; no other rides along'))];
}

function reportRiding(hasSession, leader) {
  return reportShare(hasSession ? 'in use' : 'skipped', leader === '' ? 'no tab leads at the moment' :
    'this tab rides along with another one, ' + leader);
}

// createConnection(), or what stands in for it where the tab shares; where it cannot, the report says why.
function createSharedConnection(choice, owner) {
  var why = shareObstacle();
  var names = ['send', 'close', 'abandon', 'buffered', 'held', 'snapshot'];
  var shared = {};
  var current, i;

  function connectAlone(reason) {
    why = reason;
    current = createConnection(choice, owner);
  }

  function forward(name) {
    shared[name] = function (first, second) {
      return current[name](first, second);
    };
  }

  for (i = 0; i < names.length; i++) {
    forward(names[i]);
  }
  shared.report = function () {
    return why === '' ? current.report() : [reportShare('skipped', why + '; this tab connects on its own')].concat(current.report());
  };
  if (why === '') {
    current = createRide(choice, owner, connectAlone);
  } else {
    connectAlone(why);
  }
  return shared;
}
