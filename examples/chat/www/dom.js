// Small helpers over the DOM that work from Internet Explorer 6 on. Text from elsewhere only ever becomes text nodes.
var Chat = {};

Chat.dom = (function () {
  function byId(id) {
    return document.getElementById(id);
  }

  // Calls listener(event) with target and preventDefault() in place in every browser.
  function on(element, type, listener) {
    if (element.addEventListener) {
      element.addEventListener(type, listener, false);
    } else if (element.attachEvent) {
      element.attachEvent('on' + type, function () {
        var event = window.event;
        event.target = event.srcElement;
        event.preventDefault = function () {
          event.returnValue = false;
        };
        listener(event);
      });
    }
  }

  function clear(element) {
    while (element.firstChild) {
      element.removeChild(element.firstChild);
    }
  }

  // Replaces what is in an element by a text, and leaves it alone when it says that already.
  function setText(element, text) {
    var first = element.firstChild;
    if (first && first.nodeType === 3 && first === element.lastChild) {
      if (first.nodeValue !== text) {
        first.nodeValue = text;
      }
    } else {
      clear(element);
      element.appendChild(document.createTextNode(text));
    }
  }

  // An element with a class and children, each of them a string or a node.
  function make(tag, className, children) {
    var element = document.createElement(tag);
    var list = children === undefined ? [] : children;
    var i;
    if (className) {
      element.className = className;
    }
    if (typeof list === 'string' || list.nodeType) {
      list = [list];
    }
    for (i = 0; i < list.length; i++) {
      element.appendChild(typeof list[i] === 'string' ? document.createTextNode(list[i]) : list[i]);
    }
    return element;
  }

  function button(className, label, pressed) {
    var element = make('button', className, label);
    element.setAttribute('type', 'button');
    on(element, 'click', pressed);
    return element;
  }

  function setClass(element, name, wanted) {
    var kept = (' ' + element.className + ' ').split(' ' + name + ' ').join(' ').replace(/^\s+|\s+$/g, '');
    var result = wanted ? (kept ? kept + ' ' + name : name) : kept;
    if (element.className !== result) {
      element.className = result;
    }
  }

  // What a text says, as nodes: its lines, and its web addresses as links.
  function linked(text) {
    var nodes = [];
    var lines = text.split('\n');
    var address = /https?:\/\/[^\s<>"'`\\]+/g;
    var i, from, match, shown, link;
    for (i = 0; i < lines.length; i++) {
      if (i > 0) {
        nodes.push(document.createElement('br'));
      }
      from = 0;
      address.lastIndex = 0;
      while ((match = address.exec(lines[i])) !== null) {
        shown = match[0].replace(/[.,;:!?)\]}]+$/, '');
        if (/^https?:\/\/[^\/?#]+/.test(shown)) {
          link = make('a', '', shown);
          link.href = shown;
          link.target = '_blank';
          link.rel = 'noopener noreferrer nofollow';
          nodes.push(document.createTextNode(lines[i].substring(from, match.index)), link);
          from = match.index + shown.length;
          address.lastIndex = from;
        }
      }
      nodes.push(document.createTextNode(lines[i].substring(from)));
    }
    return nodes;
  }

  // What is remembered between visits (or, with `window.sessionStorage`, in this tab); '' where nothing is, or the browser
  // forbids it.
  function recall(storage, key) {
    try {
      return window[storage].getItem('encke-chat-' + key) || '';
    } catch (e) {
      return ''; // no storage in this browser, or the visitor has switched it off
    }
  }

  function remember(storage, key, value) {
    try {
      window[storage].setItem('encke-chat-' + key, value);
    } catch (e) {
      return; // as above, or it is full: the chat works without
    }
  }

  return {byId: byId, on: on, clear: clear, setText: setText, make: make, button: button, setClass: setClass,
    linked: linked, recall: recall, remember: remember};
}());
