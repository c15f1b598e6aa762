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
    var socket = new (env.webSocket())(line.address('/websocket', '').replace(/^http/, 'ws'));
    var isBinary = env.root.ArrayBuffer && env.root.Uint8Array && 'binaryType' in socket;

    function detach() {
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = noop;
    }

    function close() {
      detach();
      try {
        socket.close();
      } catch (e) {
        return; // it never came to anything
      }
    }

    if (isBinary) {
      socket.binaryType = 'arraybuffer';
    }
    socket.onerror = noop; // a close follows; that of Node throws what nobody listens to
    socket.onopen = function () {
      socket.send(sink.begin());
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
        sink.lost(event && event.reason ? 'it was closed (' + event.reason + ')' : kCutOff + '; a proxy may not let it through');
      }
    };
    return {
      isBinary: isBinary,

      write: function (frames) {
        map(frames, function (frame) {
          socket.send(typeof frame === 'string' ? frame : frame.buffer);
        });
      },

      finish: close,
      abort: close,

      buffered: function () {
        return socket.bufferedAmount || 0;
      }
    };
  }
});
