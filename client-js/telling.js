// The option `tell`: the report (choose.js) goes to the server's log, soon after something was given up, and when the session
// ends in a way that was not meant. What becomes of that request is nobody's business.
//
// address() is where it goes; entries() answers the report.

var kTellSoonMs = 2000; // what happens together is told together
var kTellPauseMs = 60000; // between two; the server notes no more than that
var kTellPatienceMs = 10000;
var kTellBytes = 4096;

function createTelling(target, address, entries) {
  var timer = createTimer();
  var isOwed = false;

  function tell(lastLine) {
    var list = entries();
    var words = lastLine;
    var i, more;
    for (i = list.length - 1; i >= 0; i--) { // the latest matter most
      more = (list[i].transport + ' ' + list[i].outcome + ', ' + list[i].milliseconds + ' ms: ' + list[i].reason).replace(/\s+/g, ' ') +
        (words && '\n') + words;
      if (text.size(more) > kTellBytes) {
        break;
      }
      words = more;
    }
    senderKinds[xhrObstacle(target) === '' ? 'xhr' : 'form'].post(address(), words,
      {isForeign: target.isForeign, patience: kTellPatienceMs}, noop);
  }

  function wait(milliseconds) {
    timer.start(milliseconds, function () {
      if (isOwed) {
        isOwed = false;
        tell('');
        wait(kTellPauseMs);
      }
    });
  }

  return {
    // Something was given up.
    soon: function () {
      isOwed = true;
      if (!timer.isRunning()) {
        wait(kTellSoonMs);
      }
    },

    // It is over; why, in words, where it was not meant to be.
    over: function (why) {
      timer.stop();
      if (why) {
        tell(('closed: ' + why).substring(0, kTellBytes / 8).replace(/\s+/g, ' '));
      }
    }
  };
}
