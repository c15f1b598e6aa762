// XHR streaming: one long response that carries frame after frame; sends are POSTs beside it.
transports.push({
  name: 'xhr_stream',
  roundTrips: 2,
  streams: true,
  sends: 'xhr',

  // Where something on the way collects the response, the first frame does not come in time.
  enabled: function (target) {
    return xhrObstacle(target) || (showsProgress(target) ? '' : 'this browser shows a response only when it has ended');
  },

  open: function (line, sink) {
    return openReceiver(line, '/xhr_streaming', sink);
  }
});
