// A multipart response, in Gecko up to 21: XMLHttpRequest is complete once for each part, which brings a frame and a line end; sends
// are POSTs beside it.
transports.push({
  name: 'multipart',
  isRare: true,
  roundTrips: 2,
  streams: true,
  sends: 'xhr',

  enabled: function (target) {
    return xhrObstacle(target) ||
      (!isBridged(target) && env.hasFlag(env.newXhr(), 'multipart') ? '' : 'this browser takes no responses in parts');
  },

  open: function (line, sink) {
    var xhr = env.newXhr();
    var started = false;

    function stop() {
      xhr.onreadystatechange = noop;
      xhr.abort();
    }

    xhr.multipart = true; // before it is opened
    xhr.open('GET', line.address('/multipart', sink.begin()), true);
    if (line.isForeign) {
      xhr.withCredentials = true;
    }
    xhr.onreadystatechange = function () {
      var part = xhr.readyState === 4 ? /^([^\n]+)\n/.exec(xhr.responseText) : null;
      if (part) {
        started = true;
        sink.frame(part[1]);
      } else if (xhr.readyState === 4) { // the last part is empty; or the line broke
        stop();
        if (started) {
          sink.ended();
        } else {
          sink.lost(kCutOff);
        }
      }
    };
    xhr.send(null);
    return {abort: stop};
  }
});
