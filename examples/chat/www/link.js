// The connection to the chat service: an Encke.Socket, which gets over lost connections by itself, and a new one, after a pause
// that grows, when its session is over.
//
// `listener` gets opened(), message(text) and changed(state); state is {phase, transport, seconds, reason, report} with
// phase 'connecting', 'open' or 'waiting' (for `seconds`, until the next try).
Chat.createLink = function (url, listener) {
  var firstPauseMs = 1000;
  var longestPauseMs = 30000;
  var steadyMs = 10000; // a connection that held so long was a good one: the pauses start anew
  var socket = null;
  var former = null; // still receives while its successor connects, so that nothing said meanwhile is missed
  var transport = '';
  var pause = firstPauseMs;
  var retryAt = 0;
  var timer = null;
  var everOpen = false;
  var interrupted = false; // the socket is open and finds its way back by itself
  var state = {phase: 'connecting', transport: '', seconds: 0, reason: '', report: [], everOpen: false};

  function tell(phase, reason) {
    state = {phase: phase, transport: socket ? socket.transport : '', reason: reason || '', everOpen: everOpen,
      report: socket ? socket.report() : state.report,
      seconds: phase === 'waiting' ? Math.max(0, Math.ceil((retryAt - new Date().getTime()) / 1000)) : 0};
    listener.changed(state);
  }

  function stopTimer() {
    if (timer !== null) {
      window.clearTimeout(timer);
      timer = null;
    }
  }

  // Counts down to the next try, a second at a time.
  function wait(reason) {
    var left = retryAt - new Date().getTime();
    if (left <= 0) {
      connect();
      return;
    }
    tell('waiting', reason);
    timer = window.setTimeout(function () {
      wait(reason);
    }, Math.min(left, 1000));
  }

  function drop(old) {
    if (old) {
      old.onopen = old.onmessage = old.onclose = old.oninterrupt = old.onresume = old.ontransport = null;
      old.close();
    }
  }

  function dropFormer() {
    drop(former);
    former = null;
  }

  function release() {
    stopTimer();
    dropFormer();
    drop(socket);
    socket = null;
  }

  function isOpen() {
    return socket !== null && socket.readyState === 1;
  }

  function connect() {
    var current, openedAt;
    stopTimer();
    interrupted = false;
    if (isOpen()) {
      dropFormer();
      former = socket;
      former.onclose = former.oninterrupt = former.onresume = former.ontransport = null;
    } else {
      drop(socket);
    }
    current = socket = new Encke.Socket(url, [], transport ? {transports: [transport]} : {});
    tell('connecting');
    current.onopen = function () {
      openedAt = new Date().getTime();
      everOpen = true;
      dropFormer();
      tell('open');
      listener.opened();
    };
    current.oninterrupt = function (event) {
      interrupted = true;
      tell('connecting', event.reason);
    };
    current.onresume = function () {
      interrupted = false;
      tell('open');
    };
    current.ontransport = function () {
      if (!interrupted) {
        tell('open');
      }
    };
    current.onmessage = function (event) {
      listener.message(event.data);
    };
    current.onclose = function (event) {
      var now = new Date().getTime();
      if (openedAt && now - openedAt > steadyMs) {
        pause = firstPauseMs;
      }
      // A part of the pause is random, so that not everybody comes back in the same moment after a restart.
      retryAt = now + pause * (0.75 + Math.random() / 2);
      pause = Math.min(pause * 2, longestPauseMs);
      state.report = current.report();
      socket = null;
      dropFormer();
      wait(event.reason || 'the connection was lost');
    };
  }

  return {
    connect: connect,

    // Connects anew, by the named transport only; '' leaves the choice to the socket.
    use: function (name) {
      transport = name;
      pause = firstPauseMs;
      connect();
    },

    retry: function () {
      if (state.phase === 'waiting') {
        pause = firstPauseMs;
        connect();
      }
    },

    // Connects anew because the connection that is there seems to be dead.
    renew: function () {
      if (isOpen() && !interrupted) {
        connect();
      }
    },

    isOpen: isOpen,

    send: function (text) {
      if (isOpen()) {
        socket.send(text);
        return true;
      }
      return false;
    },

    close: release
  };
};
