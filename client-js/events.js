// Events: what a socket has of the DOM's EventTarget, in any browser. The on... property is called first, then the
// listeners in the order in which they were added.

var events = (function () {
  function make(type, properties) {
    var event = {
      type: type,
      bubbles: false,
      cancelable: false,
      defaultPrevented: false,
      eventPhase: 2,
      timeStamp: env.now(),
      stopped: false,
      preventDefault: noop,
      stopPropagation: noop,
      stopImmediatePropagation: function () {
        event.stopped = true;
      }
    };
    var key;
    for (key in properties) {
      if (Object.prototype.hasOwnProperty.call(properties, key)) {
        event[key] = properties[key];
      }
    }
    return event;
  }

  function find(list, type, listener) {
    var i;
    for (i = 0; i < list.length; i++) {
      if (list[i].type === type && list[i].listener === listener) {
        return i;
      }
    }
    return -1;
  }

  function call(listener, target, event) {
    if (typeof listener === 'function') {
      callPage(listener, target, event);
    } else if (listener && typeof listener.handleEvent === 'function') {
      callPage(listener.handleEvent, listener, event);
    }
  }

  function addEventListener(type, listener, options) {
    this.listeners_ = this.listeners_ || [];
    if (listener && find(this.listeners_, String(type), listener) < 0) {
      this.listeners_.push({type: String(type), listener: listener, once: !!(options && options.once), gone: false});
    }
  }

  function removeEventListener(type, listener) {
    var list = this.listeners_ || [];
    var at = find(list, String(type), listener);
    if (at >= 0) {
      list[at].gone = true; // a dispatch under way skips it
      list.splice(at, 1);
    }
  }

  function dispatchEvent(event) {
    var list = (this.listeners_ || []).slice(0);
    var i;
    if (!event || !event.type) {
      throw new TypeError('dispatchEvent needs an event, an object with a type.');
    }
    event.target = event.currentTarget = this;
    call(this['on' + event.type], this, event);
    for (i = 0; i < list.length && !event.stopped; i++) {
      if (list[i].type === event.type && !list[i].gone) {
        if (list[i].once) {
          removeEventListener.call(this, event.type, list[i].listener);
        }
        call(list[i].listener, this, event);
      }
    }
    return !event.defaultPrevented;
  }

  return {
    make: make,
    mixInto: function (prototype) {
      prototype.addEventListener = addEventListener;
      prototype.removeEventListener = removeEventListener;
      prototype.dispatchEvent = dispatchEvent;
    }
  };
}());
