// The native WebSocket: a frame a message, both ways.
transports.push({
  name: 'websocket',
  roundTrips: 2, // TCP, then the handshake; the open frame comes along

  enabled: function (info) {
    if (!env.webSocket()) {
      return 'this browser has no WebSocket';
    }
    if (info.websocket === false) {
      return 'the server says that WebSocket is switched off for this service';
    }
    return '';
  },

  open: function (target, sink) {
    var address = url.below(target.address, '/websocket', '').replace(/^http/, 'ws');
    var Native = env.webSocket();
    var socket = null;
    var closing = false;
    var silent = false;

    function detach() {
      silent = true;
      if (socket) {
        socket.onmessage = socket.onclose = socket.onerror = noop;
      }
    }

    function closed(event) {
      var code = event && event.code;
      if (silent) {
        return;
      }
      detach();
      if (closing) {
        sink.closed(!event || event.wasClean !== false);
      } else if (code && code !== 1005 && code !== 1006) {
        sink.lost(event.reason || 'the server closed the WebSocket', code, code === 1000 || code >= 3000);
      } else {
        sink.lost('the WebSocket was refused or cut off; a proxy on the way may not let it through');
      }
    }

    try {
      socket = new Native(address);
    } catch (e) {
      env.later(function () {
        if (!silent) {
          sink.lost('the browser does not allow a WebSocket here (' + e.message + ')');
        }
      }, 0);
      return {write: noop, close: noop, abort: detach, buffered: function () {
        return 0;
      }};
    }
    socket.onmessage = function (event) {
      if (!silent) {
        sink.frame(String(event.data));
      }
    };
    socket.onclose = closed;

    return {
      write: function (body) {
        socket.send(body);
        return true;
      },
      close: function (code, reason) {
        closing = true;
        if (code === null) {
          socket.close();
        } else {
          socket.close(code, reason);
        }
      },
      abort: function () {
        if (!silent) {
          detach();
          socket.close();
        }
      },
      buffered: function () {
        return socket.bufferedAmount || 0;
      }
    };
  }
});
