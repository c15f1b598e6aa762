// Contacts, their presence, and what was said. No DOM.
/* exported People */

function People() {
  this.all = {}; // by bare address
  this.requests = []; // addresses of those who ask to see one's presence
}

People.bare = function (jid) {
  return jid.replace(/\/.*$/, '').toLowerCase();
};

People.shortName = function (jid) {
  return jid.replace(/@.*$/, '');
};

People.prototype.get = function (jid) {
  var bare = People.bare(jid);
  if (!Object.prototype.hasOwnProperty.call(this.all, bare)) {
    this.all[bare] = {jid: bare, name: People.shortName(bare), isContact: false, asked: false, resources: {}, lines: [], unread: 0, isTyping: false};
  }
  return this.all[bare];
};

People.prototype.setRoster = function (items) {
  var self = this;
  Object.keys(self.all).forEach(function (jid) {
    self.all[jid].isContact = false;
  });
  items.forEach(function (item) {
    var person = self.get(item.jid);
    person.isContact = true;
    person.name = item.name || People.shortName(item.jid);
    person.asked = item.ask === 'subscribe' && item.subscription !== 'to' && item.subscription !== 'both';
  });
};

// Answers whether somebody has come or gone.
People.prototype.setPresence = function (presence) {
  var person = this.get(presence.from);
  var before = this.showOf(person);
  if (presence.type === 'unavailable') {
    delete person.resources[presence.from];
    person.isTyping = false;
  } else if (presence.type === 'available') {
    person.resources[presence.from] = {show: presence.show || 'online', status: presence.status};
  }
  return before !== this.showOf(person);
};

People.prototype.forgetPresence = function () {
  var self = this;
  Object.keys(self.all).forEach(function (jid) {
    self.all[jid].resources = {};
    self.all[jid].isTyping = false;
  });
};

// The best of somebody's clients: "online", "away", "dnd" or "offline".
People.prototype.showOf = function (person) {
  var kinds = Object.keys(person.resources).map(function (resource) {
    return person.resources[resource].show;
  });
  var order = ['chat', 'online', 'dnd', 'away', 'xa'];
  var best = order.filter(function (show) {
    return kinds.indexOf(show) >= 0;
  })[0];
  return best === 'chat' ? 'online' : best === 'xa' ? 'away' : best || 'offline';
};

People.prototype.statusOf = function (person) {
  var words = {online: 'Available', away: 'Away', dnd: 'Do not disturb', offline: person.asked ? 'Has not answered yet' : 'Offline'};
  var said = Object.keys(person.resources).map(function (resource) {
    return person.resources[resource].status;
  }).filter(Boolean)[0];
  return said || words[this.showOf(person)];
};

// Who is there first, then by name; and those who have written without being contacts.
People.prototype.sorted = function () {
  var self = this;
  return Object.keys(self.all).map(function (jid) {
    return self.all[jid];
  }).filter(function (person) {
    return person.isContact || person.lines.length > 0;
  }).sort(function (one, other) {
    var away = (self.showOf(one) === 'offline') - (self.showOf(other) === 'offline');
    return away || one.name.localeCompare(other.name);
  });
};

People.prototype.addLine = function (person, line) {
  person.lines.push(line);
  if (person.lines.length > 500) {
    person.lines.shift();
  }
};
