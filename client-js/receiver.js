// Receives over HTTP: a POST whose response carries one frame a line, and then the next POST.
//
// A streaming receiver takes each line as soon as it is complete; the server ends the response at its size limit, and
// a new one continues. A polling receiver takes what the response holds when it has ended.
function createReceiver(address, credentials, streaming, sink) {
  var running = null;
  var stopped = false;

  function open() {
    var seen = 0;
    var lines = 0;

    function takeLines(body) {
      var end, line;
      while (!stopped && (end = body.indexOf('\n', seen)) >= 0) {
        line = body.substring(seen, end);
        seen = end + 1;
        lines++;
        if (!(streaming && lines === 1 && /^hh+$/.test(line))) { // the prelude, which makes browsers show the rest
          sink.frame(line);
        }
      }
    }

    running = request({
      method: 'POST',
      url: url.below(address, streaming ? '/xhr_streaming' : '/xhr', freshQuery()),
      credentials: credentials,
      onProgress: streaming ? takeLines : null,
      onEnd: function (status, body, why) {
        running = null;
        if (stopped) {
          return;
        }
        if (status !== 200) {
          sink.lost(explainStatus(status, why));
          return;
        }
        takeLines(body);
        if (stopped) {
          return;
        }
        if (lines === 0 || seen < body.length) {
          sink.lost('a response ended in the middle of a frame; something between here and the server cuts it');
        } else {
          open();
        }
      }
    });
  }

  open();
  return {
    abort: function () {
      stopped = true;
      if (running) {
        running.abort();
        running = null;
      }
    }
  };
}

// A carrier of one receiver and one sender, as all HTTP transports have it.
function createHttpCarrier(target, streaming, sink) {
  var sender = createSender(target.address, target.crossOrigin, sink);
  var receiver = createReceiver(target.address, target.crossOrigin, streaming, sink);

  function abort() {
    receiver.abort();
    sender.abort();
  }

  return {
    write: sender.write,
    // There is no close message over HTTP: the server sees that the receiver is gone.
    close: function () {
      abort();
      env.later(function () {
        sink.closed(true);
      }, 0);
    },
    abort: abort,
    buffered: function () {
      return 0;
    }
  };
}

// Whether XMLHttpRequest can reach the target at all: '' or why not.
function xhrObstacle(target) {
  var xhr = env.newXhr();
  if (!xhr) {
    return 'this browser has no XMLHttpRequest';
  }
  if (target.crossOrigin && !env.hasCredentials(xhr)) {
    return 'this browser cannot send XMLHttpRequests to another origin';
  }
  return '';
}
