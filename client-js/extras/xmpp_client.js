// Encke.XmppClient: a server of XMPP for pages, over the gateway (docs/xmpp.md): login, roster, presence and messages.

var kFraming = 'urn:ietf:params:xml:ns:xmpp-framing';
var kSasl = 'urn:ietf:params:xml:ns:xmpp-sasl';
var kBind = 'urn:ietf:params:xml:ns:xmpp-bind';
var kSession = 'urn:ietf:params:xml:ns:xmpp-session';
var kRoster = 'jabber:iq:roster';
var kStates = 'http://jabber.org/protocol/chatstates';
var kClient = " xmlns='jabber:client'";

function bare(jid) {
  return jid.replace(/\/.*$/, '');
}

function XmppClient() {
  if (!(this instanceof XmppClient)) {
    throw new TypeError('XmppClient is a constructor: write new XmppClient().');
  }
  this.socket_ = null;
  this.jid = '';
  this.roster = [];
  this.onopen = this.onclose = this.onerror = this.onmessage = this.onpresence = this.onroster = this.onstate = null;
}

// options: jid and password; perhaps resource, plain: true where PLAIN may be spoken without TLS, and those of Encke.Socket.
XmppClient.prototype.connect = function (url, options) {
  var self = this;
  var jid = String(options.jid);
  var at = jid.indexOf('@');
  var socket;
  if (at < 1 || at === jid.length - 1) {
    throw new Error('jid: found "' + jid + '", expected one such as "ada@xmpp.example".');
  }
  if (options.reconnect || options.reload || options.share) {
    throw new Error('A stream of XMPP is one socket\'s and ends with it: reconnect, reload and share are not for XmppClient.');
  }
  if (self.socket_) {
    throw new Error('This XmppClient is connected already: close it, or make another.');
  }
  self.user_ = jid.substring(0, at);
  self.domain_ = bare(jid.substring(at + 1));
  self.jid = bare(jid);
  self.resource_ = options.resource || jid.substring(jid.indexOf('/') + 1 || jid.length);
  self.password_ = String(options.password);
  self.waiting_ = {};
  self.count_ = 0;
  self.roster = [];
  self.mechanism_ = null;
  self.isIn_ = self.isOpen_ = self.isEnding_ = false;
  self.socket_ = socket = new Encke.Socket(url, ['xmpp'], options);
  self.mayPlain_ = options.plain === true || /^(https|wss):/.test(socket.url); // nobody on the way reads it then
  socket.onopen = function () {
    self.begin_();
  };
  socket.onmessage = function (event) {
    var stanza = parseXml(event.data);
    if (stanza) {
      self.take_(stanza);
    } else {
      self.fail_('not-well-formed', 'what came is no XML');
    }
  };
  socket.onclose = function (event) {
    self.socket_ = null;
    self.isOpen_ = false;
    self.tell_('onclose', event.code, event.reason);
  };
};

// Text for somebody; `type` is "chat" unless given. Answers the id that it has.
XmppClient.prototype.message = function (to, body, type) {
  var id = this.id_();
  this.give_('<message' + kClient + attribute('to', to) + attribute('type', type || 'chat') + attribute('id', id) + '><body>' + escaped(body) +
    "</body><active xmlns='" + kStates + "'/></message>");
  return id;
};

// "composing" while somebody types, "paused" or "active" when that is over.
XmppClient.prototype.state = function (to, state) {
  this.give_('<message' + kClient + attribute('to', to) + " type='chat'><" + cleaned(state).replace(/[^a-z]/g, '') + " xmlns='" + kStates + "'/></message>");
};

// One's own presence: show is "away", "chat", "dnd", "xa", "" for being there, or "unavailable".
XmppClient.prototype.presence = function (show, status) {
  this.give_('<presence' + kClient + attribute('type', show === 'unavailable' ? show : '') + '>' + (show && show !== 'unavailable' ? '<show>' + escaped(show) + '</show>' : '') +
    (status ? '<status>' + escaped(status) + '</status>' : '') + '</presence>');
};

// Asks to see somebody's presence, from now on.
XmppClient.prototype.subscribe = function (jid) {
  this.subscription_(jid, 'subscribe');
};

// Lets somebody see one's own.
XmppClient.prototype.approve = function (jid) {
  this.subscription_(jid, 'subscribed');
};

// Does not, or no more.
XmppClient.prototype.deny = function (jid) {
  this.subscription_(jid, 'unsubscribed');
};

// Puts somebody on the roster, or changes the name that they have there.
XmppClient.prototype.add = function (jid, name) {
  this.ask_('set', "<query xmlns='" + kRoster + "'><item" + attribute('jid', jid) + attribute('name', name) + '/></query>');
};

// Takes them off, and ends the subscriptions both ways.
XmppClient.prototype.remove = function (jid) {
  this.ask_('set', "<query xmlns='" + kRoster + "'><item" + attribute('jid', jid) + " subscription='remove'/></query>");
};

// A stanza as XML, whole.
XmppClient.prototype.send = function (xml) {
  this.give_(xml);
};

// In order: what was sent arrives, and others see one leave.
XmppClient.prototype.close = function () {
  if (this.socket_ && !this.isEnding_) {
    this.isEnding_ = true;
    if (this.socket_.readyState === 1) {
      if (this.isOpen_) {
        this.socket_.send('<presence' + kClient + " type='unavailable'/>");
      }
      this.socket_.send("<close xmlns='" + kFraming + "'/>");
    } else {
      this.socket_.close(1000);
    }
  }
};

XmppClient.prototype.id_ = function () {
  this.count_++;
  return 'e' + this.count_;
};

XmppClient.prototype.give_ = function (xml) {
  if (!this.isOpen_ || this.isEnding_) {
    throw new Error('This XmppClient is not open: send when onopen has been called.');
  }
  this.socket_.send(xml);
};

XmppClient.prototype.subscription_ = function (jid, type) {
  this.give_('<presence' + kClient + attribute('to', bare(String(jid))) + attribute('type', type) + '/>');
};

// `done` is given the answer, a result or an error.
XmppClient.prototype.ask_ = function (type, query, done) {
  var id = this.id_();
  this.waiting_[id] = done || function () {};
  this.socket_.send('<iq' + kClient + attribute('type', type) + attribute('id', id) + '>' + query + '</iq>');
};

XmppClient.prototype.tell_ = function (handler, first, second) {
  if (typeof this[handler] === 'function') {
    this[handler](first, second);
  }
};

XmppClient.prototype.fail_ = function (condition, text) {
  this.tell_('onerror', {condition: condition, text: text});
  this.close();
};

XmppClient.prototype.begin_ = function () {
  this.socket_.send("<open xmlns='" + kFraming + "' version='1.0'" + attribute('to', this.domain_) + '/>');
};
