// The cases in which a line or the server goes away; they take seconds, since that has to be noticed first.
(function () {
  // Numbered messages, a few every 20 ms, that have to come back each once and in order. harm(at, goOn) is called after the message
  // of that number was sent; where it answers true, the next ones wait for goOn().
  function countUp(t, total, harm) {
    var sent = 0;
    var next = 0;
    var socket;

    function sendSome() {
      var held = false;
      var i;
      for (i = 0; i < 5 && sent < total && !held; i++) {
        socket.send('message ' + sent);
        held = harm(sent++, sendSome);
      }
      if (sent < total && !held) {
        setTimeout(sendSome, 20);
      }
    }

    socket = t.open({}, {
      open: sendSome,
      message: function (data) {
        if (t.is(data, 'message ' + next, 'what came') && ++next === total) {
          t.passed();
        }
      }
    });
  }

  cases.cut = function (t) {
    countUp(t, 300, function (at) {
      if (at % 100 === 50) {
        t.order('cut', function () {});
      }
      return false;
    });
  };

  // All is quiet when the line goes dead, so that a poll is waiting in it.
  cases.half_open = function (t) {
    countUp(t, 60, function (at, goOn) {
      if (at === 30) {
        setTimeout(function () {
          t.order('freeze', goOn);
        }, 500);
      }
      return at === 30;
    });
  };

  // A server that ends in order says so with 1001; with `reconnect` the socket is back when the server is. To a page that was between
  // two polls nobody could say so: to that one it is a crash.
  cases.stopped = function (t) {
    var polls = /poll|jsonp/.test(lab.query.transport);
    var closed = '';
    var opened = 0;
    var socket = t.open({reconnect: true}, {
      open: function () {
        opened++;
        if (opened === 1) {
          t.order('stop', function () {
            t.order('start', function () {});
          });
        } else if ((polls && closed === '2011 ') || t.is(closed, '1001 ', 'the close')) {
          socket.send('back');
        }
      },
      message: function (data) {
        if (t.is(data, 'back', 'what came')) {
          t.passed();
        }
      },
      close: function (event) {
        closed += event.code + ' ';
      }
    });
  };

  // A server that crashed and is back knows nothing of the session: 2011 with what may be lost, a gap, and then it goes on.
  cases.crashed = function (t) {
    var log = '';
    var opened = 0;
    var socket = t.open({reconnect: true}, {
      open: function () {
        opened++;
        log += 'open ';
        if (opened === 2) {
          socket.send('there');
          return;
        }
        t.order('kill', function () {
          socket.send('never there');
          setTimeout(function () {
            t.order('start', function () {});
          }, 500);
        });
      },
      message: function (data) {
        if (t.is(data, 'there', 'what came') && t.is(log, 'open close 2011 gap never there open ', 'what happened')) {
          t.passed();
        }
      },
      close: function (event) {
        log += 'close ' + event.code + ' ';
      },
      gap: function (event) {
        log += 'gap ' + event.unacknowledged.join('|') + ' ';
      }
    });
  };
}());
