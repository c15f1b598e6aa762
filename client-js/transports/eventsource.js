// EventSource: the browser reads one long response and hands over its events; sends are POSTs beside it.
//
// An EventSource does not tell an end in order from a cut, and would repeat its request, whose number is used up: so it is
// closed when it reports an error, and the next one, or its failure, tells.
transports.push({
  name: 'eventsource',
  roundTrips: 2,
  streams: true,
  sends: 'xhr',

  enabled: function (target) {
    var Native = env.root.EventSource;
    if (!Native) {
      return 'this browser has no EventSource';
    }
    if (target.isForeign && !(Native.prototype && 'withCredentials' in Native.prototype)) {
      return kNotReached;
    }
    return xhrObstacle(target);
  },

  open: function (line, sink) {
    var started = false;
    var source = new env.root.EventSource(line.address('/eventsource', sink.begin()),
      {withCredentials: line.isForeign});

    function close() {
      source.onmessage = source.onerror = noop;
      source.close();
    }

    source.onmessage = function (event) {
      started = true;
      // What event streams cannot carry as it is comes percent-encoded.
      sink.frame(event.data.replace(/%(25|0D|0A|00)/g, function (all, digits) {
        return String.fromCharCode(parseInt(digits, 16));
      }));
    };
    source.onerror = function () {
      close();
      if (started) {
        sink.ended();
      } else {
        sink.lost(kCutOff);
      }
    };
    return {abort: close};
  }
});
