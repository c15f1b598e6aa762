// XHR streaming: one long response that carries frame after frame; sends are POSTs beside it.
transports.push({
  name: 'xhr_stream',
  roundTrips: 2,

  // Browsers whose XMLHttpRequest has withCredentials show a response while it arrives. Where one does not, or a
  // proxy collects the response, the open frame does not come in time and the next transport is tried.
  enabled: function (info, target) {
    var xhr = env.newXhr();
    if (xhr && !env.hasCredentials(xhr)) {
      return 'this browser shows a response only when it has ended';
    }
    return xhrObstacle(target);
  },

  open: function (target, sink) {
    return createHttpCarrier(target, true, sink);
  }
});
