// One HTTP request through XMLHttpRequest, with the browsers' oddities in one place.
//
// request({method, url, body, credentials, timeout, onProgress, onEnd}) answers {abort: function}. onProgress(text)
// gets all of a 200 response that is here so far, where the browser shows it. onEnd(status, text, why, timedOut) comes
// once, never from inside request() and never after abort(); status 0 means that there is no complete response, and then
// `why` says what is known.
function request(options) {
  var xhr = env.newXhr();
  var timer = null;
  var ended = false;
  var sending = false;

  function end(status, body, why, timedOut) {
    if (ended) {
      return;
    }
    ended = true;
    env.cancel(timer);
    if (xhr) {
      xhr.onreadystatechange = noop; // assigning null throws in Internet Explorer 6
      xhr = null;
    }
    options.onEnd(status, body, why, !!timedOut);
  }

  function endLater(why) {
    env.later(function () {
      end(0, '', why);
    }, 0);
  }

  function abort() {
    var running = xhr;
    if (ended) {
      return;
    }
    ended = true;
    env.cancel(timer);
    xhr = null;
    if (running) {
      running.onreadystatechange = noop;
      running.abort();
    }
  }

  function readyStateChanged() {
    var status = 0;
    var body = '';
    if (ended || xhr.readyState < 3 || (xhr.readyState === 3 && !options.onProgress)) {
      return;
    }
    if (sending) { // some browsers tell what they have at hand, or refuse, from inside send()
      env.later(readyStateChanged, 0);
      return;
    }
    try {
      status = xhr.status;
      body = xhr.responseText;
    } catch (e) {
      // Internet Explorer up to 9 shows neither before the response is complete, and Gecko 1.8 no status of a
      // request that failed: then there is nothing to read yet, or nothing at all.
      body = '';
    }
    if (xhr.readyState === 3) {
      if (status === 200 && body) {
        options.onProgress(body);
      }
    } else {
      // 1223 is Internet Explorer's own number for a 204.
      end(status === 1223 ? 204 : status, body || '', status ? '' : 'the connection was refused or cut off');
    }
  }

  if (!xhr) {
    endLater('this browser has no XMLHttpRequest');
    return {abort: abort};
  }
  try {
    xhr.open(options.method, options.url, true);
    if (options.credentials) {
      xhr.withCredentials = true;
    }
    if (options.method === 'POST') {
      xhr.setRequestHeader('Content-Type', 'text/plain;charset=UTF-8');
    }
    xhr.onreadystatechange = readyStateChanged;
    sending = true;
    xhr.send(options.body || null);
    sending = false;
  } catch (e) {
    endLater('the browser does not allow the request (' + e.message + ')');
    return {abort: abort};
  }
  if (options.timeout) {
    timer = env.later(function () {
      var running = xhr;
      end(0, '', 'there was no answer within ' + options.timeout + ' ms', true);
      if (running) {
        running.abort();
      }
    }, options.timeout);
  }
  return {abort: abort};
}

// What a status other than the expected one means, for an operator.
function explainStatus(status, why) {
  if (status === 0) {
    return why;
  }
  if (status === 403) {
    return 'the server refuses this page\'s origin (403); add it to the origins of the service';
  }
  if (status === 404) {
    return 'the server has nothing at this address (404)';
  }
  return 'the answer had the status ' + status;
}

// The query which keeps caches out of the way.
function freshQuery() {
  return 't=' + env.now();
}
