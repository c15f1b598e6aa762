// What stands around the messages: rooms, people, the state of the connection, the welcome, the drawer of small screens.
//
// `actions` are what the visitor can do: join(room), forget(room), rename(name), use(transport), retry().
Chat.createView = function (actions, avatar) {
  var dom = Chat.dom;
  var byId = dom.byId;
  var app = byId('app');
  var transportNames = {open: 'The first request', websocket: 'WebSocket', flash: 'Flash socket', xhr_stream: 'XHR streaming', eventsource: 'EventSource',
    forever_frame: 'Forever frame', xhr_poll: 'XHR polling', jsonp: 'Script tags',
    multipart: 'Multipart', json_request: 'JSONRequest', poll: 'Plain polling'};
  var said = '';
  var lines = {}; // of the rooms, by 'r' and name

  function transportName(name) {
    return transportNames.hasOwnProperty(name) ? transportNames[name] : name;
  }

  function show(element, wanted) {
    dom.setClass(element, 'shown', wanted);
  }

  // Says something to screen readers, once.
  function announce(text) {
    if (text !== said) {
      said = text;
      dom.setText(byId('announce'), text);
    }
  }

  // On a small screen the side is a drawer over the talk, which is out of reach while the drawer is open.
  function isDrawer() {
    return byId('open-menu').offsetWidth > 0;
  }

  function isMenuOpen() {
    return / menu /.test(' ' + app.className + ' ');
  }

  function setMenu(open) {
    dom.setClass(app, 'menu', open);
    byId('talk').inert = open;
    byId('open-menu').setAttribute('aria-expanded', String(open));
  }

  // Takes the visitor to something of the side.
  function openAt(element) {
    setMenu(isDrawer());
    element.focus();
  }

  function closeMenu() {
    if (isMenuOpen()) {
      setMenu(false);
      byId('open-menu').focus();
    }
  }

  // The line of a room. Its elements stay while the room is listed: drawing them anew between the press and the release of
  // a button would swallow the click, and take the focus away.
  function roomLine(name) {
    var number = dom.make('span', '');
    var meaning = dom.make('span', 'quiet');
    var link = dom.make('a', '', [dom.make('span', 'hash', '#'), dom.make('span', 'label', name), number, meaning]);
    link.href = '#' + encodeURIComponent(name);
    dom.on(link, 'click', function (event) {
      event.preventDefault();
      actions.join(name);
    });
    return {item: dom.make('li', '', link), link: link, number: number, meaning: meaning, forget: forgetButton(name)};
  }

  function fillRoomLine(line, current, unread, count, canForget) {
    var people = count === 1 ? '1 person there' : count + ' people there';
    dom.setClass(line.item, 'current', current);
    dom.setClass(line.item, 'unread', unread > 0 && !current);
    dom.setClass(line.number, 'badge', unread > 0);
    dom.setClass(line.number, 'count', unread === 0 && count > 0);
    dom.setText(line.number, unread > 99 ? '99+' : unread > 0 ? String(unread) : count > 0 ? String(count) : '');
    dom.setText(line.meaning, unread > 0 ? ' unread' : count > 0 ? people.replace(/^[0-9]+/, '') : '');
    line.link.title = unread === 0 && count > 0 ? people : '';
    if (current) {
      line.link.setAttribute('aria-current', 'page');
    } else {
      line.link.removeAttribute('aria-current');
    }
    if (canForget !== (line.item.lastChild === line.forget)) {
      if (canForget) {
        line.item.appendChild(line.forget);
      } else {
        line.item.removeChild(line.forget);
      }
    }
  }

  // "Ann", "Ann and Bo", "Ann, Bo and Cy", "Ann, Bo, Cy and 4 more"
  function list(names) {
    var few = names.slice(0, names.length === 4 ? 4 : 3);
    if (names.length > few.length) {
      return few.join(', ') + ' and ' + (names.length - few.length) + ' more';
    }
    return few.length < 2 ? few.join('') : few.slice(0, -1).join(', ') + ' and ' + few[few.length - 1];
  }

  dom.on(byId('open-menu'), 'click', function () {
    openAt(byId('close-menu'));
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
  });
  dom.on(byId('pill'), 'click', function () {
    openAt(byId('transport'));
  });
  dom.on(byId('change-name'), 'click', function () {
    openAt(byId('name'));
    byId('name').select();
  });
  // Not as a link to "#text", which would be a room.
  dom.on(byId('skip'), 'click', function (event) {
    event.preventDefault();
    byId('text').focus();
  });
  dom.on(byId('room-form'), 'submit', function (event) {
    event.preventDefault();
    if (Chat.protocol.cleanRoom(byId('room-name').value)) {
      actions.join(Chat.protocol.cleanRoom(byId('room-name').value));
      byId('room-name').value = '';
    }
  });
  dom.on(byId('name-form'), 'submit', function (event) {
    event.preventDefault();
    actions.rename(byId('name').value);
  });
  dom.on(byId('name'), 'blur', function () {
    actions.rename(byId('name').value);
  });
  dom.on(byId('name'), 'oninput' in byId('name') ? 'input' : 'keyup', function () {
    show(byId('save-name'), true);
  });
  // A choice for old browsers: others have no Flash Player.
  if (!window.ActiveXObject && !(navigator.mimeTypes && navigator.mimeTypes['application/x-shockwave-flash'])) {
    byId('transport').remove(2);
  }
  dom.on(byId('transport'), 'change', function () {
    actions.use(byId('transport').value);
  });
  dom.on(byId('retry'), 'click', actions.retry);

  return {
    announce: announce,
    list: list,

    closeMenu: closeMenu,

    rooms: function (model, current) {
      var target = byId('rooms');
      var all = model.rooms();
      var elsewhere = model.unread() - (model.room(current) ? model.room(current).unread : 0);
      var key, i, line, isCurrent;
      for (key in lines) {
        if (lines.hasOwnProperty(key) && !model.room(key.substring(1))) {
          target.removeChild(lines[key].item);
          delete lines[key];
        }
      }
      for (i = 0; i < all.length; i++) {
        line = lines['r' + all[i].name] = lines['r' + all[i].name] || roomLine(all[i].name);
        isCurrent = all[i].name === current;
        fillRoomLine(line, isCurrent, all[i].unread, model.peopleIn(all[i].name).length + (isCurrent ? 1 : 0),
          i > 0 && all[i].visited && !isCurrent);
        if (line.item.parentNode !== target) {
          target.appendChild(line.item); // rooms are only ever added behind the others
        }
      }
      dom.setText(byId('menu-badge'), elsewhere > 99 ? '99+' : elsewhere > 0 ? String(elsewhere) : '');
      show(byId('menu-badge'), elsewhere > 0);
    },

    people: function (model, current, me) {
      var target = byId('people');
      var others = model.peopleIn(current);
      var names = [];
      var i;
      dom.clear(target);
      target.appendChild(dom.make('li', 'me', [avatar(me.id, me.name), dom.make('span', 'label', me.name), dom.make('span', 'count', 'you')]));
      for (i = 0; i < others.length; i++) {
        names.push(others[i].name);
        target.appendChild(dom.make('li', '', [avatar(others[i].id, others[i].name), dom.make('span', 'label', others[i].name)]));
      }
      dom.setText(byId('people-title'), 'Here (' + (others.length + 1) + ')');
      dom.setText(byId('room-title'), '#' + current);
      dom.setText(byId('room-people'), others.length === 0 ? 'only you are here' : list(names.concat(['you'])));
    },

    // What an empty room says to whoever comes in.
    welcome: function (model, current, me) {
      var room = model.room(current);
      var others = model.peopleIn(current);
      var names = [];
      var empty = true;
      var i;
      for (i = 0; room && i < room.items.length; i++) {
        empty = empty && room.items[i].kind !== 'say';
      }
      for (i = 0; i < others.length; i++) {
        names.push(others[i].name);
      }
      show(byId('welcome'), empty);
      dom.setText(byId('welcome-title'), 'Welcome to #' + current);
      dom.setText(byId('welcome-name'), me.name);
      dom.setText(byId('welcome-people'), others.length === 0 ?
        'Nobody else is here yet. Open this page in a second tab or another browser, and the two of you can talk.' :
        list(names) + (others.length === 1 ? ' is' : ' are') + ' here. Write the first message.');
      show(byId('second-tab'), others.length === 0);
      byId('second-tab').href = window.location.href.replace(/#.*$/, '') + '#' + encodeURIComponent(current);
    },

    typing: function (names) {
      dom.setText(byId('typing'), names.length === 0 ? '\u00a0' :
        names.length > 3 ? 'Several people are typing\u2026' : list(names) + (names.length === 1 ? ' is' : ' are') + ' typing\u2026');
      dom.setClass(byId('typing'), 'busy', names.length > 0);
    },

    title: function (unread, current) {
      var title = (unread > 0 ? '(' + unread + ') ' : '') + '#' + current + ' \u00b7 Encke chat';
      if (document.title !== title) {
        document.title = title;
      }
    },

    name: function (name) {
      byId('name').value = name;
      show(byId('save-name'), false);
    },

    connection: function (state) {
      var target = byId('report');
      var phase = state.phase;
      var offline = window.navigator.onLine === false ? ' This device is offline.' : '';
      var lost = phase !== 'open' && (state.everOpen || phase === 'waiting');
      var text = phase === 'open' ? transportName(state.transport) : phase === 'connecting' ? 'Connecting' : 'Not connected';
      var i, entry;
      dom.byId('dot').className = phase;
      dom.setText(byId('pill-text'), text);
      show(byId('pill-label'), phase === 'open');
      show(byId('banner'), lost);
      dom.setText(byId('banner-text'), phase === 'waiting' ? 'Not connected; trying again in ' + state.seconds + ' s.' + offline +
        ' What you write is sent when the connection is back.' : 'Connecting again\u2026');
      show(byId('retry'), phase === 'waiting');
      byId('banner').title = state.reason;
      announce(phase === 'open' ? 'Connected by ' + text : lost ? 'Not connected; trying again.' : 'Connecting.');
      dom.clear(target);
      for (i = 0; i < state.report.length; i++) {
        entry = state.report[i];
        target.appendChild(dom.make('li', entry.outcome === 'in use' ? 'good' : 'bad', entry.outcome === 'in use' ?
          transportName(entry.transport) + ' got through in ' + entry.milliseconds + ' ms' :
          transportName(entry.transport) + ' ' + entry.outcome + ': ' + entry.reason));
      }
    }
  };

  function forgetButton(name) {
    var button = dom.button('forget', '\u00d7', function () {
      actions.forget(name);
    });
    button.title = 'Take #' + name + ' off the list';
    button.setAttribute('aria-label', button.title);
    return button;
  }
};
