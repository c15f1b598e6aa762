// XHR streaming: one long response that carries frame after frame; sends are POSTs beside it.
transports.push({
  name: 'xhr_stream',
  roundTrips: 2,
  streams: true,
  sends: 'xhr',

  // Browsers whose XMLHttpRequest has withCredentials show a response while it arrives. Where one does not, or a proxy
  // collects the response, the first frame does not come in time.
  enabled: function (target) {
    var xhr = env.newXhr();
    if (xhr && !env.hasCredentials(xhr)) {
      return 'this browser shows a response only when it has ended';
    }
    return xhrObstacle(target);
  },

  open: function (line, sink) {
    return openReceiver(line, true, sink);
  }
});
