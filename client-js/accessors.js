// Properties of which a page sees no more than what they show, where the browser has accessors (not Internet Explorer up to
// 8): there an object keeps the values in shown_; elsewhere shown_ is the object itself, with plain properties.
var accessors = (function () {
  var isPossible = false;

  function define(object, name, get, set) {
    Object.defineProperty(object, name, {get: get, set: set, enumerable: true, configurable: true});
  }

  try {
    define({}, 'x', noop);
    isPossible = true;
  } catch (e) {
    isPossible = false; // Internet Explorer 8 has the function, for elements
  }

  return {
    isPossible: isPossible,
    define: define,

    // Makes them read-only.
    show: function (prototype, names) {
      map(isPossible ? names : [], function (name) {
        define(prototype, name, function () {
          return this.shown_[name];
        });
      });
    }
  };
}());
