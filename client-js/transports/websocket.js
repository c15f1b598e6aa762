// The native WebSocket: a frame a message, both ways; bytes as they are where the browser has them.
transports.push({
  name: 'websocket',
  roundTrips: 3, // TCP, the handshake, then r and its answer
  streams: false,
  sends: 'socket',

  enabled: function () {
    return env.webSocket() ? '' : 'this browser has no WebSocket';
  },

  open: function (line, sink) {
    var Native = env.webSocket();
    var socket = null;
    var silent = false;
    var carrier;

    function detach() {
      silent = true;
      if (socket) {
        socket.onopen = socket.onmessage = socket.onclose = socket.onerror = noop;
      }
    }

    function close() {
      detach();
      if (socket) {
        try {
          socket.close();
        } catch (e) {
          return; // it never came to anything
        }
      }
    }

    carrier = {
      isBinary: false,

      write: function (frames) {
        var i;
        for (i = 0; i < frames.length; i++) {
          socket.send(typeof frames[i] === 'string' ? frames[i] : frames[i].buffer);
        }
      },

      finish: close,
      abort: close,

      buffered: function () {
        return socket ? socket.bufferedAmount || 0 : 0;
      }
    };

    try {
      socket = new Native(line.address('/websocket', '').replace(/^http/, 'ws'));
    } catch (e) {
      env.later(function () {
        if (!silent) {
          sink.lost('the browser does not allow a WebSocket here (' + e.message + ')');
        }
      }, 0);
      return carrier;
    }
    if (env.root.ArrayBuffer && env.root.Uint8Array && 'binaryType' in socket) {
      socket.binaryType = 'arraybuffer';
      carrier.isBinary = true;
    }
    socket.onopen = function () {
      var at = sink.begin();
      socket.send('r[' + at.n + ',' + at.a + ',' + at.s + ']');
    };
    socket.onmessage = function (event) {
      if (typeof event.data === 'string') {
        sink.frame(event.data);
      } else {
        sink.bytes(new env.root.Uint8Array(event.data));
      }
    };
    socket.onclose = function (event) {
      detach();
      if (event && event.code === 1000) {
        sink.ended();
      } else {
        sink.lost(event && event.reason ? 'the WebSocket was closed (' + event.reason + ')' :
          'the WebSocket was refused or cut off; a proxy on the way may not let it through');
      }
    };
    return carrier;
  }
});
