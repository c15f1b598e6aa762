// Events: what a socket has of the DOM's EventTarget, in any browser.
//
// A handler in an on... property is called in its place among the listeners, which is where it was when it was set; without
// accessors, before them. `handlers` are the properties and the types that they hear: {onopen: 'open'}.

var events = (function () {
  var kAtTarget = 2;

  function make(type, properties) {
    var clock = env.root.performance;
    var event = {
      type: type,
      target: null,
      currentTarget: null,
      bubbles: false,
      cancelable: false,
      defaultPrevented: false,
      eventPhase: 0,
      timeStamp: clock && clock.now ? clock.now() : env.now(),
      preventDefault: noop,
      stopPropagation: noop,
      stopImmediatePropagation: function () {
        event.stopped_ = true;
      }
    };
    return extend(event, properties);
  }

  // `key` is a listener, or the name of the property that holds the handler.
  function find(target, type, key, capture) {
    return filter(target.listeners_, function (entry) {
      return entry.type === type && entry.key === key && entry.capture === capture;
    })[0];
  }

  function add(target, type, key, capture, listener, once) {
    target.listeners_.push({type: type, key: key, capture: capture, listener: listener, once: once, gone: false});
  }

  function drop(target, entry) {
    if (entry) {
      entry.gone = true; // a dispatch under way skips it
      target.listeners_ = without(target.listeners_, entry);
    }
  }

  function isObject(value) {
    return typeof value === 'function' || (typeof value === 'object' && value !== null);
  }

  function optionsOf(given) {
    return isObject(given) ? given : {capture: given};
  }

  function call(entry, target, event) {
    if (typeof entry.listener === 'function') {
      callPage(entry.listener, target, event);
    } else if (typeof entry.key !== 'string' && typeof entry.listener.handleEvent === 'function') {
      callPage(entry.listener.handleEvent, entry.listener, event);
    }
  }

  function check(listener, given) {
    if (given < 2 || (listener !== null && listener !== undefined && !isObject(listener))) {
      throw new TypeError('An event listener is a function or has handleEvent.');
    }
  }

  function addEventListener(type, listener, options) {
    var self = this;
    var capture = !!optionsOf(options).capture;
    var signal = optionsOf(options).signal;
    check(listener, arguments.length);
    if (listener && !(signal && signal.aborted) && !find(self, String(type), listener, capture)) {
      add(self, String(type), listener, capture, listener, !!optionsOf(options).once);
      if (signal) {
        signal.addEventListener('abort', function () {
          self.removeEventListener(type, listener, capture);
        });
      }
    }
  }

  function removeEventListener(type, listener, options) {
    check(listener, arguments.length);
    drop(this, find(this, String(type), listener, !!optionsOf(options).capture));
  }

  function plainHandlers(target, type) {
    var list = [];
    var name;
    for (name in target.handlers_) {
      if (target.handlers_[name] === type && typeof target[name] === 'function') {
        list.push({type: type, key: name, listener: target[name]});
      }
    }
    return list;
  }

  // Where it is; a browser's own event is not to be written, which throws in modules.
  function mark(event, place) {
    try {
      extend(event, place);
    } catch (e) {
      return;
    }
  }

  function dispatchEvent(event) {
    var all = (accessors.isPossible ? [] : plainHandlers(this, event && event.type)).concat(this.listeners_);
    var i;
    if (!event || !event.type) {
      throw new TypeError('dispatchEvent needs an event.');
    }
    if (event.eventPhase) {
      throw makeError('InvalidStateError', 11, 'The event is being dispatched.');
    }
    mark(event, {target: this, currentTarget: this, eventPhase: kAtTarget});
    for (i = 0; i < all.length && !event.stopped_; i++) {
      if (all[i].type === event.type && !all[i].gone) {
        if (all[i].once) {
          drop(this, all[i]);
        }
        call(all[i], this, event);
      }
    }
    mark(event, {currentTarget: null, eventPhase: 0, stopped_: false});
    return !event.defaultPrevented;
  }

  function defineHandler(prototype, name, type) {
    accessors.define(prototype, name, function () {
      var entry = find(this, type, name, false);
      return entry ? entry.listener : null;
    }, function (value) {
      var entry = find(this, type, name, false);
      if (!isObject(value)) {
        drop(this, entry);
      } else if (entry) {
        entry.listener = value;
      } else {
        add(this, type, name, false, value, false);
      }
    });
  }

  return {
    // Makes an event of this type, with these properties, and dispatches it.
    tell: function (target, type, properties) {
      target.dispatchEvent(make(type, properties));
    },

    mixInto: function (prototype, handlers) {
      prototype.addEventListener = addEventListener;
      prototype.removeEventListener = removeEventListener;
      prototype.dispatchEvent = dispatchEvent;
      prototype.handlers_ = handlers;
      eachOf(handlers, function (type, name) {
        if (accessors.isPossible) {
          defineHandler(prototype, name, type);
        } else {
          prototype[name] = null;
        }
      });
    },

    // For each new object.
    begin: function (target) {
      target.listeners_ = [];
      target.shown_ = accessors.isPossible ? {} : target;
    }
  };
}());
