// Runs the cases that the query names, one after another, and reports each to the reporting server with a GET of its own:
// what is not reported has failed, however silently.
//
// A case is cases[name](t): it ends with t.passed() or t.failed(why), after `limit` ms at the latest. t.open(options, events)
// makes a socket over the transport under test; a close fails the case, unless `events` has its own for that.
var suite = (function () {
  var caseMs = Number(lab.query.limit);
  var names = lab.query.cases.split(',');
  var number = 0;
  var current = null; // {name, limit, sockets, started} while a case is running
  var stray = ''; // an error that no case has caught

  function tell(path, done) {
    lab.get(path + '&n=' + (++number), done);
  }

  function next() {
    var name = names.shift();
    if (name === undefined) {
      tell('/end?error=' + encodeURIComponent(stray.substring(0, 600)), lab.finished);
      return;
    }
    current = {name: name, sockets: [], started: new Date().getTime()};
    current.limit = setTimeout(function () {
      end(false, 'did not end within ' + caseMs + ' ms');
    }, caseMs);
    try {
      cases[name](createCase(current));
    } catch (error) {
      end(false, 'threw ' + (error.message || error));
    }
  }

  function end(ok, words) {
    var ended = current;
    var i;
    if (!ended) {
      return;
    }
    current = null;
    clearTimeout(ended.limit);
    for (i = 0; i < ended.sockets.length; i++) {
      ended.sockets[i].onopen = ended.sockets[i].onmessage = ended.sockets[i].onclose = ended.sockets[i].onerror = ended.sockets[i].ongap = null;
      if (ended.sockets[i].readyState < 2) {
        ended.sockets[i].close();
      }
    }
    tell('/say?case=' + ended.name + '&ok=' + (ok ? 1 : 0) + '&ms=' + (new Date().getTime() - ended.started) + '&text=' +
      encodeURIComponent(words.substring(0, 600)), function () {
      setTimeout(next, 0);
    });
  }

  function report(socket) {
    var entries = socket.report();
    var words = '';
    var i;
    for (i = 0; i < entries.length; i++) {
      words += '; ' + entries[i].transport + ' ' + entries[i].outcome + ': ' + entries[i].reason;
    }
    return words;
  }

  function createCase(own) {
    var t = {
      passed: function () {
        if (own === current) {
          end(true, '');
        }
      },

      failed: function (why) {
        if (own === current) {
          end(false, why);
        }
      },

      // Fails unless `value` is `wanted`; answers whether it is.
      is: function (value, wanted, what) {
        if (value !== wanted) {
          t.failed(what + ' is ' + value + ', not ' + wanted);
        }
        return value === wanted;
      },

      // Has the reporting server do something: cut, freeze, kill, stop, start.
      order: function (what, done) {
        tell('/do?what=' + what, done);
      },

      open: function (options, events, name) {
        var transport = name || lab.query.transport;
        var socket;
        options.transports = [transport];
        socket = new Encke.Socket((lab.query.server || '') + '/echo', [], options);
        socket.binaryType = 'arraybuffer';
        own.sockets.push(socket);
        socket.onopen = function () {
          if (t.is(socket.transport, transport, 'the transport') && events.open) {
            events.open();
          }
        };
        socket.onmessage = function (event) {
          if (events.message) {
            events.message(event.data);
          }
        };
        socket.onclose = function (event) {
          if (events.close) {
            events.close(event);
          } else {
            t.failed('closed with ' + event.code + ' ' + event.reason + report(socket));
          }
        };
        socket.ongap = function (event) {
          if (events.gap) {
            events.gap(event);
          }
        };
        return socket;
      }
    };
    return t;
  }

  return {
    // Takes an error that no case has caught.
    stray: function (words) {
      stray = stray || words;
    },

    run: function () {
      if (typeof window !== 'undefined') {
        window.onerror = function (message, file, line) {
          suite.stray(message + ' (' + file + ':' + line + ')');
          return false;
        };
      }
      if (typeof Encke === 'undefined') {
        stray = 'encke.js did not load';
        names = [];
      }
      tell('/begin?agent=' + encodeURIComponent(typeof navigator === 'undefined' ? 'none' : navigator.userAgent), next);
    }
  };
}());
