// The forever frame: a page in a hidden frame that never ends loading, each frame of ours being a script in it; sends are
// requests beside it. Its scripts reach over only within one origin, or one document.domain: elsewhere a bridge loads it.
transports.push({
  name: 'forever_frame',
  roundTrips: 2,
  streams: true,
  sends: 'xhr',

  enabled: function (target) {
    return embedObstacle() || xhrObstacle(target) ||
      (needsBridge(target) && !domainOfBoth(target) && !bridgeReaches() ? kNotReached : '');
  },

  open: function (line, sink) {
    var started = false;
    var domain = domainOfBoth(line);
    var address = line.address('/htmlfile', sink.begin() + (domain && '&d=' + domain));

    function take(frame) {
      started = true;
      sink.frame(frame);
    }

    function ended() {
      if (started) {
        sink.ended();
      } else {
        sink.lost(kCutOff);
      }
    }

    return {abort: (needsBridge(line) && !domain ? bridgeFrame : endless.load)(address, take, ended)};
  }
});
