// The chat: joins the parts, keeps everybody's presence fresh, and acts on what the visitor does.
(function () {
  var dom = Chat.dom;
  var protocol = Chat.protocol;
  var beatMs = 15000;
  var typingEveryMs = 3000;
  var newcomerMs = 5000;
  var echoMs = 10000; // all that we send comes back; when that takes longer the connection is dead, whatever it says
  var redrawMs = 50; // however much arrives: the lists are drawn anew at most this often
  var adjectives = ['Amber', 'Bold', 'Brave', 'Bright', 'Calm', 'Clever', 'Cosmic', 'Curious', 'Daring', 'Gentle', 'Golden', 'Happy',
    'Keen', 'Kind', 'Lively', 'Lucky', 'Merry', 'Misty', 'Nimble', 'Quick', 'Quiet', 'Silver', 'Sunny', 'Swift', 'Witty'];
  var animals = ['Badger', 'Beaver', 'Comet', 'Crane', 'Dolphin', 'Falcon', 'Finch', 'Fox', 'Hare', 'Heron', 'Ibis', 'Koala', 'Lark',
    'Lynx', 'Marten', 'Newt', 'Otter', 'Owl', 'Panda', 'Puffin', 'Raven', 'Robin', 'Seal', 'Swan', 'Wren'];
  var me = {id: randomId(), name: ''};
  var room = '';
  var counter = 0;
  var started = 0; // when the first connection was open
  var nameIsTyped = false;
  var typingSaid = 0;
  var replyTimer = null;
  var beatTimer = null;
  var echoTimer = null;
  var redrawTimer = null;
  var input = dom.byId('text');
  var model, messages, view, link;

  function now() {
    return new Date().getTime();
  }

  function randomId() {
    var id = '';
    while (id.length < 16) {
      id += 'abcdefghijklmnopqrstuvwxyz0123456789'.charAt(Math.floor(Math.random() * 36));
    }
    return id;
  }

  function pick(list) {
    return list[Math.floor(Math.random() * list.length)];
  }

  // ---- what goes out --------------------------------------------------------------------------------------------

  function tell(kind, more) {
    var message = more || {};
    message.kind = kind;
    message.id = me.id;
    message.name = me.name;
    message.room = message.room || room;
    if (link.send(protocol.encode(message)) && echoTimer === null) {
      echoTimer = window.setTimeout(function () {
        echoTimer = null;
        link.renew();
      }, echoMs);
    }
  }

  function stopEchoTimer() {
    window.clearTimeout(echoTimer);
    echoTimer = null;
  }

  function beat() {
    window.clearTimeout(beatTimer);
    beatTimer = window.setTimeout(beat, beatMs * (0.9 + Math.random() / 5));
    tell('here');
  }

  // Answers a newcomer's question. Everybody does, so each waits a while of his own, longer where there are many.
  function replySoon() {
    if (replyTimer === null) {
      replyTimer = window.setTimeout(function () {
        replyTimer = null;
        beat();
      }, Math.random() * (100 + 20 * model.knownPeople()));
    }
  }

  function sayTyping(on) {
    if (on && now() - typingSaid < typingEveryMs) {
      return;
    }
    if (on || typingSaid) {
      typingSaid = on ? now() : 0;
      tell('typing', {on: on});
    }
  }

  function isSpace(text) {
    return /^\s*$/.test(text);
  }

  function submit() {
    var text = protocol.cleanText(input.value);
    if (text === '') {
      return;
    }
    counter++;
    typingSaid = 0;
    input.value = '';
    model.say({room: room, n: counter, text: text}, now());
    tell('say', {n: counter, text: text});
    inputChanged();
    input.focus();
  }

  // What was written without a connection, or never came back. Whoever has it already shows it once, by its number.
  function sendPending() {
    var rooms = model.rooms();
    var i, k, item;
    for (i = 0; i < rooms.length; i++) {
      for (k = 0; k < rooms[i].items.length; k++) {
        item = rooms[i].items[k];
        if (item.pending) {
          tell('say', {room: rooms[i].name, n: Number(item.key.split(':')[1]), text: item.text});
        }
      }
    }
  }

  // ---- what comes in --------------------------------------------------------------------------------------------

  function received(frame) {
    var message = protocol.decode(frame);
    var confirmed;
    stopEchoTimer();
    if (!message) {
      return;
    }
    if (message.id !== me.id) {
      if (message.kind === 'join' && message.ask) {
        replySoon();
      }
      if (message.kind === 'here') {
        avoidTwin(message);
      }
    }
    confirmed = model.receive(message, now());
    if (confirmed) {
      messages.delivered(confirmed);
    }
  }

  // Two tabs of one browser remember the same name: the later one takes a number.
  function avoidTwin(message) {
    var match;
    if (!nameIsTyped && now() - started < newcomerMs && message.name.toLowerCase() === me.name.toLowerCase()) {
      match = /^(.*) ([0-9]+)$/.exec(me.name);
      setName(match ? match[1] + ' ' + (Number(match[2]) + 1) : me.name.substring(0, protocol.limits.name - 3) + ' 2');
    }
  }

  function isAway() {
    return document.hidden === true || (document.hasFocus && !document.hasFocus());
  }

  function added(target, item) {
    var away = isAway();
    if (item.kind === 'say' && !item.own && (target.name !== room || away || !messages.seesEnd())) {
      target.unread++;
    }
    if (messages.isShown(target)) {
      messages.add(item, away);
    }
    view.title(model.unread(), room);
    if (item.own) {
      refreshPeople();
    } else {
      redrawSoon();
    }
  }

  // ---- what is on view ------------------------------------------------------------------------------------------

  function refreshRooms() {
    view.rooms(model, room);
    view.title(model.unread(), room);
  }

  function refreshPeople() {
    view.people(model, room, me);
    view.welcome(model, room, me);
    refreshRooms();
  }

  function refreshTyping() {
    view.typing(model.typingIn(room));
  }

  function redrawSoon() {
    if (redrawTimer === null && room !== '') {
      redrawTimer = window.setTimeout(function () {
        redrawTimer = null;
        refreshPeople();
        refreshTyping();
      }, redrawMs);
    }
  }

  function markRead() {
    var current = model.room(room);
    if (current && current.unread > 0 && !isAway() && messages.seesEnd()) {
      current.unread = 0;
      refreshRooms();
    }
  }

  function inputChanged() {
    var left = protocol.limits.text - input.value.length;
    input.style.height = 'auto';
    input.style.height = Math.min(input.scrollHeight + 2, 180) + 'px';
    dom.setText(dom.byId('counter'), left < 200 ? left + ' characters left' : '');
    messages.settle();
  }

  // ---- what the visitor does ------------------------------------------------------------------------------------

  function rememberRooms() {
    var rooms = model.rooms();
    var names = [];
    var i;
    for (i = 0; i < rooms.length; i++) {
      if (rooms[i].visited) {
        names.push(encodeURIComponent(rooms[i].name));
      }
    }
    dom.remember('localStorage', 'rooms', names.join(' '));
  }

  function join(name) {
    var target;
    view.closeMenu();
    if (name === room) {
      return;
    }
    sayTyping(false);
    room = name;
    target = model.visit(name);
    rememberRooms();
    messages.show(target);
    if (!isAway()) {
      target.unread = 0;
    }
    if (decodeHash() !== name) {
      window.location.hash = '#' + encodeURIComponent(name);
    }
    tell('join');
    refreshPeople();
    refreshTyping();
    view.announce('You are in #' + name);
  }

  function decodeHash() {
    var text = window.location.href.split('#')[1] || '';
    try {
      text = decodeURIComponent(text);
    } catch (e) {
      text = ''; // not what this page wrote
    }
    return protocol.cleanRoom(text);
  }

  function setName(name) {
    me.name = name;
    dom.remember('sessionStorage', 'name', name);
    view.name(name);
    refreshPeople();
    if (link.isOpen()) {
      beat();
    }
  }

  function rename(text) {
    var name = protocol.cleanName(text);
    if (name === '' || name === me.name) {
      view.name(me.name);
    } else {
      nameIsTyped = true;
      dom.remember('localStorage', 'name', name);
      model.note(room, 'You are now ' + name, now());
      setName(name);
      view.announce('Your name is now ' + name);
    }
  }

  // ---- together -------------------------------------------------------------------------------------------------

  function start() {
    var remembered, i;
    me.name = protocol.cleanName(dom.recall('sessionStorage', 'name') || dom.recall('localStorage', 'name')) ||
      pick(adjectives) + ' ' + pick(animals);
    dom.remember('sessionStorage', 'name', me.name);
    model = Chat.createModel(me, {people: redrawSoon, rooms: redrawSoon, typing: redrawSoon, added: added});
    messages = Chat.createMessages(model.limits);
    view = Chat.createView({join: join, rename: rename, retry: function () {
      link.retry();
    }, use: function (name) {
      link.use(name);
    }, forget: function (name) {
      model.forgetRoom(name);
      rememberRooms();
    }}, messages.avatar);
    link = Chat.createLink('/chat', {message: received, changed: function (state) {
      if (state.phase !== 'open') {
        stopEchoTimer();
      }
      view.connection(state);
      messages.settle();
    }, opened: function () {
      started = started || now();
      tell('join', {ask: true});
      sendPending();
      beatTimer = beatTimer || window.setTimeout(beat, beatMs);
    }});
    remembered = dom.recall('localStorage', 'rooms').split(' ');
    model.visit('lobby');
    for (i = 0; i < remembered.length && i < 20; i++) {
      try {
        remembered[i] = protocol.cleanRoom(decodeURIComponent(remembered[i]));
      } catch (e) {
        remembered[i] = ''; // not what this page wrote
      }
      if (remembered[i]) {
        model.visit(remembered[i]);
      }
    }
    view.name(me.name);
    join(decodeHash() || 'lobby');
    listen();
    link.connect();
  }

  function listen() {
    dom.on(dom.byId('composer'), 'submit', function (event) {
      event.preventDefault();
      submit();
    });
    dom.on(input, 'keydown', function (event) {
      // An Enter while composing ends the composing of a character, not the message.
      if (event.keyCode === 13 && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        submit();
      }
    });
    dom.on(input, 'oninput' in input ? 'input' : 'keyup', function () {
      inputChanged();
      sayTyping(!isSpace(input.value));
    });
    dom.on(input, 'blur', function () {
      sayTyping(false);
    });
    dom.on(dom.byId('scroll'), 'scroll', markRead);
    dom.on(window, 'focus', markRead);
    dom.on(document, 'visibilitychange', markRead);
    dom.on(window, 'hashchange', function () {
      join(decodeHash() || 'lobby');
    });
    dom.on(window, 'online', function () {
      link.retry();
    });
    dom.on(window, 'pagehide', function () {
      tell('leave');
      link.close();
    });
    dom.on(window, 'pageshow', function (event) {
      if (event.persisted) {
        link.connect(); // back from the browser's page cache, where connections do not live
      }
    });
    window.setInterval(function () {
      model.sweep(now());
    }, 1000);
  }

  start();
}());
