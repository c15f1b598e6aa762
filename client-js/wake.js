// What the page's life tells about the connection: the network is back, the page is looked at again, or left.
//
// owner: woke(isNetwork) and left(), the latter when the page is gone for good. Answers {stop: function}.
function watchPage(owner) {
  var stops = [
    env.listen('window', 'online', function () {
      owner.woke(true);
    }),
    env.listen('window', 'pageshow', function (event) {
      if (event && event.persisted) {
        owner.woke(false);
      }
    }),
    env.listen('document', 'visibilitychange', function () {
      if (env.isVisible()) {
        owner.woke(false);
      }
    }),
    env.listen('window', 'pagehide', function (event) {
      if (!event || !event.persisted) {
        owner.left();
      }
    })
  ];
  return {
    stop: function () {
      while (stops.length > 0) {
        stops.pop()();
      }
    }
  };
}
