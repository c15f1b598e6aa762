// A raw socket of the Flash Player's (PROTOCOL 6.13): a frame a frame, both ways. encke.swf makes it, one movie for all sockets of
// the page (client-js/flash/Encke.hx); bytes come and go as `b` frames. What goes between the page and the movie is quoted, and nothing
// is asked of the movie before it has nudged the page, nor from within its nudge.

var flashMovie = (function () {
  var kStartMs = 7500; // for the movie to be loaded, and to start
  var kRetryMs = 500; // nudges may get lost
  var kId = 'encke_swf';
  var count = 0;
  var takers = {}; // by id: take(kind, text)
  var waiting = []; // commands, until the movie has started
  var isThere = false;
  var isStarted = false;
  var takeOut = noop; // of the page
  var startTimer = createTimer();
  var pullTimer = createTimer();

  function element() {
    return env.root.document.getElementById(kId);
  }

  // null where the plug-in is not there, or gone.
  function command(text) {
    try {
      return element().encke(text);
    } catch (e) {
      return null;
    }
  }

  // The next socket puts it in again.
  function forget() {
    isThere = isStarted = false;
    pullTimer.stop();
    takeOut();
  }

  // A loss may open a socket at once, which is none of those that are lost.
  function loseAll(why) {
    var lost = takers;
    takers = {};
    eachOf(lost, function (take) {
      take('x', why);
    });
  }

  function isBusy() {
    var found = false;
    eachOf(takers, function () {
      found = true;
    });
    return found;
  }

  function open(text) {
    var answer = command(text);
    var take = takers[text.split(',')[1]];
    if (answer !== null && answer !== 'ok' && take) {
      take('x', decodeURIComponent(answer));
    }
  }

  function pull() {
    var events;
    map(waiting.splice(0, waiting.length), open);
    events = command('p');
    pullTimer.stop();
    if (events === null) { // the page has taken it out, or the plug-in broke down
      forget();
      loseAll('encke.swf is gone from the page');
      return;
    }
    eachOf(takers, function () {
      pullTimer.start(events ? 0 : kRetryMs, pull);
    });
    map(events ? events.split(',') : [], function (event) {
      var parts = event.split(':');
      var kind = parts[1];
      var text;
      try {
        text = decodeURIComponent(parts[2]);
      } catch (e) { // it is not UTF-8
        kind = 'x';
        text = 'what came' + kNotOurs;
      }
      if (takers[parts[0]]) {
        takers[parts[0]](kind, text);
      }
    });
  }

  function nudged() {
    isStarted = true;
    startTimer.stop();
    pullTimer.start(0, pull);
  }

  function put(address) {
    var where = attribute(address);
    Encke.calls.flash = nudged;
    takeOut = embed.addOutside('<object id="' + kId + '" width="1" height="1" ' + (env.flash() === 'active' ?
      'classid="clsid:D27CDB6E-AE6D-11cf-96B8-444553540000"' : 'type="application/x-shockwave-flash" data="' + where + '"') +
      '><param name="movie" value="' + where + '"><param name="allowScriptAccess" value="sameDomain"></object>');
  }

  return {
    quote: function (string) {
      return encodeURIComponent(string).replace(/'/g, '%27');
    },

    // Opens a socket; take(kind, text) follows, never from inside. Answers its id.
    open: function (address, patience, how, take) {
      var id = ++count;
      var limit;
      if (isThere && !isBusy() && !element()) {
        forget();
      }
      if (!isThere) {
        put(address);
        isThere = true;
      }
      takers[id] = take;
      waiting.push(['o', id].concat(how).join(','));
      if (isStarted) {
        pullTimer.start(0, pull);
      } else {
        limit = Math.max(kStartMs, patience - kRetryMs);
        startTimer.start(limit, function () {
          loseAll(address + ' did not start within ' + limit + ' ms; it is not there, of another origin than the page, or blocked');
        });
      }
      return id;
    },

    // Whether the movie takes it.
    send: function (id, string) {
      return command('s,' + id + ',' + flashMovie.quote(string)) === 'ok';
    },

    close: function (id) {
      delete takers[id];
      waiting = filter(waiting, function (text) {
        return text.split(',')[1] !== String(id);
      });
      if (isStarted) {
        command('c,' + id);
      }
    }
  };
}());

transports.push({
  name: 'flash',
  roundTrips: 30, // it starts for seconds, and asks for a policy before it connects
  streams: false,
  isRare: true,
  sends: 'socket',

  enabled: function (target) {
    return embedObstacle() || (!env.flash() ? 'this browser has no Flash Player' :
      target.parts.scheme !== 'http' ? 'the Flash Player has no TLS' :
      target.isForeign && !target.flash.swf ? 'the option flash does not say where this page\'s own origin has encke.swf' : '');
  },

  open: function (line, sink) {
    var parts = /^(http:\/\/(?:[^\/]*@)?(\[.*?\]|[^\/:]*):?([0-9]*))(\/[^?]*)/.exec(line.address('/flash', ''));
    var page = /^https?:\/\/[^\/?#]*/.exec(env.originUrl());
    var quote = flashMovie.quote;
    var id;

    function over(reason) {
      flashMovie.close(id);
      sink.lost(reason);
    }

    function send(frame) {
      if (!flashMovie.send(id, frame)) {
        env.later(function () {
          over('encke.swf does not take what it is given');
        }, 0);
      }
    }

    function close() {
      flashMovie.close(id);
    }

    id = flashMovie.open(line.flash.swf || parts[1] + '/encke.swf', line.least,
      [quote(parts[2]), parts[3] || 80, quote(line.flash.policy || ''), quote(parts[4] + '\n' + (page || ''))], function (kind, text) {
        if (kind === 'o') {
          send(sink.begin());
        } else if (kind === 't') {
          sink.frame(text);
        } else if (/^1000 /.test(text)) {
          close();
          sink.ended();
        } else {
          over(kind === 'c' ? 'it was closed (' + text + ')' : text || kCutOff + '; is there a policy?');
        }
      });
    return {
      isBinary: false,

      write: function (frames) {
        map(frames, send);
      },

      finish: close,
      abort: close,

      buffered: function () {
        return 0; // the player does not tell
      }
    };
  }
});
