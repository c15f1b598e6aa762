// What the page's life tells. What is answered ends the listening.

// left(isFrozen), the page goes, and may come back from the browser's cache if it is frozen; cameBack(), it has.
function watchLeaving(left, cameBack) {
  return env.listen('window', {
    pagehide: function (event) {
      left(!!event && event.persisted);
    },
    pageshow: function (event) {
      if (event && event.persisted) {
        cameBack();
      }
    }
  });
}

// woke(isNetwork), the network is back or the page is looked at again; left(), the page is gone for good.
function watchPage(woke, left) {
  var stops = [
    watchLeaving(function (isFrozen) {
      if (!isFrozen) {
        left();
      }
    }, woke),
    env.listen('window', {online: function () {
      woke(true);
    }}),
    env.listen('document', {visibilitychange: function () {
      if (env.isVisible()) {
        woke();
      }
    }})
  ];
  return function () {
    while (stops.length > 0) {
      stops.pop()();
    }
  };
}
