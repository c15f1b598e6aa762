// One HTTP request, by whichever way takes it to the server from this page: XMLHttpRequest, and where that does not reach
// another origin XDomainRequest (xdr.js) or a bridge (bridge.js).
//
// request({method, url, body, isForeign, timeout, onProgress, onEnd}) answers {abort: function}; `isForeign` says that
// the server is of another origin. onProgress(text) gets all of a 200 response that is here so far, where the browser shows
// it. onEnd(status, text, why, timedOut) comes once; status 0 means that there is no complete response, and then `why` says
// what is known; with status 503 or 429 it is what the answer says under Retry-After. Neither comes from inside request() or after abort().
//
// A way is a function (options, progress(text), end(status, text, why)) that starts the request and answers what stops it;
// it may call both at any time.

function request(options) {
  var way = requestWay(options.url, options.isForeign);
  var timer = createTimer();
  var starting = true;
  var over = false;
  var stop = noop;

  // Some browsers tell what they have at hand, or refuse, from inside send().
  function outside(work) {
    if (starting) {
      env.later(work, 0);
    } else {
      work();
    }
  }

  function end(status, body, why, timedOut) {
    outside(function () {
      if (!over) {
        over = true;
        stop = noop;
        timer.stop();
        options.onEnd(status, body, why, timedOut);
      }
    });
  }

  function progress(body) {
    outside(function () {
      if (!over) {
        options.onProgress(body);
      }
    });
  }

  try {
    stop = way(options, progress, end);
    if (options.timeout) {
      timer.start(options.timeout, function () {
        var running = stop;
        end(0, '', noAnswer(options.timeout), true);
        running();
      });
    }
  } catch (e) {
    end(0, '', isForbidden(e));
  }
  starting = false;
  return {
    abort: function () {
      if (!over) {
        over = true;
        timer.stop();
        stop();
      }
    }
  };
}

// What a server that is too busy says of when to come back: seconds, where the page may see it.
function retryAfter(xhr) {
  try {
    return xhr.getResponseHeader('Retry-After') || '';
  } catch (e) {
    return '';
  }
}

function xhrWay(options, progress, end) {
  var xhr = env.newXhr();

  function changed() {
    var status = 0;
    var body = '';
    if (xhr.readyState < 3 || (xhr.readyState === 3 && !options.onProgress)) {
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
    if (xhr.readyState < 4) {
      if (status === 200 && body) {
        progress(body);
      }
    } else {
      xhr.onreadystatechange = noop; // assigning null throws in Internet Explorer 6
      // 1223 is Internet Explorer's own number for a 204.
      end(status === 1223 ? 204 : status, body || '', status === 503 || status === 429 ? retryAfter(xhr) : status ? '' : kCutOff);
    }
  }

  xhr.open(options.method, options.url, true);
  if (options.isForeign) {
    xhr.withCredentials = true;
  }
  if (options.method === 'POST') {
    xhr.setRequestHeader('Content-Type', 'text/plain;charset=UTF-8');
  }
  xhr.onreadystatechange = changed;
  xhr.send(options.body || null);
  return function () {
    xhr.onreadystatechange = noop;
    xhr.abort();
  };
}

// The way to an address, or null.
function requestWay(address, isForeign) {
  var xhr = env.newXhr();
  if (!isForeign || (xhr && env.hasFlag(xhr, 'withCredentials'))) {
    return xhr ? xhrWay : null;
  }
  return xdrReaches(address) ? xdrWay : xhr && bridgeReaches() ? bridgeWay : null;
}

// Whether requests reach the target at all: '' or why not.
function xhrObstacle(target) {
  return requestWay(url.origin(target.parts), target.isForeign) ? '' : !env.newXhr() ? 'this browser has no XMLHttpRequest' :
    kNotReached;
}

function isBridged(target) {
  return requestWay(url.origin(target.parts), target.isForeign) === bridgeWay;
}

// Whether the browser shows a response of the target's while it arrives. Where XMLHttpRequest has withCredentials it does.
function showsProgress(target) {
  var xhr = env.newXhr();
  return requestWay(url.origin(target.parts), target.isForeign) === xdrWay || env.hasFlag(xhr, 'withCredentials');
}

// What a status other than the expected one means, for an operator.
function explainStatus(status, why) {
  return status === 0 ? why :
    status === 403 ? 'the server refuses this page\'s origin (403); add it to the origins of the service' :
    status === 404 ? 'the server has nothing at this address (404)' : 'the answer had the status ' + status;
}

// The query which keeps caches out of the way.
function freshQuery() {
  return 't=' + env.now();
}
