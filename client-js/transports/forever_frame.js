// The forever frame: a page in a hidden frame that never ends loading, each frame of ours being a script in it; sends are
// POSTs beside it. Its scripts reach over to this page only from the same origin.
transports.push({
  name: 'forever_frame',
  roundTrips: 2,
  streams: true,
  sends: 'xhr',

  enabled: function (target) {
    return embedObstacle() || xhrObstacle(target) ||
      (target.crossOrigin ? 'a frame of another origin cannot hand over what it reads' : '');
  },

  open: function (line, sink) {
    var at = sink.begin();
    var stopped = false;
    var started = false;
    var callback, removeFrame;

    function stop() {
      if (!stopped) {
        stopped = true;
        env.later(function () { // not while a script in it is running
          removeFrame();
          callback.forget(false);
        }, 0);
      }
    }

    function ended() {
      env.later(function () {
        if (!stopped) {
          stop();
          if (started) {
            sink.ended();
          } else {
            sink.lost('the frame was refused or cut off');
          }
        }
      }, 0);
    }

    callback = embed.name({
      start: noop,
      message: function (frame) {
        if (!stopped) {
          started = true;
          sink.frame(String(frame));
        }
      },
      stop: ended
    });
    removeFrame = embed.addFrame(line.address('/htmlfile', 'n=' + at.n + '&a=' + at.a + '&c=' + callback.name), ended);
    return {abort: stop};
  }
});
