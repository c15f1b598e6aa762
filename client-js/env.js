// What the facade takes from the page: the only file that touches the browser's globals.
//
// Everything is looked up when it is needed, not when the bundle loads.

var kLongestTimerMs = 2147483647; // browsers count in 31 bits; more would be no time at all

var env = (function () {
  var root = typeof window !== 'undefined' ? window : typeof self !== 'undefined' ? self : this;
  var policy; // of Trusted Types: null where there is none

  // ActiveX classes, the newest first; those that do not work here are taken out, so that the first is the one that does.
  var requestClasses = ['Msxml2.XMLHTTP.6.0', 'Msxml2.XMLHTTP.3.0', 'Msxml2.XMLHTTP', 'Microsoft.XMLHTTP'];

  // An ActiveX object, or null: there is no such class, or ActiveX is switched off.
  function newActive(name) {
    try {
      return root.ActiveXObject ? new root.ActiveXObject(name) : null;
    } catch (e) {
      return null;
    }
  }

  var replaced = null; // what install.js took the place of

  function newXhr() {
    var xhr = null;
    try {
      xhr = root.XMLHttpRequest ? new root.XMLHttpRequest() : null;
    } catch (e) {
      xhr = null; // Internet Explorer 7 with the native object switched off
    }
    while (!xhr && requestClasses.length > 0) {
      xhr = newActive(requestClasses[0]);
      if (!xhr) {
        requestClasses.shift();
      }
    }
    return xhr;
  }

  // Whether a request has a switch of this name. With withCredentials it may go to another origin with cookies, and browsers that know
  // this also show a response while it arrives. An ActiveX object may throw when it is asked for a property that it does not have.
  function hasFlag(xhr, name) {
    try {
      return typeof xhr[name] === 'boolean';
    } catch (e) {
      return false;
    }
  }

  // Adds handlers to a target or removes them: {type: handler}.
  function listen(target, handlers, adds) {
    eachOf(handlers, function (handler, type) {
      if (target.addEventListener) {
        target[adds ? 'addEventListener' : 'removeEventListener'](type, handler, false);
      } else if (target.attachEvent) {
        target[adds ? 'attachEvent' : 'detachEvent']('on' + type, handler);
      }
    });
  }

  function originUrl() {
    return (root.location && root.location.href) || '';
  }

  // A random whole number in 0 ... limit - 1, unpredictable where the browser can do that.
  function random(limit) {
    var source = root.crypto || root.msCrypto;
    var cell;
    if (source && source.getRandomValues && root.Uint32Array) {
      cell = new root.Uint32Array(1);
      source.getRandomValues(cell);
      return cell[0] % limit;
    }
    return Math.floor(Math.random() * limit);
  }

  // A name that nobody else has, or guesses.
  function randomId(length) {
    var id = '';
    while (id.length < length) {
      id += random(32).toString(32);
    }
    return id;
  }

  return {
    root: root,
    newActive: newActive,
    newXhr: newXhr,
    hasFlag: hasFlag,
    random: random,
    randomId: randomId,

    // Room for so many bytes: a Uint8Array, or where the browser has none an array for as many numbers.
    newBytes: function (length) {
      return root.Uint8Array ? new root.Uint8Array(length) : [];
    },

    // What a script element takes as its address: where Trusted Types are enforced, only what a policy has made.
    scriptUrl: function (address) {
      if (policy === undefined) {
        try {
          policy = root.trustedTypes ? root.trustedTypes.createPolicy('encke', {createScriptURL: String}) : null;
        } catch (e) {
          policy = null; // the page's own rules do not allow a policy of this name
        }
      }
      return policy ? policy.createScriptURL(address) : address;
    },

    // Internet Explorer holds connections of what is given up until its garbage is collected.
    collect: function () {
      if (root.CollectGarbage) {
        root.CollectGarbage();
      }
    },

    // The native socket's constructor, or null.
    webSocket: function () {
      return (replaced ? replaced.value : root.WebSocket) || root.MozWebSocket || null;
    },

    // How the Flash Player is there, of version 9 or later: 'plugin', 'active' or ''.
    flash: function () {
      var plugin = root.navigator && root.navigator.plugins && root.navigator.plugins['Shockwave Flash'];
      return plugin ? (parseInt(String(plugin.description).replace(/^[^0-9]*/, ''), 10) > 8 ? 'plugin' : '') :
        newActive('ShockwaveFlash.ShockwaveFlash.9') ? 'active' : '';
    },

    // Puts a constructor in the place of the native socket's, if there is none, or in any case. Answers whether it is there.
    takePlace: function (Constructor, always) {
      if (root.WebSocket !== Constructor && (always || !root.WebSocket)) {
        replaced = replaced || {had: 'WebSocket' in root, value: root.WebSocket};
        root.WebSocket = Constructor;
      }
      return root.WebSocket === Constructor;
    },

    // Takes it away again, unless somebody else has: what stands there then may make sockets of this constructor, so that the facade
    // goes on using the native one.
    giveBack: function (Constructor) {
      var before = replaced;
      if (!before || root.WebSocket !== Constructor) {
        return;
      }
      replaced = null;
      root.WebSocket = before.value;
      if (!before.had) {
        try {
          delete root.WebSocket;
        } catch (e) {
          return; // Internet Explorer up to 8 cannot; undefined says the same
        }
      }
    },

    // The address that relative ones start from.
    pageUrl: function () {
      var page = root.document;
      return (page && page.baseURI) || originUrl();
    },

    // An address as the browser itself understands it; as it was written where the browser does not tell, null where it is none.
    readUrl: function (written, base) {
      var Reader = root.URL;
      if (typeof Reader !== 'function' || !Reader.prototype || !('searchParams' in Reader.prototype)) {
        return written;
      }
      try {
        return (base ? new Reader(written, base) : new Reader(written)).href;
      } catch (e) {
        return null;
      }
    },

    // The page's own address, which decides what is cross-origin.
    originUrl: originUrl,

    // Listens to the window or the document, with handlers by type; answers what ends it.
    listen: function (where, handlers) {
      var target = where === 'window' ? root : root.document || {};
      listen(target, handlers, true);
      return function () {
        listen(target, handlers, false);
      };
    },

    isVisible: function () {
      return !root.document || root.document.visibilityState !== 'hidden';
    },

    // Sends a last word that outlives the page, where the browser can do that.
    beacon: function (address, body) {
      var browser = root.navigator;
      return !!(browser && browser.sendBeacon && browser.sendBeacon(address, body));
    },

    now: function () {
      return new Date().getTime();
    },

    later: function (work, milliseconds) {
      return root.setTimeout(work, Math.min(milliseconds, kLongestTimerMs));
    },

    cancel: function (timer) {
      if (timer !== null) {
        root.clearTimeout(timer);
      }
    }
  };
}());

// Time that has passed since then; the time of day may have been set meanwhile.
function msSince(then) {
  return Math.max(0, env.now() - then);
}

// Work that is put off: to start it once more puts it off again.
function createTimer() {
  var timer = null;

  function stop() {
    env.cancel(timer);
    timer = null;
  }

  return {
    start: function (milliseconds, work) {
      stop();
      timer = env.later(function () {
        timer = null;
        work();
      }, milliseconds);
    },

    stop: stop,

    isRunning: function () {
      return timer !== null;
    }
  };
}

// Runs what the page gave us. Its exception must not break the loop that it was called from, and must reach the
// page's error handler, so it is thrown again from a turn of its own.
function callPage(work, self, argument) {
  try {
    return work.call(self, argument);
  } catch (error) {
    env.later(function () {
      throw error;
    }, 0);
  }
}
