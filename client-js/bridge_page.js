// The bridge's end of bridge.js, on the page /SERVICE/encke.1/bridge of the server.
//
// It does nothing but requests of the facade's to this service, and tells the server with each whose they are: the origin of
// the page around it, as the browser tells it, never as that page does. The page's element has the origins that the service
// allows, or none for all.
(function () {
  var root = env.root;
  var service = /^([^?#]*)\/encke\.1\/bridge(?:#([a-z0-9]*).*)?$/.exec(env.originUrl());
  var element = service && root.document && root.parent !== root ? root.document.getElementById('encke') : null;
  var allowed = element ? element.getAttribute('data-origins') : null;

  // Itself, or below a wildcard: a.b.example is one of *.b.example and of *.example.
  function isListed(origin) {
    var above = origin.replace(/\/\/(\*\.)?[^.*:\[]+\./, '//*.');
    return (' ' + allowed + ' ').indexOf(' ' + origin + ' ') >= 0 || (above !== origin && isListed(above));
  }

  function mayUse(origin) {
    return /^https?:\/\/[^\/ *]+$/.test(origin) && (allowed === '' || isListed(origin));
  }

  // Works for pages of this origin; answers what hears their words.
  function serve(origin, tell) {
    var stops = {}; // by id, of what is under way

    function end(id, status, more, why) {
      delete stops[id];
      tell(['end', id, status, more, why]);
    }

    function send(id, method, address, body, shows) {
      var seen = 0;
      return request({method: method, url: address, body: body, onProgress: shows ? function (text) {
        tell(['progress', id, text.substring(seen)]);
        seen = text.length;
      } : null, onEnd: function (status, text, why) {
        end(id, status, text.substring(seen), why);
      }}).abort;
    }

    function frame(id, address) {
      return endless.load(address, function (text) {
        tell(['progress', id, text]);
      }, function () {
        end(id, 0, '', '');
      });
    }

    return function (words) {
      var message = json.parse(words);
      var id = String(message[1]);
      var isFrame = message[0] === 'frame';
      var leaf = String(message[isFrame ? 2 : 3]);
      if (message[0] === 'stop') {
        if (stops.hasOwnProperty(id)) {
          stops[id]();
          delete stops[id];
        }
      } else if (/^\/(info|encke\.1\/(open|[A-Za-z0-9_\-]{36}\/[a-z_]+))(\?[^#]*)?$/.test(leaf)) {
        // First, since of two the server heeds the first.
        leaf = service[1] + leaf.replace(/\?|$/, '?o=' + origin + '&');
        stops[id] = isFrame ? frame(id, leaf) :
          send(id, message[2] === 'GET' ? 'GET' : 'POST', leaf, String(message[4]), message[5]);
      }
    };
  }

  function byPosts() {
    var hear = null;
    env.listen('window', {message: function (event) {
      var origin = event.origin;
      // Internet Explorer 8 has several objects for one window, which are equal and not the same.
      if (event.source != root.parent || typeof event.data !== 'string') {
        return;
      }
      if (!mayUse(origin)) {
        root.parent.postMessage('["refused"]', '*');
        return;
      }
      hear = hear || serve(origin, function (message) {
        root.parent.postMessage(json.stringify(message), origin);
      });
      hear(event.data);
    }});
    root.parent.postMessage('["ready"]', '*');
  }

  // The page around it is the one that the browser names as having led here. The answers are in a frame of that page's origin.
  function byFragments(token) {
    var origin = (/^https?:\/\/[^\/]+/.exec(root.document.referrer) || [''])[0];
    var hear = null;
    var answers = null; // the frame
    var blank;
    var channel = createFragments(token, function (fragment) {
      if (answers) {
        answers.element.contentWindow.location.replace(origin + blank + fragment);
      } else if (blank && origin) {
        answers = embed.addFrame(origin + blank + fragment, noop);
      }
    }, env.originUrl, function (words) {
      if (hear) {
        hear(words);
        return;
      }
      hear = serve(origin, function (message) {
        channel.post(json.stringify(message));
      });
      blank = '/' + String(json.parse(words)[1]).replace(/^\/+|#.*$/g, ''); // never another host's
      channel.post(mayUse(origin) ? '["ready"]' : '["refused"]');
      hear = mayUse(origin) ? hear : noop;
    });
  }

  if (element && service[2] && !root.postMessage) {
    byFragments(service[2]);
  } else if (element) {
    byPosts();
  }
}());
