// What the page's life means for its ride (share.js): a page that is left gets off, and one that comes back from the browser's
// cache has missed what the others got meanwhile.
//
// tab: stays(), or nothing: the session waits for this tab's next page; endsAlone(): nobody else would go on with it;
// goodbye(), left() and cameBack(). Answers {stop: function}.
function watchRide(tab) {
  var wasLeft = false;
  var stops = [
    env.listen('window', 'pagehide', function (event) {
      var isFrozen = event && event.persisted;
      if (tab.stays && tab.stays()) {
        return;
      }
      if (!tab.endsAlone()) {
        wasLeft = true;
        tab.left();
      } else if (!isFrozen) {
        tab.goodbye(); // the connection says it
      }
    }),
    env.listen('window', 'pageshow', function (event) {
      if (wasLeft && event && event.persisted) {
        wasLeft = false;
        tab.cameBack();
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
