// Encke.Mux: many sockets to the services of one server over one session of Encke.Socket (docs/mux.md).

var kMostAhead = 131072; // bytes that the session itself has queued: the others' pieces come behind them
var kLookMs = 20; // browsers do not tell when their socket's buffer has drained
var kWindow = 262144;
var kOpenBytes = 16384; // of the frame OPEN: every server's limit of a message has room for it
var kPassedOn = ['interrupt', 'resume', 'transport'];

function hostOf(address) {
  return (/^\w+:\/\/([^\/?#]*)/.exec(address) || ['', ''])[1];
}

// The path and query, of those or of a whole URL.
function pathOf(address) {
  return String(address).replace(/#.*$/, '').replace(/^\w+:\/\/[^\/?]*/, '');
}

function Mux(address, options) {
  if (!(this instanceof Mux)) {
    throw new TypeError('Encke.Mux is a constructor: write new Encke.Mux(url).');
  }
  if (options && (options.share || options.reload || options.reconnect)) {
    throw new Error('The sockets of a session end with it: share, reload and reconnect are not for Encke.Mux.');
  }
  this.listeners_ = [];
  this.address_ = address;
  this.options_ = options || {};
  this.window_ = Math.max(1024, Math.min(this.options_.window || kWindow, kLargest));
  this.isClosing_ = null; // what close() was given
  this.transport = '';
  this.onopen = this.onerror = this.onclose = this.oninterrupt = this.onresume = this.ontransport = null;
  this.session_ = null; // {socket, streams, count, awake, lastId, timer}
  this.connect_();
}

function makeSocketClass(mux) {
  function Socket(address, protocols) {
    return mux.socket(address, protocols);
  }
  Socket.prototype = MuxSocket.prototype;
  return copyInto(Socket, muxStates);
}

Mux.prototype = copyInto({
  constructor: Mux,

  // A socket to the service at `path`, which may have a query; `options.token` is for that service. After a session was lost
  // the first socket opens another.
  socket: function (path, protocols, options) {
    var self = this;
    var names = checkProtocols(protocols);
    var place = pathOf(path);
    var token = String((options || {}).token || '');
    var session, stream, made;
    if (place.charAt(0) !== '/') {
      throw syntaxError('A multiplexed socket needs a path, as "/chat", not "' + path + '".');
    }
    if (openFrame(kLargest, self.window_, place, token, names).length > kOpenBytes) {
      throw syntaxError('Path, token and sub-protocols of a multiplexed socket have more than ' + kOpenBytes + ' bytes in all.');
    }
    session = self.isClosing_ ? null : self.session_ || self.connect_();
    made = new MuxSocket(self.origin_ + place, self.origin_, function (sink) {
      var id = session ? session.lastId += 2 : 1;
      stream = new MuxStream(id, openFrame(id, self.window_, place, token, names), self.window_, sink);
      if (session) {
        session.streams[id] = stream;
        session.count++;
        stream.sent = sink.sent;
        self.wake_(session, stream);
      } else {
        setTimeout(function () {
          stream.lose({code: kAbnormal, reason: 'the session has been closed', wasClean: false});
        }, 0);
      }
      return {stream: stream, wake: function () {
        self.wake_(session, stream);
      }};
    });
    stream.socket = made;
    return made;
  },

  // Closes every socket, and then the session.
  close: function (code, reason) {
    var session = this.session_;
    var words = checkClose(code, reason);
    var id;
    this.isClosing_ = this.isClosing_ || {code: code === undefined ? 1000 : code, reason: words};
    if (session) {
      for (id in session.streams) {
        if (session.streams.hasOwnProperty(id)) {
          session.streams[id].socket.close(1000);
        }
      }
      this.finish_(session);
    }
  },

  // Takes the place of the global WebSocket for the services at these paths of this server; others get what was there.
  install: function (paths) {
    var self = this;
    var root = typeof window !== 'undefined' ? window : globalThis;
    var before = root.WebSocket;
    function Installed(address, protocols) {
      var host = hostOf(String(address));
      var place = pathOf(address);
      var i;
      for (i = 0; i < paths.length; i++) {
        if ((host === '' || host === hostOf(self.origin_)) && place.split('?')[0] === paths[i]) {
          return self.socket(address, protocols);
        }
      }
      return protocols === undefined ? new (before || Encke.Socket)(address) : new (before || Encke.Socket)(address, protocols);
    }
    Installed.prototype = (before || Encke.Socket).prototype;
    root.WebSocket = copyInto(Installed, muxStates);
    self.uninstall = function () {
      if (root.WebSocket === Installed) {
        root.WebSocket = before;
      }
    };
  },

  uninstall: function () {},

  connect_: function () {
    var self = this;
    var socket = new Encke.Socket(self.address_, kProtocol, self.options_);
    var session = {socket: socket, streams: {}, count: 0, awake: [], lastId: -1, timer: null};
    var i;

    function passOn(event) {
      self.transport = socket.transport;
      tell(self, event.type, {});
    }

    socket.binaryType = 'arraybuffer';
    self.session_ = session;
    self.url = socket.url;
    self.origin_ = /^\w+:\/\/[^\/?#]*/.exec(socket.url)[0];
    self.Socket = self.Socket || makeSocketClass(self);
    socket.onopen = function (event) {
      passOn(event);
      self.pump_(session);
    };
    socket.onmessage = function (event) {
      self.take_(session, event.data);
    };
    socket.onclose = function (event) {
      self.lost_(session, event);
    };
    for (i = 0; i < kPassedOn.length; i++) {
      socket.addEventListener(kPassedOn[i], passOn);
    }
    return session;
  },

  take_: function (session, data) {
    var frame = typeof data === 'string' ? null : parseFrame(isTyped() ? new Uint8Array(data) : data);
    var stream;
    if (!frame) {
      session.socket.close(3002, 'the server sent what is no frame');
      return;
    }
    stream = session.streams[frame.id];
    if (stream) {
      stream.take(frame);
      this.wake_(session, stream);
      this.drop_(session, stream);
    }
  },

  wake_: function (session, stream) {
    if (session && !stream.isAwake && stream.hasToSend()) {
      stream.isAwake = true;
      session.awake.push(stream);
    }
    if (session) {
      this.pump_(session);
    }
  },

  // One frame of each in turn.
  pump_: function (session) {
    var self = this;
    var stream;
    while (session.awake.length > 0 && session.socket.readyState === kOpen && session.socket.bufferedAmount < kMostAhead) {
      stream = session.awake.shift();
      if (stream.hasToSend()) {
        session.socket.send(stream.next());
        stream.sent();
      }
      stream.isAwake = stream.hasToSend();
      if (stream.isAwake) {
        session.awake.push(stream);
      }
      self.drop_(session, stream);
    }
    if (session.awake.length > 0 && session.socket.readyState === kOpen && !session.timer) {
      session.timer = setTimeout(function () {
        session.timer = null;
        self.pump_(session);
      }, kLookMs);
    }
  },

  drop_: function (session, stream) {
    if (stream.isGone() && session.streams[stream.id]) {
      delete session.streams[stream.id];
      session.count--;
      this.finish_(session);
    }
  },

  finish_: function (session) {
    if (this.isClosing_ && session.count === 0) {
      session.socket.close(this.isClosing_.code, this.isClosing_.reason);
    }
  },

  lost_: function (session, event) {
    var id;
    if (this.session_ === session) {
      this.session_ = null;
    }
    clearTimeout(session.timer);
    session.awake = [];
    for (id in session.streams) {
      if (session.streams.hasOwnProperty(id)) {
        session.streams[id].lose({code: event.code, reason: event.reason, wasClean: event.wasClean});
      }
    }
    if (!event.wasClean) {
      tell(this, 'error', {message: event.reason});
    }
    tell(this, 'close', {code: event.code, reason: event.reason, wasClean: event.wasClean});
  }
}, eventTarget);

Encke.Mux = Mux;
