// What is on the screen: channels, people, lines, the state of the connection, the drawer of small screens.
//
// `actions` are what the user can do: show(room), part(room), talkTo(nick), retry().
Irc.createView = function (model, actions) {
  var dom = Chat.dom;
  var byId = dom.byId;
  var nearEnd = 40; // pixels from the end that still count as reading the end
  var most = 500;
  var scroll = byId('scroll');
  var list = byId('messages');
  var following = true;
  var mostPeople = 500;
  var drawn = {}; // what the lists show, by their ids
  var said = '';

  function show(element, wanted) {
    dom.setClass(element, 'shown', wanted);
  }

  function announce(text) {
    if (text !== said) {
      said = text;
      dom.setText(byId('announce'), text);
    }
  }

  // A colour for a nick: the same in every room and on every page.
  function hue(nick) {
    var folded = Irc.lines.fold(nick);
    var sum = 0;
    var i;
    for (i = 0; i < folded.length; i++) {
      sum = (sum * 31 + folded.charCodeAt(i)) % 8191;
    }
    return 'hue' + sum % 8;
  }

  function two(number) {
    return number < 10 ? '0' + number : String(number);
  }

  function clock(time) {
    var date = new Date(time);
    return two(date.getHours()) + ':' + two(date.getMinutes());
  }

  function atEnd() {
    return scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < nearEnd;
  }

  function toEnd() {
    scroll.scrollTop = scroll.scrollHeight;
    following = true;
    show(byId('jump'), false);
  }

  function draw(item) {
    var body = dom.make('span', 'body', dom.linked(item.text));
    var sign = item.kind === 'action' ? '* ' : '';
    var nick = dom.make('span', 'nick ' + hue(item.nick), item.nick ? sign + item.nick : '');
    var node = dom.make('div', 'line is-' + item.kind + (item.mentions ? ' mentions' : ''),
      [dom.make('span', 'time', clock(item.time)), ' ', nick, ' ', body]);
    nick.title = item.nick;
    list.appendChild(node);
    while (list.childNodes.length > most) {
      list.removeChild(list.firstChild);
    }
  }

  function isDrawer() {
    return byId('open-menu').offsetWidth > 0;
  }

  function isMenuOpen() {
    return / menu /.test(' ' + byId('app').className + ' ');
  }

  function setMenu(open) {
    dom.setClass(byId('app'), 'menu', open);
    byId('talk').inert = open;
    byId('open-menu').setAttribute('aria-expanded', String(open));
  }

  function closeMenu() {
    if (isMenuOpen()) {
      setMenu(false);
      byId('text').focus();
    }
  }

  dom.on(byId('open-menu'), 'click', function () {
    setMenu(true);
    byId('close-menu').focus();
  });
  dom.on(byId('close-menu'), 'click', closeMenu);
  dom.on(byId('shade'), 'click', closeMenu);
  dom.on(document, 'keydown', function (event) {
    if (event.keyCode === 27) {
      closeMenu();
    }
  });
  dom.on(window, 'resize', function () {
    if (isMenuOpen() && !isDrawer()) {
      setMenu(false);
    }
    if (following) {
      toEnd();
    }
  });
  dom.on(scroll, 'scroll', function () {
    following = atEnd();
    show(byId('jump'), !following);
  });
  dom.on(byId('jump'), 'click', toEnd);
  dom.on(byId('retry'), 'click', actions.retry);
  dom.on(byId('skip'), 'click', function (event) {
    event.preventDefault();
    byId('text').focus();
  });

  function roomLine(room, current) {
    var name = room.kind === 'channel' ? room.name.substring(1) : room.name;
    var number = dom.make('span', room.unread > 0 ? 'badge' : '', room.unread > 99 ? '99+' : room.unread > 0 ? String(room.unread) : '');
    var link = dom.make('a', '', [dom.make('span', 'hash', room.kind === 'channel' ? room.name.charAt(0) : '#'), dom.make('span', 'label', name), number]);
    var item = dom.make('li', room.kind + (room === current ? ' current' : '') + (room.unread > 0 ? ' unread' : ''), link);
    var forget;
    link.href = '#' + encodeURIComponent(room.name);
    if (room === current) {
      link.setAttribute('aria-current', 'page');
    }
    // On the press, since the list may be drawn anew before the release; a click is what the keyboard makes.
    dom.on(link, 'mousedown', function () {
      actions.show(room);
    });
    dom.on(link, 'click', function (event) {
      event.preventDefault();
      actions.show(room);
      closeMenu();
    });
    if (room.kind !== 'server') {
      forget = dom.button('forget', '\u00d7', function () {
        actions.part(room);
      });
      forget.setAttribute('aria-label', 'Leave ' + room.name);
      item.appendChild(forget);
    }
    return item;
  }

  function personLine(member) {
    var button = dom.button('', [dom.make('span', 'rank', member.rank || '\u00a0'), dom.make('span', hue(member.nick), member.nick)], function () {
      actions.talkTo(member.nick);
      closeMenu();
    });
    button.title = 'Talk to ' + member.nick;
    return dom.make('li', '', button);
  }

  // Draws a list anew where it has changed: its elements stay else, with the focus and a click that has begun. The focus goes to
  // the element that now stands in that place.
  function drawList(element, sign, fill) {
    var own, i, focused;
    if (drawn[element.id] === sign) {
      return;
    }
    drawn[element.id] = sign;
    own = element.getElementsByTagName('*');
    for (i = 0; i < own.length; i++) {
      if (own[i] === document.activeElement) {
        focused = i;
      }
    }
    dom.clear(element);
    fill(element);
    if (focused !== undefined && own[focused]) {
      own[focused].focus();
    }
  }

  return {
    announce: announce,

    lists: function (current) {
      var rooms = model.rooms();
      var people = model.people(current);
      var elsewhere = 0;
      var roomsSign = current.name;
      var peopleSign = '';
      var i;
      for (i = 0; i < rooms.length; i++) {
        roomsSign += '\n' + rooms[i].name + ' ' + rooms[i].unread;
        elsewhere += rooms[i].unread;
      }
      for (i = 0; i < people.length; i++) {
        peopleSign += '\n' + people[i].rank + people[i].nick;
      }
      drawList(byId('rooms'), roomsSign, function (target) {
        for (i = 0; i < rooms.length; i++) {
          target.appendChild(roomLine(rooms[i], current));
        }
      });
      drawList(byId('people'), peopleSign, function (target) {
        for (i = 0; i < people.length && i < mostPeople; i++) {
          target.appendChild(personLine(people[i]));
        }
        if (people.length > mostPeople) {
          target.appendChild(dom.make('li', '', 'and ' + (people.length - mostPeople) + ' more'));
        }
      });
      show(byId('menu-badge'), elsewhere > 0);
      dom.setText(byId('menu-badge'), elsewhere > 99 ? '99+' : String(elsewhere));
      byId('people-title').style.display = current.kind === 'channel' ? '' : 'none';
      dom.setText(byId('people-title'), 'Here (' + people.length + ')');
      dom.setText(byId('room-title'), current.name);
      dom.setText(byId('room-people'), current.topic || (current.kind === 'talk' ? 'Between the two of you' : current.kind === 'server' ?
        'What the server says' : 'No topic'));
      byId('room-people').title = current.topic;
      dom.setText(byId('own-nick'), model.me.nick || 'you');
      byId('own-nick').className = hue(model.me.nick);
      document.title = (elsewhere > 0 ? '(' + elsewhere + ') ' : '') + current.name + ' \u00b7 Encke IRC';
    },

    room: function (room) {
      var i;
      dom.clear(list);
      for (i = 0; i < room.items.length; i++) {
        draw(room.items[i]);
      }
      toEnd();
    },

    add: function (item) {
      draw(item);
      if (following || item.own) {
        toEnd();
      }
    },

    seesEnd: function () {
      return following;
    },

    page: function (by) {
      scroll.scrollTop += by * scroll.clientHeight * 0.8;
    },

    // The form to come in, with what is wrong with the last try.
    login: function (wanted, wrong) {
      show(byId('login'), wanted);
      byId('app').inert = wanted;
      dom.setText(byId('login-wrong'), wrong || '');
      byId(wanted ? 'nick' : 'text').focus();
    },

    connection: function (state) {
      var lost = state.phase !== 'open';
      byId('dot').className = state.phase;
      dom.setText(byId('pill-text'), state.phase === 'open' ? 'Connected' : state.phase === 'connecting' ? 'Connecting' : 'Not connected');
      byId('pill').title = state.transport ? 'by ' + state.transport : '';
      show(byId('banner'), lost && (state.everOpen || state.phase === 'waiting'));
      dom.setText(byId('banner-text'), state.phase === 'waiting' ? 'Not connected (' + state.reason + '); trying again in ' + state.seconds + ' s.' :
        'Connecting again\u2026');
      show(byId('retry'), state.phase === 'waiting');
      announce(lost ? 'Not connected' : 'Connected');
    }
  };
};
