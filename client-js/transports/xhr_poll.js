// XHR long polling: each response is held back until there is something to tell; sends are POSTs beside it.
transports.push({
  name: 'xhr_poll',
  roundTrips: 2,
  streams: false,
  sends: 'xhr',

  enabled: xhrObstacle,

  open: function (line, sink) {
    return openReceiver(line, '/xhr', sink);
  }
});
