// Events: what multiplexed objects have of the DOM's EventTarget. A handler in an on... property is called before the listeners.

function makeError(name, code, message) {
  var error;
  try {
    return new DOMException(message, name);
  } catch (e) {
    error = new Error(message);
  }
  error.name = name;
  error.code = code;
  return error;
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

// An exception of the page's goes where those of handlers go, and stops nothing here.
function callHandler(handler, self, event) {
  try {
    handler.call(self, event);
  } catch (e) {
    setTimeout(function () {
      throw e;
    }, 0);
  }
}

var eventTarget = {
  addEventListener: function (type, listener, options) {
    var list = this.listeners_;
    if (listener && find(list, type, listener) < 0) {
      list.push({type: type, listener: listener, once: !!(options && options.once)});
    }
  },

  removeEventListener: function (type, listener) {
    var at = find(this.listeners_, type, listener);
    if (at >= 0) {
      this.listeners_.splice(at, 1);
    }
  },

  dispatchEvent: function (event) {
    var self = this;
    var list = self.listeners_.slice(0);
    var handler = self['on' + event.type];
    var i;
    if (typeof handler === 'function') {
      callHandler(handler, self, event);
    }
    for (i = 0; i < list.length; i++) {
      if (list[i].type === event.type && find(self.listeners_, event.type, list[i].listener) >= 0) {
        if (list[i].once) {
          self.removeEventListener(event.type, list[i].listener);
        }
        handler = list[i].listener;
        callHandler(handler.handleEvent || handler, handler.handleEvent ? handler : self, event);
      }
    }
    return !event.defaultPrevented;
  }
};

function copyInto(object, more) {
  var name;
  for (name in more) {
    if (Object.prototype.hasOwnProperty.call(more, name)) {
      object[name] = more[name];
    }
  }
  return object;
}

function tell(target, type, properties) {
  target.dispatchEvent(copyInto({type: type, target: target, currentTarget: target, bubbles: false, cancelable: false,
    defaultPrevented: false, eventPhase: 0, timeStamp: new Date().getTime(), preventDefault: function () {}, stopPropagation: function () {},
    stopImmediatePropagation: function () {}}, properties));
}
