// What comes from the server.

XmppClient.prototype.take_ = function (stanza) {
  var name = nameOf(stanza);
  if (stanza.namespaceURI === kFraming) {
    if (name === 'close' && this.socket_) {
      this.takeClose_();
    }
  } else if (stanza.namespaceURI === kSasl) {
    this.takeSasl_(name, stanza);
  } else if (name === 'features') {
    this.takeFeatures_(stanza);
  } else if (name === 'error') {
    this.takeError_(stanza);
  } else if (!this.isIn_) {
    this.fail_('not-authorized', 'the server began before the login was over');
  } else if (name === 'iq') {
    this.takeIq_(stanza);
  } else if (name === 'message') {
    this.takeMessage_(stanza);
  } else if (name === 'presence') {
    this.takePresence_(stanza);
  }
};

XmppClient.prototype.takeClose_ = function () {
  if (!this.isEnding_) {
    this.isEnding_ = true;
    this.socket_.send("<close xmlns='" + kFraming + "'/>");
  }
};

XmppClient.prototype.takeError_ = function (stanza) {
  var condition = child(stanza);
  this.tell_('onerror', {condition: condition ? nameOf(condition) : 'undefined-condition', text: textOf(child(stanza, 'text'))});
};

// ---- the login ----

XmppClient.prototype.takeFeatures_ = function (features) {
  var self = this;
  var all = children(child(features, 'mechanisms', kSasl), 'mechanism');
  var names = ' ';
  var at;
  var needsSession;
  if (self.isIn_) {
    needsSession = child(features, 'session', kSession);
    needsSession = needsSession && !child(needsSession, 'optional');
    self.ask_('set', "<bind xmlns='" + kBind + "'>" + (self.resource_ ? '<resource>' + escaped(self.resource_) + '</resource>' : '') + '</bind>', function (answer) {
      var bound = child(answer, 'bind', kBind);
      if (valueOf(answer, 'type') === 'error' || !bound) {
        self.fail_('conflict', 'the server gave no address');
        return;
      }
      self.jid = textOf(child(bound, 'jid'));
      if (needsSession) {
        self.ask_('set', "<session xmlns='" + kSession + "'/>", function () {
          self.askForRoster_();
        });
      } else {
        self.askForRoster_();
      }
    });
    return;
  }
  for (at = 0; at < all.length; at++) {
    names += textOf(all[at]) + ' ';
  }
  if (names.indexOf(' SCRAM-SHA-1 ') >= 0) {
    self.mechanism_ = new Scram(self.user_, self.password_);
    self.auth_('SCRAM-SHA-1');
  } else if (names.indexOf(' PLAIN ') >= 0 && self.mayPlain_) {
    self.mechanism_ = new Plain(self.user_, self.password_);
    self.auth_('PLAIN');
  } else {
    self.fail_('invalid-mechanism', 'the server knows' + (names === ' ' ? ' no mechanism ' : names) + 'and none of SCRAM-SHA-1' +
      (self.mayPlain_ ? ' and PLAIN' : '; PLAIN is for pages over TLS, or with plain: true'));
  }
};

XmppClient.prototype.auth_ = function (name) {
  this.socket_.send("<auth xmlns='" + kSasl + "' mechanism='" + name + "'>" + toBase64(this.mechanism_.first) + '</auth>');
};

XmppClient.prototype.takeSasl_ = function (name, stanza) {
  var self = this;
  var socket = self.socket_;
  var data = fromBase64(textOf(stanza));
  var condition;
  if (!self.mechanism_ || self.isIn_) {
    self.fail_('not-authorized', 'nobody asked for that');
  } else if (name === 'challenge') {
    self.mechanism_.next(data, function (answer) {
      if (self.socket_ === socket && !self.isEnding_) {
        socket.send("<response xmlns='" + kSasl + "'>" + toBase64(answer) + '</response>');
      }
    }, function (text) {
      self.fail_('not-authorized', text);
    });
  } else if (name === 'success') {
    if (self.mechanism_.proves(data)) {
      self.isIn_ = true;
      self.password_ = self.mechanism_ = null;
      self.begin_();
    } else {
      self.fail_('not-authorized', 'the server does not know the password');
    }
  } else {
    condition = child(stanza);
    self.fail_(condition ? nameOf(condition) : 'not-authorized', textOf(child(stanza, 'text')) || 'the server let nobody in of that name and password');
  }
};

XmppClient.prototype.askForRoster_ = function () {
  var self = this;
  self.ask_('get', "<query xmlns='" + kRoster + "'/>", function (answer) {
    self.takeRoster_(child(answer, 'query', kRoster));
    self.isOpen_ = true;
    self.presence('', '');
    self.tell_('onopen');
    self.tell_('onroster', self.roster);
  });
};

// ---- stanzas ----

XmppClient.prototype.isFromOwnServer_ = function (stanza) {
  var from = valueOf(stanza, 'from');
  return !from || from === this.jid || from === bare(this.jid) || from === this.domain_;
};

XmppClient.prototype.takeIq_ = function (stanza) {
  var type = valueOf(stanza, 'type');
  var id = valueOf(stanza, 'id');
  var query = child(stanza, 'query', kRoster);
  var done;
  if (type === 'result' || type === 'error') {
    done = Object.prototype.hasOwnProperty.call(this.waiting_, id) && this.isFromOwnServer_(stanza) ? this.waiting_[id] : null;
    if (done) {
      delete this.waiting_[id];
      done(stanza);
    }
  } else if (type === 'set' && query && this.isFromOwnServer_(stanza)) {
    this.takeRoster_(query);
    this.answer_(stanza, 'result', '');
    this.tell_('onroster', this.roster);
  } else if (type === 'get' && child(stanza, 'ping', 'urn:xmpp:ping')) {
    this.answer_(stanza, 'result', '');
  } else {
    this.answer_(stanza, 'error', "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>");
  }
};

XmppClient.prototype.answer_ = function (stanza, type, content) {
  if (!this.isEnding_) {
    this.socket_.send('<iq' + kClient + attribute('type', type) + attribute('to', valueOf(stanza, 'from')) + attribute('id', valueOf(stanza, 'id')) + '>' + content + '</iq>');
  }
};

XmppClient.prototype.takeRoster_ = function (query) {
  var items = children(query, 'item');
  var at;
  var item;
  var rest;
  var each;
  for (at = 0; at < items.length; at++) {
    item = {jid: valueOf(items[at], 'jid'), name: valueOf(items[at], 'name'), subscription: valueOf(items[at], 'subscription') || 'none', ask: valueOf(items[at], 'ask')};
    rest = [];
    for (each = 0; each < this.roster.length; each++) {
      if (this.roster[each].jid !== item.jid) {
        rest.push(this.roster[each]);
      }
    }
    if (item.subscription !== 'remove') {
      rest.push(item);
    }
    this.roster = rest;
  }
};

XmppClient.prototype.takeMessage_ = function (stanza) {
  var body = child(stanza, 'body');
  var type = valueOf(stanza, 'type') || 'normal';
  var delay = child(stanza, 'delay', 'urn:xmpp:delay');
  var node;
  for (node = stanza.firstChild; node; node = node.nextSibling) {
    if (node.nodeType === 1 && node.namespaceURI === kStates && type !== 'error') {
      this.tell_('onstate', {from: valueOf(stanza, 'from'), state: nameOf(node)});
    }
  }
  if (body || type === 'error') {
    this.tell_('onmessage', {from: valueOf(stanza, 'from'), to: valueOf(stanza, 'to'), body: textOf(body), type: type, id: valueOf(stanza, 'id'),
      stamp: delay ? valueOf(delay, 'stamp') : ''});
  }
};

XmppClient.prototype.takePresence_ = function (stanza) {
  this.tell_('onpresence', {from: valueOf(stanza, 'from'), type: valueOf(stanza, 'type') || 'available', show: textOf(child(stanza, 'show')),
    status: textOf(child(stanza, 'status'))});
};

Encke.XmppClient = XmppClient;
