// Small helpers over the DOM, from Internet Explorer 8 on. Text from elsewhere only ever becomes text nodes.
var Help = {};

Help.dom = (function () {
  // Calls listener(event) with preventDefault() in place in every browser.
  function on(element, type, listener) {
    if (element.addEventListener) {
      element.addEventListener(type, listener, false);
    } else {
      element.attachEvent('on' + type, function () {
        var event = window.event;
        event.preventDefault = function () {
          event.returnValue = false;
        };
        listener(event);
      });
    }
  }

  function setText(element, text) {
    var first = element.firstChild;
    if (first && first.nodeType === 3 && first === element.lastChild) {
      if (first.nodeValue !== text) {
        first.nodeValue = text;
      }
      return;
    }
    while (element.firstChild) {
      element.removeChild(element.firstChild);
    }
    element.appendChild(document.createTextNode(text));
  }

  // The same with line breaks where the text has them.
  function setLines(element, text) {
    var lines = text.split('\n');
    var i;
    setText(element, lines[0]);
    for (i = 1; i < lines.length; i++) {
      element.appendChild(document.createElement('br'));
      element.appendChild(document.createTextNode(lines[i]));
    }
  }

  // An element with attributes and children, each of those a string or a node.
  function make(tag, attributes, children) {
    var element = document.createElement(tag);
    var list = children || [];
    var name, i;
    for (name in attributes) {
      if (name === 'className') {
        element.className = attributes[name];
      } else {
        element.setAttribute(name, attributes[name]);
      }
    }
    for (i = 0; i < list.length; i++) {
      element.appendChild(typeof list[i] === 'string' ? document.createTextNode(list[i]) : list[i]);
    }
    return element;
  }

  function show(element, wanted) {
    element.style.display = wanted ? '' : 'none';
  }

  return {on: on, setText: setText, setLines: setLines, make: make, show: show};
}());
