// What stands around the messages: rooms, people, the state of the connection, the welcome, the drawer of small screens.
//
// `actions` are what the visitor can do: join(room), forget(room), rename(name), use(transport), retry().
Chat.createView = function (actions, avatar) {
  var dom = Chat.dom;
  var byId = dom.byId;
  var app = byId('app');
  var transportNames = {info: 'The first request', websocket: 'WebSocket', xhr_stream: 'XHR streaming', xhr_poll: 'XHR polling'};
  var said = '';

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

  function toggleMenu(open) {
    dom.setClass(app, 'menu', open);
    byId('open-menu').setAttribute('aria-expanded', String(open));
    byId(open ? 'close-menu' : 'open-menu').focus();
  }

  function roomLink(room, current, count) {
    var link = dom.make('a', '', [dom.make('span', 'hash', '#'), dom.make('span', 'label', room.name)]);
    link.href = '#' + encodeURIComponent(room.name);
    if (current) {
      link.setAttribute('aria-current', 'page');
    }
    if (room.unread > 0) {
      link.appendChild(dom.make('span', 'badge', room.unread > 99 ? '99+' : String(room.unread)));
      link.appendChild(dom.make('span', 'quiet', ' unread'));
    } else if (count > 0) {
      link.title = count === 1 ? '1 person there' : count + ' people there';
      link.appendChild(dom.make('span', 'count', String(count)));
      link.appendChild(dom.make('span', 'quiet', count === 1 ? ' person there' : ' people there'));
    }
    dom.on(link, 'click', function (event) {
      event.preventDefault();
      actions.join(room.name);
    });
    return link;
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
    toggleMenu(true);
  });
  dom.on(byId('close-menu'), 'click', function () {
    toggleMenu(false);
  });
  dom.on(byId('shade'), 'click', function () {
    toggleMenu(false);
  });
  dom.on(document, 'keydown', function (event) {
    if (event.keyCode === 27 && / menu /.test(' ' + app.className + ' ')) {
      toggleMenu(false);
    }
  });
  dom.on(byId('pill'), 'click', function () {
    dom.setClass(app, 'menu', true);
    byId('transport').focus();
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
  dom.on(byId('transport'), 'change', function () {
    actions.use(byId('transport').value);
  });
  dom.on(byId('retry'), 'click', actions.retry);

  return {
    announce: announce,
    list: list,

    closeMenu: function () {
      dom.setClass(app, 'menu', false);
      byId('open-menu').setAttribute('aria-expanded', 'false');
    },

    rooms: function (model, current) {
      var target = byId('rooms');
      var all = model.rooms();
      var elsewhere = model.unread() - (model.room(current) ? model.room(current).unread : 0);
      var i, item, hadFocus;
      hadFocus = document.activeElement && document.activeElement.href;
      dom.clear(target);
      for (i = 0; i < all.length; i++) {
        item = dom.make('li', all[i].name === current ? 'current' : all[i].unread > 0 ? 'unread' : '',
          roomLink(all[i], all[i].name === current, model.peopleIn(all[i].name).length + (all[i].name === current ? 1 : 0)));
        if (i > 0 && all[i].visited && all[i].name !== current) {
          item.appendChild(forgetButton(all[i].name));
        }
        target.appendChild(item);
        if (hadFocus && item.firstChild.href === hadFocus) {
          item.firstChild.focus();
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
      var target = byId('welcome');
      var room = model.room(current);
      var others = model.peopleIn(current);
      var names = [];
      var empty = true;
      var i, again, icon;
      for (i = 0; room && i < room.items.length; i++) {
        empty = empty && room.items[i].kind !== 'say';
      }
      show(target, empty);
      dom.clear(target);
      if (!empty) {
        return;
      }
      for (i = 0; i < others.length; i++) {
        names.push(others[i].name);
      }
      icon = dom.make('img', '');
      icon.src = 'icon.svg';
      icon.alt = '';
      icon.width = icon.height = 56;
      target.appendChild(icon);
      target.appendChild(dom.make('h3', '', 'Welcome to #' + current));
      target.appendChild(dom.make('p', '', ['You are ', dom.make('strong', '', me.name), '. ',
        dom.button('link', 'Change your name', function () {
          dom.setClass(app, 'menu', true);
          byId('name').focus();
          byId('name').select();
        })]));
      if (others.length > 0) {
        target.appendChild(dom.make('p', '', [dom.make('strong', '', list(names)), (others.length === 1 ? ' is' : ' are') +
          ' here. Write the first message.']));
      } else {
        target.appendChild(dom.make('p', '', 'Nobody else is here yet. Open this page in a second tab or another browser, and ' +
          'the two of you can talk.'));
        again = dom.make('a', 'action main', 'Open a second tab');
        again.href = window.location.href.replace(/#.*$/, '') + '#' + encodeURIComponent(current);
        again.target = '_blank';
        again.rel = 'noopener';
        target.appendChild(again);
      }
      target.appendChild(dom.make('p', 'aside', 'Messages go over the best connection that your browser and network allow. ' +
        'Under \u201cConnect by\u201d you can try the others: the chat stays the same.'));
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
