// One stream on the page's side: what waits to be sent, what has come in part, and the windows of both ways.
//
// sink: opened(protocol), message(data), closed(how), how being {code, reason, wasClean}. data is a string or bytes. Nothing of it
// is called from inside a call of the page's.

function MuxStream(id, open, windowBytes, sink) {
  this.id = id;
  this.first_ = open; // the frame OPEN, until it has left
  this.sink_ = sink;
  this.queue_ = []; // {type, bytes, at}; of a Blob that is being read bytes is null
  this.waiting_ = 0; // bytes in it
  this.credit_ = 0; // of ours
  this.window_ = windowBytes;
  this.left_ = windowBytes; // of the server's
  this.used_ = 0; // of that, and not given back yet
  this.parts_ = [];
  this.type_ = 0; // of the message that has begun
  this.held_ = []; // while the page has paused
  this.close_ = null; // {code, reason}, to be sent behind all else
  this.isOpen_ = this.isPaused_ = this.isCloseSent_ = this.isOver_ = false;
  this.isAwake = false; // the session's
}

MuxStream.prototype = {
  constructor: MuxStream,

  // ---- down ----

  take: function (frame) {
    if (frame.type === kCloseFrame) {
      this.takeClose_(frame);
    } else if (frame.type === kOpenedFrame) {
      this.isOpen_ = true; // for the page too late, perhaps, but the server waits for an answer to its CLOSE
      this.credit_ = frame.number;
      if (!this.close_ && !this.isOver_) {
        this.sink_.opened(decodeText(frame.rest) || '');
      }
    } else if (this.close_ || this.isOver_) {
      return; // it has crossed our CLOSE
    } else if (frame.type === kCreditFrame) {
      this.credit_ += frame.number;
    } else {
      this.takePiece_(frame);
    }
  },

  takePiece_: function (frame) {
    var cost = frame.rest.length + kPieceCost;
    var data;
    this.left_ -= cost;
    if (this.left_ < 0 || (this.type_ && this.type_ !== frame.type)) {
      this.fail_(1002, this.left_ < 0 ? 'the server sent more than the window has room for' : 'a message changed its kind');
      return;
    }
    this.used_ += cost;
    this.type_ = frame.more ? frame.type : 0;
    this.parts_.push(frame.rest);
    if (frame.more) {
      return;
    }
    data = joinBytes(this.parts_);
    this.parts_ = [];
    data = frame.type === kTextFrame ? decodeText(data) : data;
    if (data === null) {
      this.fail_(1007, 'a text message is not UTF-8');
    } else if (this.isPaused_) {
      this.held_.push(data);
    } else {
      this.sink_.message(data);
    }
  },

  // The other side's, whether it answers ours or not.
  takeClose_: function (frame) {
    var wasOpen = this.isOpen_;
    var ours = this.close_;
    this.isCloseSent_ = this.isCloseSent_ || !wasOpen; // who was refused does not answer
    this.close_ = ours || {code: 1000, reason: ''};
    this.queue_ = [];
    this.waiting_ = 0;
    this.isGone_ = true;
    this.end_({code: frame.number, reason: decodeText(frame.rest) || '', wasClean: wasOpen}, true);
  },

  fail_: function (code, reason) {
    this.close(code, reason, true);
    this.end_({code: 1006, reason: reason, wasClean: false}, false);
  },

  // What a page that has paused holds comes before the end; `withHeld` says whether it comes at all.
  end_: function (how, withHeld) {
    var held = withHeld ? this.held_ : [];
    var i;
    this.held_ = [];
    this.parts_ = [];
    for (i = 0; i < held.length; i++) {
      this.sink_.message(held[i]);
    }
    if (!this.isOver_) {
      this.isOver_ = true;
      this.sink_.closed(how);
    }
  },

  // The session is over.
  lose: function (how) {
    this.end_(how, true);
  },

  pause: function () {
    this.isPaused_ = true;
  },

  resume: function () {
    this.isPaused_ = false;
    while (this.held_.length > 0 && !this.isPaused_) {
      this.sink_.message(this.held_.shift());
    }
  },

  // ---- up ----

  // Answers the entry, whose bytes may come later, where they are null.
  send: function (type, bytes, size) {
    var entry = {type: type, bytes: bytes, at: 0, size: size};
    this.queue_.push(entry);
    this.waiting_ += size;
    return entry;
  },

  buffered: function () {
    return this.waiting_;
  },

  // Behind what is queued; or in its place.
  close: function (code, reason, atOnce) {
    if (atOnce) {
      this.queue_ = [];
      this.waiting_ = 0;
    }
    this.close_ = this.close_ || {code: code, reason: reason};
  },

  // Nothing more is to be told to the page.
  forsake: function () {
    this.isOver_ = true;
  },

  // How much of the first entry may leave; -1: nothing.
  room_: function () {
    var entry = this.queue_[0];
    var left, size;
    if (!this.isOpen_ || !entry || !entry.bytes) {
      return -1;
    }
    left = entry.bytes.length - entry.at;
    size = Math.min(left, kPieceBytes, this.credit_ - kPieceCost);
    return size < Math.min(left, kLeastPiece) ? -1 : size;
  },

  owesCredit_: function () {
    return this.isOpen_ && !this.isPaused_ && !this.close_ && this.used_ * 2 >= this.window_;
  },

  hasToSend: function () {
    return !!this.first_ || this.owesCredit_() || this.room_() >= 0 ||
      !!(this.close_ && !this.isCloseSent_ && this.queue_.length === 0);
  },

  // The next frame, where hasToSend().
  next: function () {
    var frame = this.first_;
    if (frame) {
      this.first_ = null;
      return frame;
    }
    if (this.owesCredit_()) {
      frame = creditFrame(this.id, this.used_);
      this.left_ += this.used_;
      this.used_ = 0;
      return frame;
    }
    if (this.room_() >= 0) {
      return this.nextPiece_();
    }
    this.isCloseSent_ = true;
    return closeFrame(this.id, this.close_.code, this.close_.reason);
  },

  nextPiece_: function () {
    var entry = this.queue_[0];
    var size = this.room_();
    var more = entry.at + size < entry.bytes.length;
    var piece = partOf(entry.bytes, entry.at, entry.at + size);
    this.credit_ -= size + kPieceCost;
    this.waiting_ -= size;
    entry.at += size;
    if (!more) {
      this.queue_.shift();
    }
    return pieceFrame(this.id, entry.type + (more ? kMore : 0), piece);
  },

  // Nothing of it is left to say or to hear.
  isGone: function () {
    return !!this.isGone_ && this.isCloseSent_;
  }
};
