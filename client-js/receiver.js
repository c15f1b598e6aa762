// Receives over requests (request.js): a POST whose response carries a frame a line.
//
// As a stream each line is taken as soon as it is complete; the server ends the response at its size limit. As a poll,
// what the response holds is taken when it has ended.
function openReceiver(line, leaf, sink) {
  var streaming = leaf === '/xhr_streaming';
  var stopped = false;
  var begun = 0; // where the frame begins that is not complete
  var seen = 0;
  var running;

  function takeLines(body) {
    var end, frame;
    while (!stopped && (end = body.indexOf('\n', seen)) >= 0) {
      frame = body.substring(begun, end);
      begun = seen = end + 1;
      if (!/^hh/.test(frame)) { // the prelude, which makes browsers show the rest
        sink.frame(frame);
      }
    }
    seen = body.length;
  }

  running = request({
    method: 'POST',
    // A refusal comes as a frame (6.9): one that lost a race would stand as an error in the browser's console.
    url: line.address(leaf, sink.begin() + '&x=1' + (streaming ? line.padding : '')),
    isForeign: line.isForeign,
    onProgress: streaming ? takeLines : null,
    onEnd: function (status, body, why) {
      if (status === 200) {
        takeLines(body);
      }
      if (stopped) {
        return;
      }
      stopped = true;
      if (status !== 200) {
        sink.lost(explainStatus(status, why), serversWord(status, body));
      } else if (begun < body.length) {
        sink.lost('it ended within a frame; something on the way changes it');
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
