// Encke.TCPSocket: a TCP connection to a host and port that the page names and the gateway allows (docs/gateway.md), as Orbited had it.

var kInitialized = 1;
var kOpening = 2;
var kOpen = 3;
var kClosing = 4;
var kClosed = 5;

// What onclose is given where no code of the gateway's own says more.
var kTimeout = 101;
var kNoHandshake = 102;
var kReset = 103;
var kForbidden = 106;
var kEnded = 201;

// A code of 4000 and more is the gateway's, 4000 above the number that Orbited had.
function codeOf(closed) {
  return closed > 4100 && closed < 4400 ? closed - 4000 : closed === 1000 ? kEnded : closed === 1008 ? kForbidden : kTimeout;
}

function copyOf(options, into) {
  var name;
  for (name in options) {
    if (Object.prototype.hasOwnProperty.call(options, name)) {
      into[name] = options[name];
    }
  }
  return into;
}

// A session that goes on elsewhere, or anew, is not the same connection any more.
function checkOptions(options) {
  if (options.reconnect || options.reload || options.share) {
    throw new Error('A TCP connection is one socket\'s and ends with it: reconnect, reload and share are not for TCPSocket.');
  }
}

// TCPSocket(), TCPSocket(options), or TCPSocket(host, port, isBinary), which opens it.
function TCPSocket(options, port, isBinary) {
  var isOpened = arguments.length > 1;
  if (!(this instanceof TCPSocket)) {
    throw new TypeError('TCPSocket is a constructor: write new TCPSocket().');
  }
  this.options_ = copyOf(isOpened ? {} : options, copyOf(TCPSocket.options, {}));
  checkOptions(this.options_);
  this.socket_ = null;
  this.readyState = kInitialized;
  this.onopen = this.onread = this.onclose = this.onclosed = null;
  if (isOpened) {
    this.open(options, port, isBinary);
  }
}

TCPSocket.prototype.open = function (host, port, isBinary) {
  var self = this;
  var options = self.options_;
  var address = String(host);
  var socket;
  if (self.readyState !== kInitialized) {
    throw new Error('This TCPSocket has been opened already: make another.');
  }
  address = address.indexOf(':') >= 0 && address.charAt(0) !== '[' ? '[' + address + ']' : address;
  socket = new Encke.Socket(options.url || TCPSocket.url, options.protocols || [], options);
  socket.binaryType = 'arraybuffer';
  self.socket_ = socket;
  self.readyState = kOpening;
  socket.onopen = function () {
    socket.send(address + ':' + port + (isBinary ? ' binary' : ' text'));
  };
  socket.onmessage = function (event) {
    if (self.readyState !== kOpening) {
      self.tell_('onread', event.data);
    } else if (event.data === '1') {
      self.readyState = kOpen;
      self.tell_('onopen');
    } else {
      self.drop_(kNoHandshake, 'what answers there is no gateway to hosts of the page\'s choice');
    }
  };
  socket.onclose = function (event) {
    self.end_(codeOf(event.code), event.reason);
  };
};

TCPSocket.prototype.send = function (data) {
  if (this.readyState !== kOpen) {
    throw new Error('This TCPSocket is not open: send when onopen has been called.');
  }
  this.socket_.send(data);
};

// Behind all that was sent.
TCPSocket.prototype.close = function () {
  if (this.readyState === kOpening || this.readyState === kOpen) {
    this.readyState = kClosing;
    this.socket_.close(1000);
  }
};

// At once, whatever is still on its way.
TCPSocket.prototype.reset = function () {
  if (this.readyState > kInitialized && this.readyState < kClosed) {
    this.drop_(kReset, 'the page reset the connection');
  }
};

TCPSocket.prototype.drop_ = function (code, reason) {
  var self = this;
  self.socket_.onopen = self.socket_.onmessage = self.socket_.onclose = null;
  self.socket_.close(4000 + code, reason);
  self.readyState = kClosing;
  setTimeout(function () {
    self.end_(code, reason);
  }, 0);
};

TCPSocket.prototype.end_ = function (code, reason) {
  if (this.readyState !== kClosed) {
    this.readyState = kClosed;
    this.tell_(this.onclose ? 'onclose' : 'onclosed', code, reason);
  }
};

TCPSocket.prototype.tell_ = function (handler, first, second) {
  if (typeof this[handler] === 'function') {
    this[handler](first, second);
  }
};

// The names of 2008.
TCPSocket.prototype.disconnect = TCPSocket.prototype.close;
TCPSocket.prototype.postMessage = TCPSocket.prototype.send;

copyOf({INITIALIZED: kInitialized, OPENING: kOpening, OPEN: kOpen, CLOSING: kClosing, CLOSED: kClosed}, TCPSocket);

TCPSocket.url = '/tcp'; // where the gateway is, below the page's origin
TCPSocket.options = {}; // Encke.Socket's, of all that are made from then on

// The global of that name, for code that was written for it.
TCPSocket.install = function () {
  (typeof window !== 'undefined' ? window : globalThis).TCPSocket = TCPSocket;
};

Encke.TCPSocket = TCPSocket;
