// What the package has more in Node: Encke.use(), and Encke.install() for Node's own global object.

(function (node) {
  var install = Encke.install;
  var uninstall = Encke.uninstall;
  var before = null;

  // Other means than Node's own: {WebSocket, fetch}. For the sockets that are made from then on.
  Encke.use = function (means) {
    if (means.WebSocket !== undefined) {
      window.WebSocket = means.WebSocket;
    }
    if (means.fetch) {
      window.fetch = means.fetch;
    }
  };

  Encke.install = function (options) {
    var asked = Object.assign({}, options);
    asked.always = asked.always === true || typeof node.WebSocket === 'undefined';
    if (!asked.always || !install(asked)) {
      return false;
    }
    before = before || {had: 'WebSocket' in node, value: node.WebSocket};
    node.WebSocket = window.WebSocket;
    return true;
  };

  Encke.uninstall = function () {
    var installed = window.WebSocket;
    uninstall();
    if (before && node.WebSocket === installed) {
      node.WebSocket = before.value;
      if (!before.had) {
        delete node.WebSocket;
      }
    }
    before = null;
  };
}(globalThis));
