// The web's IRC: joins the parts, registers at the server, and acts on keys.
(function () {
  var dom = Chat.dom;
  var lines = Irc.lines;
  var input = dom.byId('text');
  var wanted = {nick: '', channels: ''};
  var registered = false;
  var leaving = false;
  var redrawTimer = null;
  var history = []; // what was typed
  var historyAt = 0;
  var completion = null; // {names, at, before, after} while Tab goes through them
  var current, model, view, link, commands, feed;

  function isAway() {
    return document.hidden === true || !!document.hasFocus && !document.hasFocus();
  }

  function send(line) {
    if (!link.send(line + '\r\n')) {
      model.note(current, 'That was not sent: there is no connection.');
    }
  }

  function redraw() {
    if (redrawTimer === null) {
      redrawTimer = window.setTimeout(function () {
        redrawTimer = null;
        view.lists(current);
      }, 30);
    }
  }

  function show(room) {
    if (room !== current) {
      current.draft = input.value;
      current = room;
      input.value = room.draft;
      view.room(room);
      view.announce('You are in ' + room.name);
    }
    markRead();
    redraw();
  }

  function markRead() {
    if (current.unread > 0 && !isAway() && view.seesEnd()) {
      current.unread = 0;
      redraw();
    }
  }

  // The room so many places further, round about.
  function step(by) {
    var rooms = model.rooms();
    var i;
    for (i = 0; i < rooms.length; i++) {
      if (rooms[i] === current) {
        show(rooms[(i + by + rooms.length) % rooms.length]);
        return;
      }
    }
  }

  // ---- the session ----------------------------------------------------------------------------------------------

  function opened() {
    registered = false;
    feed = lines.createReader(received);
    send('NICK ' + wanted.nick);
    send('USER ' + (wanted.nick.replace(/[^A-Za-z0-9]/g, '') || 'web') + ' 0 * :' + wanted.nick);
  }

  function received(line) {
    var message = lines.parse(line);
    if (!message) {
      return;
    }
    if (message.command === 'PING') {
      send('PONG :' + (message.params[0] || ''));
    } else if (!registered && (message.command === '433' || message.command === '432')) {
      refused(message.command === '433' ? wanted.nick + ' is taken. Choose another nick.' : 'The server does not take ' + wanted.nick + ' for a nick.');
    } else {
      model.received(message, current);
      if (message.command === '001') {
        entered();
      }
    }
  }

  function refused(why) {
    link.close();
    view.login(true, why);
    dom.byId('nick').select();
  }

  function entered() {
    var rooms = model.rooms();
    var again = [];
    var i;
    registered = true;
    for (i = 0; i < rooms.length; i++) {
      if (rooms[i].kind === 'channel') {
        again.push(rooms[i].name);
      }
    }
    if (again.length > 0) {
      send('JOIN ' + again.join(','));
    } else {
      commands.join(wanted.channels);
    }
  }

  function changed(state) {
    view.connection(state);
    if (state.phase === 'waiting') {
      model.lost();
      if (leaving) {
        link.close();
        leaving = false;
        view.login(true, 'You have left.');
      }
    }
  }

  // ---- what the user does ---------------------------------------------------------------------------------------

  function submit() {
    var text = input.value;
    if (!/\S/.test(text)) {
      return;
    }
    input.value = '';
    history.push(text);
    historyAt = history.length;
    leaving = /^\/quit\b/i.test(text);
    commands.take(text);
    input.focus();
  }

  function recall(by) {
    historyAt = Math.max(0, Math.min(history.length, historyAt + by));
    input.value = history[historyAt] || '';
  }

  // Goes on to the next name that begins with what stands before the caret.
  function complete() {
    var caret = typeof input.selectionStart === 'number' ? input.selectionStart : input.value.length;
    var people = model.people(current);
    var before, match, i, done;
    if (!completion) {
      before = input.value.substring(0, caret);
      match = /(^|\s)(\S+)$/.exec(before);
      completion = {names: [], at: 0, before: before, after: input.value.substring(caret)};
      if (match) {
        completion.before = before.substring(0, before.length - match[2].length);
        for (i = 0; i < people.length; i++) {
          if (lines.fold(people[i].nick).indexOf(lines.fold(match[2])) === 0) {
            completion.names.push(people[i].nick);
          }
        }
      }
    }
    if (completion.names.length > 0) {
      done = completion.before + completion.names[completion.at] + (completion.before === '' ? ': ' : ' ');
      completion.at = (completion.at + 1) % completion.names.length;
      input.value = done + completion.after;
      if (input.setSelectionRange) {
        input.setSelectionRange(done.length, done.length);
      }
      return true;
    }
    completion = null;
    return false;
  }

  function keyDown(event) {
    var key = event.keyCode;
    if (key !== 9) {
      completion = null;
    }
    if (event.isComposing) {
      return; // the key belongs to a character
    }
    if (key === 9 && !event.shiftKey && input.value !== '') {
      if (complete()) {
        event.preventDefault();
      }
    } else if ((key === 38 || key === 40) && !event.altKey && !event.ctrlKey) {
      event.preventDefault();
      recall(key === 38 ? -1 : 1);
    } else if (key === 33 || key === 34) {
      event.preventDefault();
      view.page(key === 33 ? -1 : 1);
    }
  }

  function enter() {
    wanted.nick = dom.byId('nick').value.replace(/\s/g, '');
    wanted.channels = dom.byId('channels').value;
    if (wanted.nick === '') {
      view.login(true, 'You need a nick.');
      return;
    }
    dom.remember('localStorage', 'irc-nick', wanted.nick);
    dom.remember('localStorage', 'irc-channels', wanted.channels);
    model.me.nick = wanted.nick;
    view.login(false);
    link.connect();
  }

  function listen() {
    dom.on(dom.byId('login-form'), 'submit', function (event) {
      event.preventDefault();
      enter();
    });
    dom.on(dom.byId('composer'), 'submit', function (event) {
      event.preventDefault();
      submit();
    });
    dom.on(dom.byId('room-form'), 'submit', function (event) {
      event.preventDefault();
      commands.join(dom.byId('room-name').value);
      dom.byId('room-name').value = '';
      input.focus();
    });
    dom.on(input, 'keydown', keyDown);
    dom.on(document, 'keydown', function (event) {
      if (event.altKey && (event.keyCode === 38 || event.keyCode === 40)) {
        event.preventDefault();
        step(event.keyCode === 38 ? -1 : 1);
      }
    });
    dom.on(dom.byId('scroll'), 'scroll', markRead);
    dom.on(window, 'focus', markRead);
    dom.on(document, 'visibilitychange', markRead);
    dom.on(window, 'online', function () {
      link.retry();
    });
    dom.on(window, 'pagehide', function () {
      link.close();
    });
    dom.on(window, 'pageshow', function (event) {
      if (event.persisted && registered) {
        link.connect(); // back from the browser's page cache, where connections do not live
      }
    });
  }

  function start() {
    model = Irc.createModel({
      changed: redraw,
      added: function (room, item) {
        if (room === current) {
          view.add(item);
        }
        if (item.kind !== 'note' && !item.own && (room !== current || isAway() || !view.seesEnd())) {
          room.unread++;
        }
        redraw();
      },
      gone: function (room) {
        if (room === current) {
          show(model.rooms()[model.rooms().length - 1]);
        }
      }
    });
    current = model.server;
    view = Irc.createView(model, {show: show, part: function (room) {
      commands.part(room);
    }, talkTo: function (nick) {
      show(model.open(nick));
      input.focus();
    }, retry: function () {
      link.retry();
    }});
    commands = Irc.createCommands(model, {send: send, show: show, room: function () {
      return current;
    }, tell: function (text) {
      model.note(current, text);
    }});
    link = Chat.createLink('/irc', {opened: opened, changed: changed, message: function (text) {
      feed(text);
    }});
    dom.byId('nick').value = dom.recall('localStorage', 'irc-nick') || 'guest' + Math.floor(1000 + Math.random() * 9000);
    dom.byId('channels').value = dom.recall('localStorage', 'irc-channels') || '#lobby';
    listen();
    view.lists(current);
    view.login(true);
  }

  start();
}());
