// Runs in each page of the stripped Chromium before its own scripts: takes away what Internet Explorer 6 does not have, and puts in
// what it has in its place: attachEvent, ActiveXObject with one class of XMLHTTP, and `htmlfile`.
(function () {
  var Request = XMLHttpRequest;
  var define = Object.defineProperty;
  var listen = EventTarget.prototype.addEventListener;
  var unlisten = EventTarget.prototype.removeEventListener;

  function each(list, work) {
    for (var i = 0; i < list.length; i++) {
      work(list[i]);
    }
  }

  // The shell of an ActiveX object, which throws where the original does.
  function XmlHttp() {
    var request = new Request();
    var shell = this;
    var handler = null;
    function forward(name) {
      shell[name] = function () {
        return request[name].apply(request, arguments);
      };
    }
    each(['open', 'send', 'abort', 'setRequestHeader', 'getResponseHeader', 'getAllResponseHeaders'], forward);
    define(shell, 'readyState', {get: function () {
      return request.readyState;
    }});
    each(['status', 'responseText'], function (name) {
      define(shell, name, {get: function () {
        if (request.readyState !== 4) {
          throw new Error('The data necessary to complete this operation is not yet available.');
        }
        return request[name];
      }});
    });
    define(shell, 'onreadystatechange', {get: function () {
      return handler;
    }, set: function (value) {
      if (typeof value !== 'function') {
        throw new Error('Type mismatch.');
      }
      handler = value;
      request.onreadystatechange = function () {
        value();
      };
    }});
  }

  // A document of its own, which is a window's here.
  function htmlfile() {
    var frame = document.createElement('iframe');
    frame.style.display = 'none';
    document.documentElement.appendChild(frame);
    frame.contentDocument.parentWindow = frame.contentWindow;
    return frame.contentDocument;
  }

  function take(owner, names) {
    each(names, function (name) {
      delete owner[name];
      if (name in owner) {
        throw new Error('cannot take away ' + name);
      }
    });
  }

  window.ActiveXObject = function (name) {
    if (name === 'htmlfile') {
      return htmlfile();
    }
    if (name !== 'Msxml2.XMLHTTP') {
      throw new Error('Automation server can\'t create object');
    }
    return new XmlHttp();
  };
  window.CollectGarbage = function () {};
  EventTarget.prototype.attachEvent = function (type, handler) {
    listen.call(this, type.substring(2), handler);
  };
  EventTarget.prototype.detachEvent = function (type, handler) {
    unlisten.call(this, type.substring(2), handler);
  };

  take(Navigator.prototype, ['sendBeacon', 'locks']);
  take(Document.prototype, ['visibilityState', 'hidden']);
  take(EventTarget.prototype, ['addEventListener', 'removeEventListener', 'dispatchEvent']);
  take(String.prototype, ['trim', 'normalize']);
  take(Function.prototype, ['bind']);
  take(Date, ['now']);
  take(Object, ['keys', 'create', 'defineProperties', 'defineProperty', 'getOwnPropertyNames', 'freeze']);
  take(window, ['WebSocket', 'EventSource', 'fetch', 'JSON', 'XMLHttpRequest', 'ArrayBuffer', 'DataView', 'Uint8Array', 'Uint32Array', 'Blob',
    'File', 'FileReader', 'BroadcastChannel', 'MessageChannel', 'Worker', 'SharedWorker', 'localStorage', 'sessionStorage', 'postMessage',
    'crypto', 'URL']);
  take(Array, ['isArray']);
  take(Array.prototype, ['indexOf', 'lastIndexOf', 'map', 'filter', 'some', 'every', 'reduce', 'forEach']);
}());
