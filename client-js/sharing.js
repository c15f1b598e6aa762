// Whether this browser's tabs can share (share.js), what becomes of those that cannot, and what the report says of it.

// Answers '' where tabs can share, or why not, as far as that shows at once.
function shareObstacle() {
  var channel = createTabsChannel('encke probe', null);
  if (channel === null) {
    return 'this browser has neither BroadcastChannel nor a localStorage that tells its changes';
  }
  channel.close();
  return hasTabLocks() || tabsStorage() ? '' : 'this browser has neither Web Locks nor localStorage';
}

function reportShare(outcome, reason) {
  return {transport: 'share', outcome: outcome, milliseconds: 0, reason: reason};
}

function reportRide(ride) {
  var others = ride.leads ? ride.leads.count() : 0;
  return reportShare(ride.leads || ride.replica.key !== '' ? 'in use' : 'skipped',
    ride.leads ? 'this tab leads, ' + ride.id + (others > 0 ? '; others ride along: ' + others : '; no other rides along') :
      ride.follows === '' ? 'no tab leads at the moment' : 'this tab rides along with another one, ' + ride.follows);
}

// createConnection(), or what stands in for it where the tab shares; where it cannot, the report says why.
function createSharedConnection(choice, owner) {
  var obstacle = shareObstacle();
  var shared = {};

  function connectAlone(why) {
    var alone = createConnection(choice, owner);
    extend(shared, alone).report = function () {
      return [reportShare('skipped', why + '; this tab connects on its own')].concat(alone.report());
    };
  }

  if (obstacle === '') {
    extend(shared, createRide(choice, owner, connectAlone));
  } else {
    connectAlone(obstacle);
  }
  return shared;
}
