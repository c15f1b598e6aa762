// The cases, by name; engines.js has their titles. suite.js says what a case is given.
var cases = {};

(function () {
  // Sends all of `list` over a new socket to the echo and has it back, `step` messages in a turn; then done(socket).
  function echo(t, list, step, done) {
    var sent = 0;
    var came = 0;
    var socket;

    function sendSome() {
      var end = Math.min(list.length, sent + step);
      for (; sent < end; sent++) {
        socket.send(list[sent]);
      }
      if (sent < list.length) {
        setTimeout(sendSome, 0);
      }
    }

    socket = t.open({}, {
      open: sendSome,
      message: function (data) {
        var wrong = messages.difference(list[came], data);
        if (wrong) {
          t.failed('message ' + came + ' of ' + list.length + ': ' + wrong);
        } else if (++came === list.length) {
          done(socket);
        }
      }
    });
  }

  cases.characters = function (t) {
    echo(t, messages.planes(), 1000, t.passed);
  };

  cases.surrogates = function (t) {
    var wanted = 'a\ufffd b\ufffd\ufffd \ud83d\ude00\ufffd';
    var socket = t.open({}, {
      open: function () {
        socket.send('a\ud83d b\udc00\udc01 \ud83d\ude00\ud83d');
      },
      message: function (data) {
        if (messages.difference(wanted, data)) {
          t.failed(messages.difference(wanted, data));
        } else {
          t.passed();
        }
      }
    });
  };

  cases.bytes = function (t) {
    var list = [];
    var i;
    for (i = 0; i < 10; i++) {
      list.push(messages.bytes(i, i * 30));
    }
    list.push(messages.bytes(256, 0));
    list.push(messages.bytes(70000, 5));
    echo(t, list, 1000, t.passed);
  };

  cases.sizes = function (t) {
    var lengths = [0, 1, 125, 126, 127, 4095, 4096, 65535, 65536, 1048576];
    var list = [];
    var i;
    for (i = 0; i < lengths.length; i++) {
      if (lengths[i] <= (lab.query.most || 1048576)) {
        list.push(messages.filler(lengths[i]));
        list.push(messages.bytes(lengths[i], i));
      }
    }
    echo(t, list, 1, t.passed);
  };

  cases.order = function (t) {
    var list = [];
    var i;
    for (i = 0; i < 1000; i++) {
      list.push(i % 10 === 9 ? messages.bytes(i % 300, i) : i + ' \u20ac " \\ \n ' + messages.filler(i % 90));
    }
    echo(t, list, 25, t.passed);
  };

  // What the server was told of the close is asked for over the next socket.
  cases.close_by_page = function (t) {
    var reason = 'enough: \u20ac \ud83d\ude00 "\\';
    var socket = t.open({}, {
      open: function () {
        socket.send('the last word');
      },
      message: function () {
        socket.close(3456, reason);
      },
      close: function (event) {
        var second;
        if (!t.is(event.code, 3456, 'the code') || !t.is(event.reason, reason, 'the reason') || !t.is(event.wasClean, true, 'wasClean')) {
          return;
        }
        second = t.open({}, {
          open: function () {
            second.send('!last');
          },
          message: function (data) {
            if (t.is(data, '3456 ' + reason, 'what the server heard')) {
              t.passed();
            }
          }
        });
      }
    });
  };

  cases.close_by_server = function (t) {
    var reason = 'go: \u20ac \ud83d\ude00 "\\';
    var came = '';
    var socket = t.open({}, {
      open: function () {
        socket.send('before');
        socket.send('!close 3999 ' + reason);
      },
      message: function (data) {
        came += data;
      },
      close: function (event) {
        if (t.is(came, 'before', 'what came before it') && t.is(event.code, 3999, 'the code') && t.is(event.reason, reason, 'the reason') &&
            t.is(event.wasClean, true, 'wasClean') && t.is(socket.readyState, 3, 'readyState')) {
          t.passed();
        }
      }
    });
  };

  cases.abandon = function (t) {
    var first = t.open({}, {
      open: function () {
        t.failed('it opened after close()');
      },
      close: function (event) {
        if (t.is(event.code, 1006, 'the code')) {
          echo(t, ['the next one works'], 1, t.passed);
        }
      }
    });
    first.close();
  };

  // The transports that this engine cannot have say so, each in its own words.
  cases.cannot = function (t) {
    var list = lab.query.cannot.split(',');

    function tryNext() {
      var name = list.shift();
      var socket;
      if (!name) {
        t.passed();
        return;
      }
      socket = t.open({}, {
        open: function () {
          t.failed(name + ' works');
        },
        close: function (event) {
          var entries = socket.report();
          var last = entries[entries.length - 1];
          if (t.is(event.code, 1006, 'the code') && t.is(last.transport + ' ' + last.outcome, name + ' skipped', 'the report')) {
            tryNext();
          }
        }
      }, name);
    }

    tryNext();
  };
}());
