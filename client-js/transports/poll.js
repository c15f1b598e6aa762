// Plain polling, the last resort, where nothing may be held: each response comes at once, and after a rest the next request; sends
// are POSTs beside it.
transports.push({
  name: 'poll',
  isRare: true,
  roundTrips: 2,
  streams: false,
  rests: true,
  sends: 'xhr',

  enabled: xhrObstacle,

  open: function (line, sink) {
    return openReceiver(line, '/poll', sink);
  }
});
