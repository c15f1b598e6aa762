// EventSource: the browser reads one long response and hands over its events; sends are POSTs beside it. In Opera 8 and 9 it is an
// element of another name, for event streams of the page's own origin as they were then.
//
// An EventSource does not tell an end in order from a cut, and would repeat its request, whose number is used up: so it is
// closed when it reports an error, and the next one, or its failure, tells. The element reports nothing: that its request was
// repeated, and refused for its number, is the end.
(function () {
  function newElement() {
    var page = env.root.document;
    var element = page && page.createElement ? page.createElement('event-source') : {};
    return element.addEventStream ? element : null;
  }

  function openElement(line, sink, take) {
    var element = newElement();
    var address = line.address('/dom_event_stream', sink.begin());

    function stop() {
      take = noop;
      element.removeEventStream(address);
    }

    element.addEventListener('frame', function (event) {
      take(event.data, stop);
    }, false);
    element.addEventStream(address);
    return {abort: stop};
  }

  transports.push({
    name: 'eventsource',
    roundTrips: 2,
    streams: true,
    sends: 'xhr',

    enabled: function (target) {
      var Native = env.root.EventSource;
      if (!Native && !newElement()) {
        return 'this browser has no EventSource';
      }
      if (target.isForeign && !(Native && Native.prototype && 'withCredentials' in Native.prototype)) {
        return kNotReached;
      }
      return xhrObstacle(target);
    },

    open: function (line, sink) {
      var started = false;
      var source;

      function close() {
        source.onmessage = source.onerror = noop;
        source.close();
      }

      function take(data, stop) {
        if (stop && started && refusalIn(data) === 409) {
          stop();
          sink.ended();
          return;
        }
        started = true;
        // What event streams cannot carry as it is comes percent-encoded.
        sink.frame(data.replace(/%(25|0D|0A|00)/g, function (all, digits) {
          return String.fromCharCode(parseInt(digits, 16));
        }));
      }

      if (!env.root.EventSource) {
        return openElement(line, sink, take);
      }
      source = new env.root.EventSource(line.address('/eventsource', sink.begin()), {withCredentials: line.isForeign});
      source.onmessage = function (event) {
        take(event.data);
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
}());
