// The WebSocket interface over one stream of a multiplexed session.

var kConnecting = 0;
var kOpen = 1;
var kClosing = 2;
var kClosed = 3;
var kNoStatus = 1005;
var kAbnormal = 1006;
var kReasonBytes = 123;
var kMostProtocols = 32;
var muxStates = {CONNECTING: kConnecting, OPEN: kOpen, CLOSING: kClosing, CLOSED: kClosed};

function syntaxError(message) {
  return makeError('SyntaxError', 12, message);
}

// Of a code and a reason that a page may give: the reason as it is sent.
function checkClose(code, reason) {
  var words = reason === undefined ? '' : wellFormed(''.concat(reason));
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
    throw makeError('InvalidAccessError', 15, 'The close code must be 1000 or 3000 to 4999, not ' + code + '.');
  }
  if (encodeText(words).length > kReasonBytes) {
    throw syntaxError('The close reason has more than ' + kReasonBytes + ' bytes.');
  }
  return words;
}

function checkProtocols(given) {
  var list = given === undefined || given === null ? [] : kindOf(given) === 'Array' ? given : [given];
  var seen = {};
  var names = [];
  var i, name;
  for (i = 0; i < list.length; i++) {
    name = String(list[i]);
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
      throw syntaxError('The sub-protocol "' + name + '" is not a token.');
    }
    if (seen['p' + name]) {
      throw syntaxError('The sub-protocol "' + name + '" is named twice.');
    }
    seen['p' + name] = true;
    names.push(name);
  }
  if (names.length > kMostProtocols) {
    throw syntaxError('There are ' + names.length + ' sub-protocols, more than ' + kMostProtocols + '.');
  }
  return names;
}

// `begin` is called with the socket's sink, and answers {stream, wake}: wake() after the stream has been given something.
function MuxSocket(address, origin, begin) {
  var self = this;
  self.listeners_ = [];
  self.url = self.URL = address;
  self.readyState = kConnecting;
  self.bufferedAmount = 0;
  self.extensions = self.protocol = '';
  self.binaryType = 'blob';
  self.onopen = self.onmessage = self.onerror = self.onclose = null;
  self.isPaused_ = false;
  self.unsent_ = 0; // bytes given to send() when it was too late; they stay in bufferedAmount
  self.link_ = null;
  self.link_ = begin({
    opened: function (protocol) {
      self.readyState = kOpen;
      self.protocol = protocol;
      tell(self, 'open', {});
    },
    message: function (data) {
      if (self.readyState === kOpen) {
        tell(self, 'message', {data: typeof data === 'string' ? data : presentBytes(data, self.binaryType), origin: origin,
          lastEventId: '', source: null, ports: []});
      }
    },
    closed: function (how) {
      self.end_(how);
    },
    sent: function () {
      self.count_();
    }
  });
}

MuxSocket.prototype = copyInto(copyInto({
  constructor: MuxSocket,

  send: function (data) {
    if (this.readyState === kConnecting) {
      throw makeError('InvalidStateError', 11, 'The socket is not open yet.');
    }
    if (isBlob(data)) {
      this.sendBlob_(data);
    } else {
      this.sendBytes_(data);
    }
    this.count_();
    this.link_.wake();
  },

  sendBytes_: function (data) {
    var bytes = typeof data === 'string' ? null : bytesOf(data);
    var type = bytes ? kBinaryFrame : kTextFrame;
    bytes = bytes || encodeText(''.concat(data));
    if (this.readyState === kOpen) {
      this.link_.stream.send(type, bytes, bytes.length);
    } else {
      this.unsent_ += bytes.length;
    }
  },

  sendBlob_: function (blob) {
    var self = this;
    var reader = new FileReader();
    var entry;
    if (self.readyState !== kOpen) {
      self.unsent_ += blob.size;
      return;
    }
    entry = self.link_.stream.send(kBinaryFrame, null, blob.size);
    reader.onload = function () {
      entry.bytes = new Uint8Array(reader.result);
      self.link_.wake();
    };
    reader.onerror = function () {
      self.abort_('a Blob could not be read');
    };
    reader.readAsArrayBuffer(blob);
  },

  close: function (code, reason) {
    var words = checkClose(code, reason);
    if (this.readyState === kConnecting) {
      this.abort_('closed before it was open');
    } else if (this.readyState === kOpen) {
      this.readyState = kClosing;
      this.link_.stream.close(code === undefined ? words ? 1000 : kNoStatus : Math.floor(code), words, false);
      this.link_.wake();
    }
  },

  // Additions: no message comes between the two, and what the server has to say waits at the server.
  pause: function () {
    this.isPaused_ = true;
    this.link_.stream.pause();
  },

  resume: function () {
    var self = this;
    self.isPaused_ = false;
    setTimeout(function () {
      if (!self.isPaused_) {
        self.link_.stream.resume();
        self.link_.wake();
      }
    }, 0);
  },

  abort_: function (reason) {
    var self = this;
    self.readyState = kClosing;
    self.link_.stream.close(1000, '', true);
    self.link_.stream.forsake();
    self.link_.wake();
    setTimeout(function () {
      self.end_({code: kAbnormal, reason: reason, wasClean: false});
    }, 0);
  },

  count_: function () {
    if (this.link_) {
      this.bufferedAmount = this.link_.stream.buffered() + this.unsent_;
    }
  },

  end_: function (how) {
    if (this.readyState !== kClosed) {
      this.readyState = kClosed;
      if (!how.wasClean) {
        tell(this, 'error', {message: how.reason});
      }
      tell(this, 'close', how);
    }
  }
}, eventTarget), muxStates);
