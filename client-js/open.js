// Opening a session (6.2): by one request or, where none reaches the server but over a bridge, by a script tag; and words for why
// it was refused, for which /info is asked. It asks for a sub-protocol, where the page does, and brings the page's token.

var kOpenTimeoutMs = 8000;
var kBusyAdvice = 10; // seconds, where the server does not say
var kLongestAdvice = 600;

// Whether something is the server's answer.
function isOffer(answer) {
  return !!answer && typeof answer === 'object' && typeof answer.session === 'string' && /^[A-Za-z0-9_\-]{36}$/.test(answer.session) &&
    answer.heartbeat > 0 && answer.resume_window >= 0 && answer.window > 0 && isArray(answer.transports);
}

// Calls use(text) with the page's token, which may be a text, a function, or what it answers: a text, or a promise of one.
// Calls fail(why) where there is none to be had.
function withToken(token, use, fail) {
  try {
    token = typeof token === 'function' ? token() : token;
    if (token && token.then) {
      token.then(use, fail);
    } else {
      use(token);
    }
  } catch (e) {
    fail(e);
  }
}

// Calls done(answer, rtt), or failed(why, advice, retryAfter, code), once and not from inside; advice, of what to do about it, may
// be missing, and so may retryAfter, the seconds that a server which is too busy asks for, and the code with which it closes.
// Answers {abort: function}.
function openSession(target, done, failed) {
  // Names joined by commas ask for the page's sub-protocols; a `p` in the page's own query means something else.
  var wanted = target.protocols.length > 0 || /[?&]p=/.test(target.parts.query) ? 'p=' + map(target.protocols, encodeURIComponent).join(',') : '';
  var started = env.now();
  var running = {abort: noop};
  var answered = false;

  function isBusy(status) {
    return status === 503 || status === 429;
  }

  function busy(status, seconds) {
    failed('the server is too busy (' + status + ')', 'Wait', /^[1-9][0-9]*$/.test(seconds) ? Math.min(kLongestAdvice, Number(seconds)) : kBusyAdvice);
  }

  function take(body) {
    var answer = json.read(body);
    answered = true;
    if (/^c\[/.test(body)) {
      failed(serversText(body), '', 0, json.read(body.substring(1))[0]);
    } else if (isBusy(refusalIn(body))) {
      busy(refusalIn(body));
    } else if (/^e\[[45]/.test(body)) {
      failed('the server refuses this: ' + serversText(body), serversWord(400, body) ? 'Ask for what it has' : 'Bring what it asks for');
    } else if (!isOffer(answer)) {
      failed('the answer' + kNotOurs);
    } else if (target.protocols.length > 0 && (',' + target.protocols + ',').indexOf(',' + answer.protocol + ',') < 0) {
      failed('the server speaks none of the sub-protocols ' + target.protocols.join(', '), 'Add them to the protocols of the service');
    } else {
      done(answer, Math.min(msSince(started), kOpenTimeoutMs));
    }
  }

  function ask(method, leaf, query, body, onEnd) {
    running = request({
      method: method,
      url: url.below(target.parts, leaf, query),
      body: body,
      isForeign: target.isForeign,
      timeout: kOpenTimeoutMs,
      onEnd: onEnd
    });
  }

  function explain(infoStatus, body) {
    var info = infoStatus === 200 ? json.read(body) : null;
    failed(info && info.encke && info.encke.versions ? 'the server speaks version ' + info.encke.versions +
      ', this encke.js version 1; load encke.js from that server' :
      info && typeof info === 'object' ? 'there is a SockJS server at this address; use a SockJS client for it' : explainStatus(404));
  }

  function begin(token) {
    var carried = token ? 'token=' + encodeURIComponent(token) : '';
    if (failed === noop) {
      return; // it took long, and nobody waits any more
    }
    if (isBridged(target)) {
      warmBridge(url.below(target.parts, '/encke.1/open', '')); // a script is there sooner
    }
    if (xhrObstacle(target) === '' && (!isBridged(target) || carried)) {
      post(carried);
    } else if (embedObstacle() === '') {
      running = callByScript(function (name) {
        return url.below(target.parts, '/encke.1/open', 'c=' + name + '&' + (wanted && wanted + '&') + (carried && 'access_' + carried + '&') +
          freshQuery());
      }, kOpenTimeoutMs, take, function () {
        if (!answered) {
          take('');
        }
      }, failed);
    } else {
      env.later(function () {
        failed(xhrObstacle(target) + ', and ' + embedObstacle());
      }, 0);
    }
  }

  function post(carried) {
    ask('POST', '/encke.1/open', wanted, carried, function (status, body, why) {
      if (isBusy(status)) {
        busy(status, why);
      } else if (status === 200 || /^(c\[|e\[40[01])/.test(body)) {
        take(body);
      } else if (status === 404) {
        ask('GET', '/info', 'encke=1&' + freshQuery(), '', explain);
      } else {
        failed(explainStatus(status, why) + (serversWord(status, body) ? ': ' + serversText(body) : ''));
      }
    });
  }

  withToken(target.token, begin, function (why) {
    env.later(function () {
      failed('the page has no token: ' + why);
    }, 0);
  });
  return {
    abort: function () {
      running.abort();
      failed = done = noop;
    }
  };
}
