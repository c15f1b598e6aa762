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

  // The place of a listener, or of the handler with that name, or -1.
  function find(list, type, listener, capture, name) {
    var i;
    for (i = 0; i < list.length; i++) {
      if (list[i].name === name && (name !== '' ||
          (list[i].type === type && list[i].listener === listener && list[i].capture === capture))) {
        return i;
      }
    }
    return -1;
  }

  function drop(list, at) {
    if (at >= 0) {
      list[at].gone = true; // a dispatch under way skips it
      list.splice(at, 1);
    }
  }

  function isObject(value) {
    return typeof value === 'function' || (typeof value === 'object' && value !== null);
  }

  function isCapture(options) {
    return !!(isObject(options) ? options.capture : options);
  }

  function call(entry, target, event) {
    if (typeof entry.listener === 'function') {
      callPage(entry.listener, target, event);
    } else if (entry.name === '' && typeof entry.listener.handleEvent === 'function') {
      callPage(entry.listener.handleEvent, entry.listener, event);
    }
  }

  function check(listener, given) {
    if (given < 2 || (listener !== null && listener !== undefined && !isObject(listener))) {
      throw new TypeError('An event listener is a function, or an object with handleEvent.');
    }
  }

  function addEventListener(type, listener, options) {
    var self = this;
    var capture = isCapture(options);
    var signal = isObject(options) && options.signal;
    check(listener, arguments.length);
    if (listener && !(signal && signal.aborted) && find(self.listeners_, String(type), listener, capture, '') < 0) {
      self.listeners_.push({type: String(type), name: '', listener: listener, capture: capture, once: isObject(options) && !!options.once,
        gone: false});
      if (signal) {
        signal.addEventListener('abort', function () {
          self.removeEventListener(type, listener, capture);
        });
      }
    }
  }

  function removeEventListener(type, listener, options) {
    check(listener, arguments.length);
    drop(this.listeners_, find(this.listeners_, String(type), listener, isCapture(options), ''));
  }

  function plainHandlers(target, type) {
    var list = [];
    var name;
    for (name in target.handlers_) {
      if (target.handlers_[name] === type && typeof target[name] === 'function') {
        list.push({type: type, name: name, listener: target[name], capture: false});
      }
    }
    return list;
  }

  function dispatchEvent(event) {
    var all = (accessors.isPossible ? [] : plainHandlers(this, event && event.type)).concat(this.listeners_);
    var i;
    if (!event || !event.type) {
      throw new TypeError('dispatchEvent needs an event, an object with a type.');
    }
    if (event.eventPhase) {
      throw makeError('InvalidStateError', 11, 'The event is being dispatched.');
    }
    event.target = event.currentTarget = this;
    event.eventPhase = kAtTarget;
    for (i = 0; i < all.length && !event.stopped_; i++) {
      if (all[i].type === event.type && !all[i].gone) {
        if (all[i].once) {
          drop(this.listeners_, find(this.listeners_, event.type, all[i].listener, all[i].capture, ''));
        }
        call(all[i], this, event);
      }
    }
    event.currentTarget = null;
    event.eventPhase = 0;
    return !event.defaultPrevented;
  }

  function defineHandler(prototype, name, type) {
    accessors.define(prototype, name, function () {
      var at = find(this.listeners_, type, null, false, name);
      return at < 0 ? null : this.listeners_[at].listener;
    }, function (value) {
      var at = find(this.listeners_, type, null, false, name);
      if (!isObject(value)) {
        drop(this.listeners_, at);
      } else if (at >= 0) {
        this.listeners_[at].listener = value;
      } else {
        this.listeners_.push({type: type, name: name, listener: value, capture: false, once: false, gone: false});
      }
    });
  }

  return {
    make: make,

    mixInto: function (prototype, handlers) {
      var name;
      prototype.addEventListener = addEventListener;
      prototype.removeEventListener = removeEventListener;
      prototype.dispatchEvent = dispatchEvent;
      prototype.handlers_ = handlers;
      for (name in handlers) {
        if (!handlers.hasOwnProperty(name)) {
          continue; // what the page has added to all objects
        }
        if (accessors.isPossible) {
          defineHandler(prototype, name, handlers[name]);
        } else {
          prototype[name] = null;
        }
      }
    },

    // For each new object.
    begin: function (target) {
      target.listeners_ = [];
      target.shown_ = accessors.isPossible ? {} : target;
    }
  };
}());
