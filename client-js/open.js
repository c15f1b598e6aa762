// Opening a session (6.2): by one request or, where none reaches the server but over a bridge, by a script tag; and words for why
// it was refused, for which /info is asked. It asks for a sub-protocol, where the page does.

var kOpenTimeoutMs = 8000;
var kBusyAdvice = 10; // seconds, where the server does not say
var kLongestAdvice = 600;

// Whether something is the server's answer.
function isOffer(answer) {
  return !!answer && typeof answer === 'object' && typeof answer.session === 'string' && /^[A-Za-z0-9_\-]{36}$/.test(answer.session) &&
    answer.heartbeat > 0 && answer.resume_window >= 0 && answer.window > 0 &&
    isArray(answer.transports);
}

// The query that asks for the page's sub-protocols: names joined by commas. A `p` in the page's own query means something else.
function protocolQuery(names, own) {
  var list = [];
  var i;
  for (i = 0; i < names.length; i++) {
    list.push(encodeURIComponent(names[i]));
  }
  return names.length > 0 || /[?&]p=/.test(own) ? 'p=' + list.join(',') : '';
}

// Calls done(answer, rtt), or failed(why, advice, retryAfter), once and not from inside; advice, of what to do about it, may be
// missing, and so may retryAfter, the seconds that a server which is too busy asks for.
// Answers {abort: function}.
function openSession(target, done, failed) {
  var wanted = protocolQuery(target.protocols, target.parts.query);
  var started = env.now();
  var running = null;
  var answered = false;

  function take(body) {
    var answer = null;
    try {
      answer = json.parse(body);
    } catch (e) {
      answer = null;
    }
    if (serversWord(400, body)) {
      failed('the server refuses this: ' + serversText(body), 'Ask for what it has');
    } else if (isOffer(answer) && target.protocols.length > 0 && (',' + target.protocols + ',').indexOf(',' + answer.protocol + ',') < 0) {
      failed('the server speaks none of the sub-protocols ' + target.protocols.join(', '), 'List them in the service\'s protocols');
    } else if (isOffer(answer)) {
      // The time of day may have been set meanwhile.
      done(answer, Math.max(0, Math.min(env.now() - started, kOpenTimeoutMs)));
    } else {
      failed('what answers there is not this server; something on the way may answer in its place');
    }
  }

  function explain(status) {
    running = request({
      method: 'GET',
      url: url.below(target.parts, '/info', 'encke=1&' + freshQuery()),
      credentials: target.crossOrigin,
      timeout: kOpenTimeoutMs,
      onEnd: function (infoStatus, body) {
        var info = null;
        try {
          info = infoStatus === 200 ? json.parse(body) : null;
        } catch (e) {
          info = null;
        }
        if (info && info.encke && info.encke.versions) {
          failed('the server speaks version ' + info.encke.versions + ' of Encke\'s protocol, this copy of encke.js version 1; ' +
            'load encke.js from that server');
        } else if (info && typeof info === 'object') {
          failed('there is a SockJS server at this address, but not Encke\'s own protocol; use a SockJS client for it');
        } else {
          failed(explainStatus(status, ''));
        }
      }
    });
  }

  if (isBridged(target)) {
    warmBridge(url.below(target.parts, '/encke.1/open', '')); // a script is there sooner
  }
  if (xhrObstacle(target) === '' && !isBridged(target)) {
    running = request({
      method: 'POST',
      url: url.below(target.parts, '/encke.1/open', wanted),
      credentials: target.crossOrigin,
      timeout: kOpenTimeoutMs,
      onEnd: function (status, body, why) {
        if (status === 200 || serversWord(status, body) === 400) {
          take(body);
        } else if (status === 503) {
          failed('the server is too busy (503)', 'Wait', /^[1-9][0-9]*$/.test(why) ? Math.min(kLongestAdvice, Number(why)) : kBusyAdvice);
        } else if (status === 404) {
          explain(status);
        } else {
          failed(explainStatus(status, why));
        }
      }
    });
  } else if (embedObstacle() === '') {
    running = callByScript(function (name) {
      return url.below(target.parts, '/encke.1/open', 'c=' + name + '&' + (wanted && wanted + '&') + freshQuery());
    }, kOpenTimeoutMs, function (body) {
      answered = true;
      take(body);
    }, function () {
      if (!answered) {
        failed('what answers there is not this server');
      }
    }, failed);
  } else {
    running = {abort: noop};
    env.later(function () {
      failed(xhrObstacle(target) + ', and ' + embedObstacle());
    }, 0);
  }
  return {
    abort: function () {
      running.abort();
      failed = done = noop;
    }
  };
}
