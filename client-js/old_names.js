// What the drafts of 2008 called things: URL, postMessage, disconnect, onread and onclosed. They stand beside today's names.

Encke.Socket.prototype.postMessage = function (data) {
  this.send(data);
};

Encke.Socket.prototype.disconnect = function () {
  this.close();
};
