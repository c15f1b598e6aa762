// Encke.Socket: the WebSocket interface over whichever transport gets through, and across their losses.
//
// Differences from a native WebSocket, all of them additions: `transport` names the transport in use and report() tells what
// was tried; an error event comes before every close that was not clean, whose reason says what happened; interrupt, resume
// and gap events; close events have `unacknowledged`; the names of old_names.js. docs/client.md describes them.

Encke.Socket = (function () {
  var kConnecting = 0;
  var kOpen = 1;
  var kClosing = 2;
  var kClosed = 3;
  var states = {CONNECTING: kConnecting, OPEN: kOpen, CLOSING: kClosing, CLOSED: kClosed};
  var kBufferedPollMs = 20; // browsers do not tell when their socket's buffer has drained

  function Socket(address, protocols, options) {
    var self = this;
    var parts, names;
    checkNew(self instanceof Socket, arguments.length, 'Encke.Socket');
    parts = url.resolve(address);
    names = rules.protocols(protocols);

    events.begin(self);
    self.options_ = options || {};
    self.shown_.url = self.shown_.URL = url.socketForm(url.format(parts));
    if (self.options_.server && url.sameOrigin(parts)) {
      parts = url.moveTo(url.resolve(self.options_.server), parts);
    }
    self.shown_.bufferedAmount = 0;
    self.shown_.extensions = self.shown_.protocol = '';
    self.shown_.binaryType = self.binaryType_ = 'blob';
    setState(self, kConnecting);
    self.transport = '';
    self.target_ = {parts: parts, protocols: names, isForeign: !url.sameOrigin(parts), flash: self.options_.flash || {}, token: self.options_.token};
    self.connection_ = null;
    self.outgoing_ = null;
    self.unsent_ = 0; // bytes given to send() when it was too late; they stay in bufferedAmount
    self.drainTimer_ = createTimer();
    self.reconnecting_ = self.options_.reconnect ? createReconnecting(self.options_.reconnect, function () {
      self.connect_(null);
    }) : null;
    self.isResuming_ = false; // with the session of an earlier page
    self.gap_ = null; // what the next gap event tells
    self.reload_ = self.options_.reload ? createReload([url.format(parts)].concat(names).join(' '), reloadOwner(self)) : null;
    begin(self);
  }

  function setState(socket, state) {
    socket.state_ = socket.shown_.readyState = state; // without accessors the page could overwrite it
  }

  // What bytes are to be: what the page has said last of what there is.
  function binaryType(socket) {
    var said = socket.shown_.binaryType;
    if (said === 'blob' || said === 'arraybuffer') {
      socket.binaryType_ = said;
    }
    return socket.shown_.binaryType = socket.binaryType_;
  }

  function present(data, type) {
    return typeof data === 'string' ? data : binary.present(data, type);
  }

  function tellWhileOpen(socket, type, properties) {
    if (socket.state_ === kOpen) {
      events.tell(socket, type, properties);
    }
  }

  function tellBuffered(socket) {
    socket.shown_.bufferedAmount = socket.connection_.buffered() + socket.outgoing_.bytes() + socket.unsent_;
    if (socket.connection_.held() > 0 && socket.state_ !== kClosed) {
      socket.drainTimer_.start(kBufferedPollMs, function () {
        tellBuffered(socket);
      });
    }
  }

  function opened(socket, protocol) {
    var gap = socket.reconnecting_ ? socket.reconnecting_.opened() || socket.gap_ : socket.gap_;
    socket.isResuming_ = false;
    socket.gap_ = null;
    if (socket.state_ === kOpen) {
      return; // a page that came back goes on as if nothing had been
    }
    setState(socket, kOpen);
    socket.shown_.protocol = protocol || '';
    if (gap) {
      events.tell(socket, 'gap', gap);
    }
    tellWhileOpen(socket, 'open', {});
  }

  function touch(socket) {
    if (socket.reload_) {
      socket.reload_.touch();
    }
  }

  // What another page needs to go on, with what waits behind a Blob; the Blob itself stays behind.
  function snapshotOf(socket) {
    var snapshot = socket.state_ === kOpen || socket.isResuming_ ? socket.connection_.snapshot() : null;
    if (snapshot) {
      snapshot.session.messages = snapshot.session.messages.concat(map(socket.outgoing_.known(), base64.pack));
    }
    return snapshot;
  }

  // What reload.js is told.
  function reloadOwner(socket) {
    return {
      snapshot: function () {
        return snapshotOf(socket);
      },
      suspend: function () {
        socket.connection_.abandon();
      },
      goOn: function (snapshot) {
        socket.connect_(snapshot);
      },
      taken: function (reason) {
        closed(socket, {code: kGone, reason: reason, unacknowledged: []});
      }
    };
  }

  function begin(socket) {
    var snapshot = socket.reload_ ? socket.reload_.take() : null;
    socket.isResuming_ = snapshot !== null;
    if (socket.reload_ && socket.reload_.failure() !== '') {
      socket.gap_ = {reason: socket.reload_.failure(), unacknowledged: []};
    }
    socket.connect_(snapshot);
  }

  // The session is over. Its socket is too, unless it is to come back with another one.
  function closed(socket, how) {
    var left = map(how.unacknowledged.concat(socket.outgoing_.drain()), function (data) {
      return present(data, 'arraybuffer');
    });
    var reconnecting = socket.reconnecting_;
    socket.drainTimer_.stop();
    socket.shown_.bufferedAmount = socket.connection_.buffered() + socket.unsent_;
    if (socket.isResuming_ && how.code === kGone) { // what the page before had is over
      socket.isResuming_ = false;
      socket.gap_ = {reason: how.reason, unacknowledged: left};
      socket.connect_(null);
      return;
    }
    if (reconnecting && reconnecting.failedAgain(how)) {
      return;
    }
    if (reconnecting && (how.clean || socket.state_ === kClosing)) {
      reconnecting.stop();
    } else if (reconnecting) {
      reconnecting.lost(how, left, socket.transport !== '');
    }
    setState(socket, kClosed);
    if (!how.clean) {
      events.tell(socket, 'error', {message: how.reason});
    }
    events.tell(socket, 'close', {code: how.code, reason: how.reason, wasClean: !!how.clean, unacknowledged: left});
    if (reconnecting && reconnecting.begin()) {
      socket.transport = '';
      socket.shown_.bufferedAmount = socket.unsent_ = 0;
      setState(socket, kConnecting);
    } else if (socket.reload_) {
      socket.reload_.stop();
    }
  }

  // Makes the connection; with a snapshot (connection.js) the one that goes on from there.
  Socket.prototype.connect_ = function (snapshot) {
    var self = this;
    var options = self.options_;
    var connection = (options.share ? createSharedConnection : createConnection)({
      target: self.target_,
      names: typeof options.transports === 'string' ? [options.transports] : options.transports || null,
      timeout: Number(options.timeout) || 0,
      heartbeat: Number(options.heartbeat) || 0,
      tell: !!options.tell,
      timings: options.timings ? Math.max(1, options.timings) : Infinity,
      stays: function () {
        return self.reload_ !== null && self.reload_.isLeft();
      },
      snapshot: snapshot
    }, {
      opened: function (protocol) {
        opened(self, protocol);
      },
      message: function (data) {
        tellWhileOpen(self, 'message', {data: present(data, binaryType(self)),
          origin: url.socketForm(url.origin(self.target_.parts)), lastEventId: '', source: null, ports: []});
        touch(self);
      },
      transport: function (name) {
        self.transport = name;
        tellWhileOpen(self, 'transport', {});
      },
      interrupted: function (reason) {
        tellWhileOpen(self, 'interrupt', {reason: reason});
      },
      resumed: function () {
        tellWhileOpen(self, 'resume', {});
      },
      moved: function () {
        tellBuffered(self);
        touch(self);
      },
      closed: function (how) {
        closed(self, how);
      }
    });
    self.connection_ = connection;
    self.outgoing_ = createOutgoing(function (message) {
      connection.send(message);
    });
  };

  Socket.prototype.send = function (data) {
    var bytes, message;
    if (arguments.length === 0) {
      throw new TypeError('send needs a message.');
    }
    bytes = binary.bytesOf(data);
    message = bytes || binary.isBlob(data) ? bytes : text.from(data);
    if (this.state_ === kConnecting) {
      throw makeError('InvalidStateError', 11, 'The socket is not open: send from its open event on.');
    }
    if (this.state_ !== kOpen) {
      bytes = message === null ? data.size : text.size(message);
      this.unsent_ += bytes;
      this.shown_.bufferedAmount += bytes;
    } else if (message === null) {
      this.outgoing_.pushBlob(data);
      tellBuffered(this);
    } else {
      this.outgoing_.push(message);
      tellBuffered(this);
      touch(this);
    }
  };

  Socket.prototype.close = function (code, reason) {
    var self = this;
    var asked = rules.closing(code, reason);
    var snapshot;
    if (self.reconnecting_ && self.state_ !== kOpen) {
      self.reconnecting_.stop();
    }
    if (self.state_ === kConnecting || (self.state_ === kOpen && self.reload_ && self.reload_.isLeft())) {
      snapshot = snapshotOf(self);
      setState(self, kClosing);
      if (self.reload_) {
        self.reload_.stop(); // nor does another page go on with it
      }
      self.connection_.abandon();
      self.outgoing_.drain(); // the snapshot has it
      env.later(function () {
        closed(self, {code: kAbnormal, reason: 'The page closed the socket while it was not connected.',
          unacknowledged: map(snapshot ? snapshot.session.messages : [], base64.unpack)});
      }, 0);
    } else if (self.state_ === kOpen) {
      setState(self, kClosing);
      self.outgoing_.run(function () {
        self.connection_.close(asked.code, asked.reason);
      });
    }
  };

  // The latest of each transport: [{transport, outcome, milliseconds, reason}]; outcome is 'skipped', 'failed', 'timed
  // out', 'in use', 'lost' or 'replaced'; transport is 'open' for the request that comes before all of them, noted only
  // when it failed.
  Socket.prototype.report = function () {
    return map((this.reload_ ? this.reload_.report() : []).concat(this.connection_.report()), function (entry) {
      return {transport: entry.transport, outcome: entry.outcome, milliseconds: entry.milliseconds, reason: entry.reason};
    });
  };

  extend(Socket, states);
  extend(Socket.prototype, states);
  events.mixInto(Socket.prototype, {onopen: 'open', onmessage: 'message', onerror: 'error', onclose: 'close', oninterrupt: 'interrupt',
    onresume: 'resume', ongap: 'gap', ontransport: 'transport', onread: 'message', onclosed: 'close'}); // the last two are of 2008 (old_names.js)
  accessors.show(Socket.prototype, ['url', 'URL', 'readyState', 'bufferedAmount', 'extensions', 'protocol']);
  if (accessors.isPossible) {
    accessors.define(Socket.prototype, 'binaryType', function () {
      return binaryType(this);
    }, function (value) {
      this.shown_.binaryType = '' + value;
      binaryType(this);
    });
  }
  return Socket;
}());
