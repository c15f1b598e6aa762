// Addresses: what the page may write (relative, http, https, ws, wss) and what the requests need.

var url = (function () {
  var shape = /^([a-z][a-z0-9+.\-]*):\/\/([^\/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/i;
  var hostShape = /^(\[[0-9a-f:.]+\]|[^\s:%\[\]<>^|\\]+)(:[0-9]*)?$/;
  var defaultPort = {http: '80', https: '443'};

  // Folds "." and ".." segments of an absolute path (RFC 3986 5.2.4).
  function foldDots(path) {
    var kept = [];
    var segments = path.split('/');
    var i, segment;
    for (i = 1; i < segments.length; i++) {
      segment = segments[i];
      if (segment === '..') {
        kept.pop();
      }
      if (segment !== '.' && segment !== '..') {
        kept.push(segment);
      } else if (i === segments.length - 1) {
        kept.push('');
      }
    }
    return '/' + kept.join('/');
  }

  function split(address) {
    var match = shape.exec(address);
    var scheme, user;
    if (!match) {
      return null;
    }
    scheme = match[1].toLowerCase();
    scheme = scheme === 'ws' ? 'http' : scheme === 'wss' ? 'https' : scheme;
    user = match[2].lastIndexOf('@') + 1;
    return {scheme: scheme, user: match[2].substring(0, user), host: match[2].substring(user).toLowerCase(),
      path: match[3] || '/', query: match[4] || '', fragment: match[5] || ''};
  }

  // The host, and the port where it is not the scheme's own.
  function authority(parts) {
    var host = parts.host;
    var port = /:([0-9]*)$/.exec(host);
    if (port && (port[1] === '' || port[1] === defaultPort[parts.scheme])) {
      host = host.substring(0, host.length - port[0].length);
    }
    return host;
  }

  function encode(rest) {
    return rest.replace(/[^\x21-\x7e]+/g, encodeURIComponent);
  }

  // The parts of an address as the page wrote it, without half surrogate pairs; throws a SyntaxError that says what is wrong with it.
  function resolve(written, base) {
    var read = env.readUrl(written, base);
    var address = (read || written).replace(/^[\x00-\x20]+|[\x00-\x20]+$|[\t\r\n]/g, ''); // as browsers do
    var from = split(base);
    var parts = read === null ? null : split(address);
    var match;
    if (!parts && read !== null && from && /^[^:\/?#]+:/.test(address) === false) {
      if (/^\/\//.test(address)) {
        parts = split(from.scheme + ':' + address);
      } else {
        match = /^([^?#]*)(\?[^#]*)?(#.*)?$/.exec(address);
        parts = {scheme: from.scheme, user: from.user, host: from.host, query: match[2] || '', fragment: match[3] || '',
          path: match[1] === '' ? from.path : match[1].charAt(0) === '/' ? match[1] :
            from.path.replace(/[^\/]*$/, '') + match[1]};
        if (match[1] === '' && !match[2]) {
          parts.query = from.query;
        }
      }
    }
    if (!parts || !defaultPort.hasOwnProperty(parts.scheme)) {
      throw makeError('SyntaxError', 12, 'The URL "' + address + '" is not usable: write a path such as "/chat", or an ' +
        'address that starts with http:, https:, ws: or wss:.');
    }
    match = hostShape.exec(parts.host);
    if (!match || (match[2] || ':').substring(1) > 65535) {
      throw makeError('SyntaxError', 12, 'The URL "' + address + '" names no host, or no port that there is.');
    }
    if (parts.fragment !== '') {
      throw makeError('SyntaxError', 12, 'The URL "' + address + '" has a fragment ("#..."); a socket has none.');
    }
    parts.host = authority(parts);
    parts.path = encode(foldDots(parts.path));
    parts.query = encode(parts.query);
    return parts;
  }

  function origin(parts) {
    return parts.scheme + '://' + authority(parts);
  }

  function sameOrigin(parts, page) {
    var other = split(page);
    return other !== null && origin(parts) === origin(other);
  }

  function format(parts) {
    return parts.scheme + '://' + parts.user + parts.host + parts.path + parts.query;
  }

  // An address below the service; a query of the page's own goes along with each request, behind an empty parameter, so that
  // the server does not take it for the facade's.
  function below(parts, leaf, query) {
    var own = parts.query.replace(/^\?/, '');
    var all = own ? (query ? query + '&' : '') + '&' + own : query || '';
    return parts.scheme + '://' + parts.user + parts.host + parts.path.replace(/\/+$/, '') + leaf + (all ? '?' + all : '');
  }

  // The same path, below the address of another server.
  function moveTo(server, parts) {
    return {scheme: server.scheme, user: server.user, host: server.host, path: server.path.replace(/\/+$/, '') + parts.path,
      query: parts.query};
  }

  // As a native socket shows it.
  function socketForm(address) {
    return address.replace(/^http/, 'ws');
  }

  return {resolve: resolve, socketForm: socketForm, moveTo: moveTo, origin: origin, sameOrigin: sameOrigin, format: format, below: below};
}());
