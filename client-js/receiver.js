// Receives over requests (request.js): a POST whose response carries a frame a line.
//
// As a stream each line is taken as soon as it is complete; the server ends the response at its size limit. As a poll,
// what the response holds is taken when it has ended.
function openReceiver(line, streaming, sink) {
  var at = sink.begin();
  var stopped = false;
  var isFirst = true;
  var seen = 0;
  var running;

  function takeLines(body) {
    var end, frame;
    while (!stopped && (end = body.indexOf('\n', seen)) >= 0) {
      frame = body.substring(seen, end);
      seen = end + 1;
      if (!(streaming && isFirst && /^hh+$/.test(frame))) { // the prelude, which makes browsers show the rest
        sink.frame(frame);
      }
      isFirst = false;
    }
  }

  running = request({
    method: 'POST',
    url: line.address(streaming ? '/xhr_streaming' : '/xhr', 'n=' + at.n + '&a=' + at.a + (streaming || at.wait ? '' : '&w=0')),
    credentials: line.crossOrigin,
    onProgress: streaming ? takeLines : null,
    onEnd: function (status, body, why) {
      if (stopped) {
        return;
      }
      if (status !== 200) {
        stopped = true;
        sink.lost(explainStatus(status, why), serversWord(status, body));
        return;
      }
      takeLines(body);
      if (stopped) {
        return;
      }
      stopped = true;
      if (seen < body.length) {
        sink.lost('a response ended in the middle of a frame; something between here and the server cuts it');
      } else {
        sink.ended();
      }
    }
  });

  return {
    abort: function () {
      stopped = true;
      running.abort();
    }
  };
}
