// Encke.Socket: the WebSocket interface over whichever transport gets through.
//
// Differences from a native WebSocket, all of them additions or limits of this version: url keeps the http(s) form;
// sub-protocols are checked and not negotiated, so protocol stays ''; messages are text; `transport` names the
// transport in use and report() tells what was tried; an error event comes before every close that was not clean.

Encke.Socket = (function () {
  var kConnecting = 0;
  var kOpen = 1;
  var kClosing = 2;
  var kClosed = 3;
  var kReasonBytes = 123; // what fits into a control frame beside the code

  function checkProtocols(protocols) {
    var seen = {};
    var list = protocols === undefined || protocols === null ? [] :
      Object.prototype.toString.call(protocols) === '[object Array]' ? protocols : [protocols];
    var i, name;
    for (i = 0; i < list.length; i++) {
      name = String(list[i]);
      if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
        throw makeError('SyntaxError', 12, 'The sub-protocol "' + name + '" is not a token.');
      }
      if (seen['p' + name.toLowerCase()]) {
        throw makeError('SyntaxError', 12, 'The sub-protocol "' + name + '" is named twice.');
      }
      seen['p' + name.toLowerCase()] = true;
    }
  }

  function isBinary(data) {
    return /^\[object (ArrayBuffer|SharedArrayBuffer|Blob|File|DataView|.*Array)\]$/
      .test(Object.prototype.toString.call(data)) && Object.prototype.toString.call(data) !== '[object Array]';
  }

  // A code as WebIDL's [Clamp] unsigned short makes it.
  function clampCode(code) {
    var number = Number(code);
    return number !== number ? 0 : Math.round(Math.min(Math.max(number, 0), 65535));
  }

  function Socket(address, protocols, options) {
    var self = this;
    var chosen = options || {};
    var parts;
    if (!(self instanceof Socket)) {
      throw new TypeError('Encke.Socket is a constructor: write new Encke.Socket(url).');
    }
    if (arguments.length === 0) {
      throw new TypeError('Encke.Socket needs a URL.');
    }
    parts = url.resolve(String(address), env.pageUrl());
    checkProtocols(protocols);

    self.url = url.format(parts);
    self.readyState = kConnecting;
    self.bufferedAmount = 0;
    self.extensions = '';
    self.protocol = '';
    self.binaryType = 'blob';
    self.transport = '';
    self.onopen = self.onmessage = self.onerror = self.onclose = null;
    self.state_ = kConnecting; // readyState is a plain property, which the page could overwrite
    self.entries_ = [];
    self.session_ = null;
    self.unsent_ = 0; // bytes given to send() when it was too late; they stay in bufferedAmount
    self.origin_ = url.origin(parts);
    self.step_ = self.connect_(parts, chosen);
  }

  function setState(socket, state) {
    socket.state_ = socket.readyState = state;
  }

  // Ends the socket: it is closed, then the page is told.
  function closed(socket, code, reason, clean) {
    if (socket.state_ === kClosed) {
      return;
    }
    setState(socket, kClosed);
    socket.session_ = socket.step_ = null;
    if (!clean) {
      socket.dispatchEvent(events.make('error', {message: reason}));
    }
    socket.dispatchEvent(events.make('close', {code: code, reason: reason, wasClean: clean}));
  }

  function describeFailure(socket, entries) {
    var parts = [];
    var i;
    for (i = 0; i < entries.length; i++) {
      parts.push(entries[i].transport + ' ' + (entries[i].outcome === 'skipped' ? 'was skipped' : entries[i].outcome) +
        ': ' + entries[i].reason);
    }
    if (parts.length === 0) {
      parts.push('The option transports names none');
    }
    return 'No transport got through to ' + socket.url + '. ' + parts.join('. ') + '. Check that the server is running and ' +
      'reachable, and that what stands between it and the browser lets its requests pass; then connect again.';
  }

  function useSession(socket, session) {
    session.owner = {
      onOpen: noop,
      onMessage: function (message) {
        if (socket.state_ === kOpen) {
          socket.dispatchEvent(events.make('message',
            {data: message, origin: socket.origin_, lastEventId: '', source: null, ports: []}));
        }
      },
      onBuffered: function (bytes) {
        socket.bufferedAmount = bytes + socket.unsent_;
      },
      onClose: function (code, reason, clean) {
        closed(socket, code, reason, clean);
      }
    };
    socket.session_ = session;
    socket.step_ = null;
    socket.transport = session.transport.name;
    setState(socket, kOpen);
    socket.dispatchEvent(events.make('open', {}));
  }

  Socket.prototype.connect_ = function (parts, options) {
    var self = this;
    var started = env.now();
    var target = {parts: parts, crossOrigin: !url.sameOrigin(parts, env.originUrl())};

    function note(entry) {
      self.entries_.push(entry);
    }

    function fail(why) {
      note({transport: 'info', outcome: 'failed', milliseconds: env.now() - started, reason: why});
      closed(self, kAbnormal, 'Cannot connect to ' + self.url + ': ' + why + '. Check the address, and that the server ' +
        'is running and reachable from here; then connect again.', false);
    }

    function choose(info, rtt) {
      if (info.base_url) {
        try {
          target.parts = url.resolve(String(info.base_url), url.format(parts));
        } catch (e) {
          fail('the base_url that its /info names is not usable (' + e.message + ')');
          return;
        }
        target.crossOrigin = !url.sameOrigin(target.parts, env.originUrl());
      }
      self.step_ = chooseTransport({
        target: target,
        names: typeof options.transports === 'string' ? [options.transports] : options.transports || null,
        info: info,
        rtt: rtt,
        timeout: Number(options.timeout) || 0,
        report: note,
        chosen: function (session) {
          useSession(self, session);
        },
        failed: function (entries) {
          env.later(function () {
            closed(self, kAbnormal, describeFailure(self, entries), false);
          }, 0);
        }
      });
    }

    return fetchInfo(target, choose, fail);
  };

  Socket.prototype.send = function (data) {
    var message;
    if (arguments.length === 0) {
      throw new TypeError('send needs a message.');
    }
    if (this.state_ === kConnecting) {
      throw makeError('InvalidStateError', 11, 'The socket is still connecting: send from its open event on.');
    }
    if (isBinary(data)) {
      throw makeError('NotSupportedError', 9, 'Binary messages are not supported: send a string.');
    }
    message = text.wellFormed('' + data);
    if (this.state_ === kOpen) {
      this.session_.send(message);
    } else {
      this.unsent_ += text.utf8Length(message);
      this.bufferedAmount += text.utf8Length(message);
    }
  };

  Socket.prototype.close = function (code, reason) {
    var self = this;
    var number = null;
    var words = reason === undefined ? '' : text.wellFormed('' + reason);
    if (code !== undefined) {
      number = clampCode(code);
      if (number !== 1000 && (number < 3000 || number > 4999)) {
        throw makeError('InvalidAccessError', 15, 'The close code must be 1000 or in 3000 to 4999, not ' + code + '.');
      }
    }
    if (text.utf8Length(words) > kReasonBytes) {
      throw makeError('SyntaxError', 12, 'The close reason must have at most ' + kReasonBytes + ' bytes in UTF-8.');
    }
    if (self.state_ === kConnecting) {
      setState(self, kClosing);
      if (self.step_) {
        self.step_.abort();
      }
      env.later(function () {
        closed(self, kAbnormal, 'The page closed the socket before it was connected.', false);
      }, 0);
    } else if (self.state_ === kOpen) {
      setState(self, kClosing);
      self.session_.close(number === null && words ? 1000 : number, words);
    }
  };

  // What was tried so far: [{transport, outcome, milliseconds, reason}]; outcome is 'skipped', 'failed', 'timed out'
  // or 'in use'; transport is 'info' for the request that comes before all of them, noted only when it failed.
  Socket.prototype.report = function () {
    var copy = [];
    var i, entry;
    for (i = 0; i < this.entries_.length; i++) {
      entry = this.entries_[i];
      copy.push({transport: entry.transport, outcome: entry.outcome, milliseconds: entry.milliseconds,
        reason: entry.reason});
    }
    return copy;
  };

  Socket.CONNECTING = Socket.prototype.CONNECTING = kConnecting;
  Socket.OPEN = Socket.prototype.OPEN = kOpen;
  Socket.CLOSING = Socket.prototype.CLOSING = kClosing;
  Socket.CLOSED = Socket.prototype.CLOSED = kClosed;
  events.mixInto(Socket.prototype);
  return Socket;
}());

env.root.Encke = Encke;
