// What the suite needs of a page: its query, and GETs to the reporting server as pictures, which every browser can load. (A
// host that has no pages brings its own `lab` and needs no page.js.)
var lab = (function () {
  var query = {};
  var kept = []; // pictures on their way, out of the garbage collector's reach
  var pairs = location.search.replace(/^\?/, '').split('&');
  var i, at;
  for (i = 0; i < pairs.length; i++) {
    at = pairs[i].indexOf('=');
    query[pairs[i].slice(0, at)] = decodeURIComponent(pairs[i].slice(at + 1));
  }
  document.write('<script src="/' + (query.source ? 'encke.js' : 'encke.min.js') + '"></' + 'script>');

  return {
    query: query,

    // Gets an address of the reporting server, then calls done().
    get: function (path, done) {
      var picture = new Image();
      var at = kept.length;
      kept.push(picture);
      picture.onload = picture.onerror = function () {
        picture.onload = picture.onerror = null;
        kept[at] = null;
        done();
      };
      picture.src = query.lab + path;
    },

    // Calls work() once the page has loaded: frames are then no part of its own loading. With `hold` in the query the page never ends
    // loading, since a picture does not come, and work() is called before that.
    begin: function (work) {
      if (query.hold) {
        lab.get('/hold?', function () {});
        document.body.appendChild(kept[0]);
        setTimeout(work, 50);
      } else {
        window.onload = function () {
          setTimeout(work, 50);
        };
      }
    },

    finished: function () {
      document.getElementById('state').innerHTML = 'done';
    }
  };
}());
