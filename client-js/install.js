// Encke.install(): the facade in the place of the browser's WebSocket, so that code written for that runs unchanged.

(function () {
  var defaults = {}; // options of the sockets that are made so

  // Makes sockets as Encke.Socket does, and is what sockets of both are instances of.
  function Installed(address, protocols) {
    checkNew(this instanceof Installed, arguments.length, 'WebSocket');
    Encke.Socket.call(this, address, protocols, defaults);
  }

  // Where the browser has none, or `always: true`. What else is in `options` goes to each socket. Answers whether it is there.
  Encke.install = function (options) {
    defaults = options || {};
    return env.takePlace(Installed, defaults.always === true);
  };

  // Undoes it.
  Encke.uninstall = function () {
    env.giveBack(Installed);
  };

  Installed.prototype = Encke.Socket.prototype;
  extend(Installed, Encke.Socket); // the names of the states
}());

env.root.Encke = Encke;
