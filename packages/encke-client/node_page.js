// What stands for the browser's page in Node: the facade's root object, with requests over fetch. package.py puts this file before
// the facade's own, in the package's entries for Node; node_api.js comes after them.
//
// The facade sees these names only, so that nothing gets onto Node's own global object, until Encke.install() is asked for that.

var window = (function (node) {
  // An XMLHttpRequest as far as the facade uses one: asynchronous, text, shown while it arrives.
  function FetchRequest() {
    this.readyState = 0;
    this.status = 0;
    this.responseText = '';
    this.withCredentials = false;
    this.onreadystatechange = null;
    this.headers = {};
    this.response = null;
    this.control = new node.AbortController();
  }

  FetchRequest.prototype.open = function (method, address) {
    this.method = method;
    this.address = address;
    this.readyState = 1;
  };

  FetchRequest.prototype.setRequestHeader = function (name, value) {
    this.headers[name] = value;
  };

  FetchRequest.prototype.getResponseHeader = function (name) {
    return this.response && this.response.headers.get(name);
  };

  FetchRequest.prototype.getAllResponseHeaders = function () {
    var lines = '';
    if (this.response) {
      this.response.headers.forEach(function (value, name) {
        lines += name + ': ' + value + '\r\n';
      });
    }
    return lines;
  };

  FetchRequest.prototype.abort = function () {
    this.onreadystatechange = null;
    this.control.abort();
  };

  FetchRequest.prototype.moveTo = function (state) {
    this.readyState = state;
    if (this.onreadystatechange) {
      this.onreadystatechange();
    }
  };

  FetchRequest.prototype.send = function (body) {
    var self = this;
    var decoder = new node.TextDecoder('utf-8', {ignoreBOM: true});
    var reader;

    function read(chunk) {
      if (chunk.done) {
        self.responseText += decoder.decode();
        self.moveTo(4);
        return undefined;
      }
      self.responseText += decoder.decode(chunk.value, {stream: true});
      self.moveTo(3);
      return reader.read().then(read);
    }

    page.fetch(self.address, {method: self.method, headers: self.headers, body: body || undefined, signal: self.control.signal,
      cache: 'no-store'}).then(function (response) {
      self.response = response;
      self.status = response.status;
      self.moveTo(2);
      if (!response.body) {
        return self.moveTo(4);
      }
      reader = response.body.getReader();
      return reader.read().then(read);
    }).then(null, function () {
      self.status = 0;
      self.responseText = '';
      self.moveTo(4);
    });
  };

  var names = ['setTimeout', 'clearTimeout', 'crypto', 'performance', 'URL', 'DOMException', 'JSON', 'Promise', 'ArrayBuffer',
    'Uint8Array', 'Uint32Array', 'DataView', 'Blob', 'WebSocket'];
  var page = {
    XMLHttpRequest: FetchRequest,
    fetch: function (address, options) {
      return node.fetch(address, options);
    }
  };
  names.forEach(function (name) {
    page[name] = node[name];
  });
  return page;
}(globalThis));
