// XHR long polling: each response is held back until there is a frame, and carries one; sends are POSTs beside it.
transports.push({
  name: 'xhr_poll',
  roundTrips: 2,

  enabled: function (info, target) {
    return xhrObstacle(target);
  },

  open: function (target, sink) {
    return createHttpCarrier(target, false, sink);
  }
});
