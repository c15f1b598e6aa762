// SASL: SCRAM-SHA-1 (RFC 5802), where the server proves that it knows the password too, and PLAIN (RFC 4616).

var kMostRounds = 1000000; // a server that asks for more would hold the page up

function nonce() {
  var text = '';
  var bytes;
  var at;
  if (typeof crypto !== 'undefined' && crypto.getRandomValues && typeof Uint8Array !== 'undefined') {
    bytes = crypto.getRandomValues(new Uint8Array(18));
  }
  for (at = 0; at < 18; at++) {
    text += String.fromCharCode(bytes ? bytes[at] : Math.floor(Math.random() * 256));
  }
  return toBase64(text);
}

function normal(text) {
  return toUtf8(String.prototype.normalize ? text.normalize('NFKC') : text);
}

// {r: ..., s: ..., i: ...} of "r=...,s=...,i=..."
function partsOf(message) {
  var parts = {};
  var each = message.split(',');
  var at;
  for (at = 0; at < each.length; at++) {
    parts[each[at].charAt(0)] = each[at].substring(2);
  }
  return parts;
}

function xor(one, other) {
  var out = '';
  var at;
  for (at = 0; at < one.length; at++) {
    out += String.fromCharCode(one.charCodeAt(at) ^ other.charCodeAt(at));
  }
  return out;
}

// first: what is sent at first; next(challenge, answer, fail) answers a challenge; proves(data) tells whether what came at the end does so.
function Scram(user, password) {
  this.password_ = normal(password);
  this.nonce_ = nonce();
  this.bare_ = 'n=' + normal(user).replace(/=/g, '=3D').replace(/,/g, '=2C') + ',r=' + this.nonce_;
  this.expected_ = null;
  this.first = 'n,,' + this.bare_;
}

Scram.prototype.next = function (challenge, answer, fail) {
  var self = this;
  var parts = partsOf(challenge);
  var rounds = Number(parts.i);
  var closing;
  var signed;
  if (self.expected_ !== null) {
    // Some servers bring their proof in a challenge of its own.
    if (self.proves(challenge)) {
      answer('');
    } else {
      fail('the server does not know the password');
    }
    return;
  }
  if (!parts.r || parts.r.indexOf(self.nonce_) !== 0 || parts.r === self.nonce_ || !parts.s || !(rounds >= 1 && rounds <= kMostRounds) || parts.m) {
    fail('the server\'s challenge is not one of SCRAM\'s');
    return;
  }
  closing = 'c=biws,r=' + parts.r;
  signed = self.bare_ + ',' + challenge + ',' + closing;
  pbkdf2(self.password_, fromBase64(parts.s), rounds, function (salted) {
    var key = hmac(salted, 'Client Key');
    self.expected_ = toBase64(hmac(hmac(salted, 'Server Key'), signed));
    answer(closing + ',p=' + toBase64(xor(key, hmac(sha1(key), signed))));
  });
};

Scram.prototype.proves = function (data) {
  if (data) {
    this.proven_ = this.expected_ !== null && partsOf(data).v === this.expected_;
  }
  return this.proven_ === true;
};

function Plain(user, password) {
  this.first = '\x00' + normal(user) + '\x00' + normal(password);
}

Plain.prototype.next = function (challenge, answer, fail) {
  fail('PLAIN knows no challenge');
};

Plain.prototype.proves = function () {
  return true;
};
