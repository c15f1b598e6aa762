// The frame that never ends loading: each frame of ours is a script in it, which calls over to the window around it. In Internet
// Explorer that window is one of its own, an `htmlfile`, in which loading neither clicks nor shows; elsewhere it is the page.

var endless = (function () {
  var files = []; // in use: what nobody holds is collected while it loads

  // Loads the address into a frame of an htmlfile; answers what gives it up, or null where there is no htmlfile.
  function addToFile(address, ended) {
    var file = env.newActive('htmlfile');
    var place;
    if (!file) {
      return null;
    }
    file.open();
    // The frame's scripts reach over only if both say, or both do not, what domain they are of.
    file.write('<html><body><script>document.domain="' + env.root.document.domain + '";</' + 'script></body></html>');
    file.close();
    file.parentWindow.Encke = Encke;
    place = file.createElement('div');
    file.body.appendChild(place);
    place.innerHTML = '<iframe src="' + attribute(address) + '"></iframe>';
    embed.whenDone(place.firstChild, ended);
    files.push(file);
    return function () {
      files = without(files, file);
      place.innerHTML = '';
      file = place = null;
      env.collect(); // its connection ends only then
    };
  }

  return {
    // Loads what `address` brings: take(frame) for each of its frames, then ended(). Answers what stops it.
    load: function (address, take, ended) {
      var stopped = false;
      var waiting = []; // frames
      var callback, remove;

      function takeAll() {
        while (waiting.length > 0 && !stopped) {
          take(waiting.shift());
        }
      }

      function stop() {
        if (!stopped) {
          stopped = true;
          env.later(function () { // not while a script in it is running
            remove();
            callback.forget(false);
          }, 0);
        }
      }

      function over() {
        env.later(function () {
          if (!stopped) {
            stop();
            ended();
          }
        }, 0);
      }

      callback = embed.name({
        start: noop,
        message: function (frame) {
          waiting.push(String(frame));
          // In a turn of the page's own: what a call from the frame begins, requests among it, ends with the frame in KHTML. Timers of
          // hidden pages come late, in browsers that tell who is hidden.
          if (env.isVisible()) {
            env.later(takeAll, 0);
          } else {
            takeAll();
          }
        },
        stop: over
      });
      address = address.replace('?', '?c=' + callback.name + '&'); // what is the page's own stands behind ours
      remove = addToFile(address, over) || embed.addFrame(address, over).remove;
      return stop;
    }
  };
}());
