// The visitor's side of the help desk: joins the conversation, the view and the socket. A page loads encke.js, the files beside this one
// and this one last, at the end of its body.
(function () {
  var kTypingEveryMs = 3000;
  var kTypingStopsMs = 5000;
  var memory = Help.createMemory();
  var typingSaid = 0;
  var typingTimer = null;
  var trouble = '';
  var socket, talk, view;

  function refresh() {
    if (view.isOpen() && !isAway()) {
      talk.markRead();
    }
    view.show(talk, trouble);
  }

  function isAway() {
    return document.hidden === true || (document.hasFocus && !document.hasFocus());
  }

  function stopTyping() {
    window.clearTimeout(typingTimer);
    if (typingSaid !== 0) {
      typingSaid = 0;
      talk.tellTyping(false);
    }
  }

  function typed(something) {
    var now = new Date().getTime();
    if (!something) {
      stopTyping();
      return;
    }
    window.clearTimeout(typingTimer);
    typingTimer = window.setTimeout(stopTyping, kTypingStopsMs);
    if (now - typingSaid > kTypingEveryMs) {
      typingSaid = now;
      talk.tellTyping(true);
    }
  }

  // "?transport=xhr_poll" in the page's address has the socket go that way alone, to see how it does.
  function transports() {
    var match = /[?&]transport=([a-z_]+)/.exec(window.location.search);
    return match ? [match[1]] : null;
  }

  function connect() {
    var options = {reconnect: true};
    if (transports()) {
      options.transports = transports();
    }
    socket = new Encke.Socket('/help', [], options);
    socket.onopen = function () {
      trouble = '';
      talk.opened();
    };
    socket.onmessage = function (event) {
      talk.received(event.data);
    };
    socket.oninterrupt = function () {
      trouble = 'The connection was lost; it is being restored. What you write is kept.';
      refresh();
    };
    socket.onresume = function () {
      trouble = '';
      refresh();
    };
    socket.onclose = function (event) {
      // After a clean close, and codes that would come again, the socket makes no other try.
      trouble = event.wasClean || /^(1002|1003|1007|1008|1009|1010)$/.test(String(event.code)) ?
        'The desk has closed the connection (' + event.reason + '). Load this page anew to go on.' :
        'The desk cannot be reached just now; this page keeps trying. What you write is kept.';
      talk.lost();
    };
  }

  talk = Help.createTalk(memory, function (message) {
    if (socket.readyState === 1) {
      socket.send(Encke.JSON.stringify(message));
    }
  }, refresh);
  view = Help.createView({
    say: function (text) {
      typingSaid = 0;
      window.clearTimeout(typingTimer);
      return talk.say(text);
    },
    typed: typed,
    renamed: talk.rename,
    ended: talk.end,
    toggled: function (open) {
      memory.keep('open', open);
      refresh();
    }
  });
  view.setName(talk.name);
  view.toggle(memory.open());
  // Not before the page has loaded: a script tag that waits for messages would keep it from that.
  if (document.readyState === 'complete') {
    connect();
  } else {
    Help.dom.on(window, 'load', function () {
      window.setTimeout(connect, 0);
    });
  }
  Help.dom.on(window, 'focus', refresh);
}());
