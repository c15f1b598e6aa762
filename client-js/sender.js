// Sends over HTTP: one POST at a time, so that order is kept without numbers.
function createSender(address, credentials, sink) {
  var running = null;

  return {
    write: function (messages) {
      running = request({
        method: 'POST',
        url: url.below(address, '/xhr_send', freshQuery()),
        credentials: credentials,
        body: messages,
        onEnd: function (status, body, why) {
          running = null;
          if (status === 200 || status === 204) {
            sink.written();
          } else {
            sink.lost(status === 404 ? 'the server does not know the session any more' :
              'a send failed: ' + explainStatus(status, why));
          }
        }
      });
      return false;
    },
    abort: function () {
      if (running) {
        running.abort();
        running = null;
      }
    }
  };
}
