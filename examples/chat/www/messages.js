// The list of messages: draws a room, adds a line, and scrolls only when the reader is at the end anyway.
Chat.createMessages = function (limits) {
  var dom = Chat.dom;
  var scroll = dom.byId('scroll');
  var list = dom.byId('messages');
  var jump = dom.byId('jump');
  var nearEnd = 60; // pixels from the end that still count as reading the end
  var groupMs = 5 * 60000;
  var shown = null; // the room on view
  var last = null; // its last item that is on view
  var following = true;
  var missed = 0;
  var divider = null;
  var nodes = {}; // of pending items, by key

  function atEnd() {
    return last === null || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < nearEnd;
  }

  // Where nothing was said yet there is only the welcome, which begins at its top.
  function toEnd() {
    scroll.scrollTop = last === null ? 0 : scroll.scrollHeight;
    following = true;
    missed = 0;
    showJump();
  }

  function showJump() {
    dom.setClass(jump, 'shown', missed > 0 || !following);
    dom.setText(jump, missed > 0 ? missed + (missed === 1 ? ' new message \u2193' : ' new messages \u2193') :
      'To the newest \u2193');
  }

  function two(number) {
    return number < 10 ? '0' + number : String(number);
  }

  function clock(time) {
    var date = new Date(time);
    return two(date.getHours()) + ':' + two(date.getMinutes());
  }

  function day(time) {
    return new Date(time).toDateString();
  }

  function initials(name) {
    var words = name.split(' ');
    var first = /^([\ud800-\udbff][\udc00-\udfff]|[\s\S])/;
    var one = first.exec(words[0]);
    var two = words.length > 1 ? first.exec(words[words.length - 1]) : null;
    return ((one ? one[0] : '') + (two ? two[0] : '')).toUpperCase();
  }

  // A colour for a person: the same in every place and on every page.
  function hue(id) {
    var sum = 0;
    var i;
    for (i = 0; i < id.length; i++) {
      sum = (sum * 31 + id.charCodeAt(i)) % 8191;
    }
    return 'hue' + sum % 8;
  }

  function avatar(id, name) {
    var element = dom.make('span', 'avatar ' + hue(id), initials(name));
    element.setAttribute('aria-hidden', 'true');
    return element;
  }

  function continues(item) {
    return last !== null && last.kind === 'say' && last.id === item.id && last.name === item.name &&
      item.time - last.time < groupMs && divider !== list.lastChild;
  }

  function drawSay(item) {
    var joined = continues(item);
    var time = dom.make('span', 'time', clock(item.time));
    var name = dom.make('span', 'name ' + hue(item.id), item.own ? 'You' : item.name);
    var who = dom.make('div', 'who' + (joined ? ' quiet' : ''), joined ? [name, ' ', time] :
      [avatar(item.id, item.name), name, ' ', time]);
    var bubble = dom.make('div', 'bubble', dom.linked(item.text));
    var node = dom.make('div', 'say' + (item.own ? ' own' : '') + (joined ? ' joined' : '') + (item.pending ? ' pending' : ''),
      [who, bubble]);
    bubble.title = new Date(item.time).toLocaleString();
    if (item.pending) {
      node.appendChild(dom.make('div', 'state', 'sending\u2026'));
      nodes['k' + item.key] = node;
    }
    return node;
  }

  function draw(item) {
    if (last !== null && day(last.time) !== day(item.time)) {
      list.appendChild(dom.make('div', 'note day', day(item.time)));
    }
    list.appendChild(item.kind === 'say' ? drawSay(item) : dom.make('div', 'note', item.text));
    last = item;
  }

  function drop() {
    var before = scroll.scrollHeight;
    while (list.childNodes.length > limits.items + 10) {
      if (list.firstChild === divider) {
        divider = null;
      }
      list.removeChild(list.firstChild);
    }
    if (!following) {
      scroll.scrollTop -= before - scroll.scrollHeight;
    }
  }

  function removeDivider() {
    if (divider && divider.parentNode) {
      divider.parentNode.removeChild(divider);
    }
    divider = null;
  }

  function addDivider() {
    removeDivider();
    divider = dom.make('div', 'divider', dom.make('span', '', 'New'));
    list.appendChild(divider);
  }

  dom.on(scroll, 'scroll', function () {
    following = atEnd();
    if (following) {
      missed = 0;
    }
    showJump();
  });
  dom.on(jump, 'click', toEnd);
  // What stands below grew or shrank, a keyboard came up: that must not hide the newest.
  function settle() {
    if (following) {
      toEnd();
    }
  }

  dom.on(window, 'resize', settle);

  return {
    avatar: avatar,

    // Shows a room from its first line, with a mark before the messages that are unread.
    show: function (room) {
      var unread = room.unread;
      var first = room.items.length;
      var i;
      while (unread > 0 && first > 0) {
        first--;
        if (room.items[first].kind === 'say' && !room.items[first].own) {
          unread--;
        }
      }
      shown = room;
      last = null;
      nodes = {};
      divider = null;
      dom.clear(list);
      for (i = 0; i < room.items.length; i++) {
        if (i === first) {
          addDivider();
        }
        draw(room.items[i]);
      }
      toEnd();
      if (divider) {
        scroll.scrollTop = Math.max(0, divider.offsetTop - 40);
        following = atEnd();
        showJump();
      }
    },

    // A new line of the room on view; `away` when the visitor looks elsewhere.
    add: function (item, away) {
      var follow = following;
      if (item.kind === 'say' && !item.own && away && divider === null) {
        addDivider();
      }
      if (item.own) {
        removeDivider();
      }
      draw(item);
      drop();
      if (follow || item.own) {
        toEnd();
      } else if (item.kind === 'say') {
        missed++;
        showJump();
      }
    },

    delivered: function (item) {
      var node = nodes['k' + item.key];
      delete nodes['k' + item.key];
      if (node) {
        dom.setClass(node, 'pending', false);
        node.removeChild(node.lastChild);
      }
    },

    isShown: function (room) {
      return shown === room;
    },

    seesEnd: function () {
      return following;
    },

    settle: settle
  };
};
