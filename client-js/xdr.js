// Requests to another origin in Internet Explorer 8 and 9, by XDomainRequest: of the page's own scheme, without cookies and
// headers of its own. It shows no status and no body of an answer that is not 200, so the query x=1 asks the server to say
// in the body, as a frame, what it refuses (6.9).

var kXdrMs = 3600000; // it needs some time-out of its own; every response of ours ends sooner, or is watched
var xdrs = []; // those under way: what nobody holds is collected together with its request

function xdrReaches(address) {
  return !!env.root.XDomainRequest && /^[^:]*/.exec(address)[0] === /^[^:]*/.exec(env.originUrl())[0].toLowerCase();
}

function xdrWay(options, progress, end) {
  var xdr = new env.root.XDomainRequest();

  function release() {
    xdr.onload = xdr.onerror = xdr.ontimeout = xdr.onprogress = noop;
    xdrs = without(xdrs, xdr);
  }

  function failed() {
    release();
    end(0, '', kCutOff);
  }

  xdr.onload = function () {
    var body = xdr.responseText;
    release();
    end(refusalIn(body) || 200, body, '');
  };
  xdr.onerror = xdr.ontimeout = failed;
  xdr.onprogress = function () { // without one, Internet Explorer 9 drops requests
    var body = options.onProgress ? xdr.responseText : '';
    if (body && !refusalIn(body)) {
      progress(body);
    }
  };
  xdr.open(options.method, options.url.indexOf('?') < 0 ? options.url + '?x=1' : options.url.replace('?', '?x=1&'));
  xdr.timeout = kXdrMs;
  xdrs.push(xdr);
  env.later(function () { // it loses requests that are sent in one turn
    if (xdr.onload !== noop) {
      try {
        xdr.send(options.body || '');
      } catch (e) {
        failed();
      }
    }
  }, 0);
  return function () {
    release();
    try {
      xdr.abort();
    } catch (e) {
      return; // it has not begun
    }
  };
}
