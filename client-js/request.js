// One HTTP request, by whichever way takes it to the server from this page: XMLHttpRequest, and where that does not reach
// another origin XDomainRequest (xdr.js) or a bridge (bridge.js).
//
// request({method, url, body, credentials, timeout, onProgress, onEnd}) answers {abort: function}; `credentials` says that
// the server is of another origin. onProgress(text) gets all of a 200 response that is here so far, where the browser shows
// it. onEnd(status, text, why, timedOut) comes once; status 0 means that there is no complete response, and then `why` says
// what is known; with status 503 it is what the answer says under Retry-After. Neither comes from inside request() or after abort().
//
// A way is a function (options, progress(text), end(status, text, why)) that starts the request and answers what stops it;
// it may call both at any time.

function request(options) {
  var way = requestWay(options.url, options.credentials);
  var timer = null;
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
        env.cancel(timer);
        options.onEnd(status, body, why, !!timedOut);
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
    if (way) {
      stop = way(options, progress, end);
    } else {
      end(0, '', 'this browser has no way to send it');
    }
    if (options.timeout) {
      timer = env.later(function () {
        var running = stop;
        end(0, '', 'there was no answer within ' + options.timeout + ' ms', true);
        running();
      }, options.timeout);
    }
  } catch (e) {
    end(0, '', 'the browser does not allow the request (' + e.message + ')');
  }
  starting = false;
  return {
    abort: function () {
      if (!over) {
        over = true;
        env.cancel(timer);
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
      end(status === 1223 ? 204 : status, body || '', status === 503 ? retryAfter(xhr) : status ? '' : 'the connection was refused or cut off');
    }
  }

  xhr.open(options.method, options.url, true);
  if (options.credentials) {
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
function requestWay(address, isCrossOrigin) {
  var xhr = env.newXhr();
  if (!isCrossOrigin || (xhr && env.hasCredentials(xhr))) {
    return xhr ? xhrWay : null;
  }
  return xdrReaches(address) ? xdrWay : xhr && bridgeReaches() ? bridgeWay : null;
}

// Whether requests reach the target at all: '' or why not.
function xhrObstacle(target) {
  return requestWay(url.origin(target.parts), target.crossOrigin) ? '' : !env.newXhr() ? 'this browser has no XMLHttpRequest' :
    'this browser cannot send requests to another origin';
}

function isBridged(target) {
  return requestWay(url.origin(target.parts), target.crossOrigin) === bridgeWay;
}

// Whether the browser shows a response of the target's while it arrives. Where XMLHttpRequest has withCredentials it does.
function showsProgress(target) {
  var xhr = env.newXhr();
  return requestWay(url.origin(target.parts), target.crossOrigin) === xdrWay || (xhr !== null && env.hasCredentials(xhr));
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
