// Addresses: what the page may write (relative, http, https, ws, wss) and what the requests need.

var url = (function () {
  var shape = /^([a-z][a-z0-9+.\-]*):\/\/([^\/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/i;
  var hostShape = /^(\[[0-9a-f:.]+\]|[^\s:%\[\]<>^|\\]+)(:[0-9]*)?$/;

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
    var user;
    if (!match) {
      return null;
    }
    user = match[2].lastIndexOf('@') + 1;
    return {scheme: match[1].toLowerCase().replace(/^ws/, 'http'), user: match[2].substring(0, user),
      host: match[2].substring(user).toLowerCase(), path: match[3] || '/', query: match[4] || '', fragment: match[5] || ''};
  }

  // The host, and the port where it is not the scheme's own.
  function authority(parts) {
    return parts.host.replace(parts.scheme === 'http' ? /:(80)?$/ : /:(443)?$/, '');
  }

  function encode(rest) {
    return rest.replace(/[^\x21-\x7e]+/g, encodeURIComponent);
  }

  // What stands before the path.
  function root(parts) {
    return parts.scheme + '://' + parts.user + parts.host;
  }

  function withoutSlash(path) {
    return path.replace(/\/+$/, '');
  }

  // A relative address as an absolute one.
  function join(from, address) {
    return /^\/\//.test(address) ? from.scheme + ':' + address : root(from) + (
      /^\//.test(address) ? '' :
      /^\?/.test(address) ? from.path :
      /^(#|$)/.test(address) ? from.path + from.query : from.path.replace(/[^\/]*$/, '')) + address;
  }

  // The parts of an address as the page wrote it, without half surrogate pairs; throws a SyntaxError that says what is wrong with it.
  function resolve(value, page) {
    var written = text.from(value);
    var base = page || env.pageUrl();
    var read = env.readUrl(written, base);
    var address = (read || written).replace(/^[\x00-\x20]+|[\x00-\x20]+$|[\t\r\n]/g, ''); // as browsers do
    var from = split(base);
    var parts = read === null ? null : split(/^[^:\/?#]+:/.test(address) || !from ? address : join(from, address));
    var host = parts && hostShape.exec(parts.host);
    var why = !parts || !/^https?$/.test(parts.scheme) ? 'is not usable: write a path such as "/chat", or an address that starts ' +
      'with http:, https:, ws: or wss:' :
      !host || (host[2] || ':').substring(1) > 65535 ? 'names no host, or no port that there is' :
      parts.fragment ? 'has a fragment ("#..."); a socket has none' : '';
    if (why) {
      throw makeError('SyntaxError', 12, 'The URL "' + address + '" ' + why + '.');
    }
    parts.host = authority(parts);
    parts.path = encode(foldDots(parts.path));
    parts.query = encode(parts.query);
    return parts;
  }

  function origin(parts) {
    return parts.scheme + '://' + authority(parts);
  }

  // Whether it is the origin of this page, or of the one that is given.
  function sameOrigin(parts, page) {
    var other = split(page || env.originUrl());
    return other !== null && origin(parts) === origin(other);
  }

  function format(parts) {
    return root(parts) + parts.path + parts.query;
  }

  // An address below the service; a query of the page's own goes along with each request, behind an empty parameter, so that
  // the server does not take it for the facade's.
  function below(parts, leaf, query) {
    var own = parts.query.replace(/^\?/, '');
    var all = own ? (query ? query + '&' : '') + '&' + own : query || '';
    return root(parts) + withoutSlash(parts.path) + leaf + (all ? '?' + all : '');
  }

  // The same path, below the address of another server, which becomes that.
  function moveTo(server, parts) {
    server.path = withoutSlash(server.path) + parts.path;
    server.query = parts.query;
    return server;
  }

  // As a native socket shows it.
  function socketForm(address) {
    return address.replace(/^http/, 'ws');
  }

  return {resolve: resolve, socketForm: socketForm, moveTo: moveTo, origin: origin, sameOrigin: sameOrigin, format: format, below: below};
}());
