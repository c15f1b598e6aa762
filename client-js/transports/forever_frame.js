// The forever frame: a page in a hidden frame that never ends loading, each frame of ours being a script in it; sends are
// requests beside it. Its scripts reach over only within one origin: elsewhere a bridge loads it.
transports.push({
  name: 'forever_frame',
  roundTrips: 2,
  streams: true,
  sends: 'xhr',

  enabled: function (target) {
    return embedObstacle() || xhrObstacle(target) ||
      (needsBridge(target) && !bridgeReaches() ? 'a frame of another origin cannot hand over what it reads' : '');
  },

  open: function (line, sink) {
    var at = sink.begin();
    var started = false;
    var address = line.address('/htmlfile', 'n=' + at.n + '&a=' + at.a);

    function take(frame) {
      started = true;
      sink.frame(frame);
    }

    function ended() {
      if (started) {
        sink.ended();
      } else {
        sink.lost('the frame was refused or cut off');
      }
    }

    return {abort: (needsBridge(line) ? bridgeFrame : endless.load)(address, take, ended)};
  }
});
