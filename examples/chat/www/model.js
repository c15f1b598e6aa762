// What this page knows: rooms with their messages, people, who is typing. No DOM, no timers, no connection: time comes in.
//
// `listener` gets people(), rooms(), typing(), and added(room, item) for each new line of a room. An item is
// {kind: 'say' or 'note', id, name, text, time, own, key, pending}.
Chat.createModel = function (me, listener) {
  var limits = {people: 300, rooms: 60, items: 300, keys: 1000};
  var goneMs = 75000; // five beats; browsers slow the timers of hidden pages down to one a minute
  var typingMs = 6000;
  var people = {}; // by 'p' and id: an id may be a name that every object has
  var count = 0;
  var rooms = []; // [{name, items, unread, visited}], the first one is always the lobby
  var keys = {}; // messages that were here already, so that a repeated one is shown once
  var keyOrder = [];
  var lobby = 'lobby';
  var model;

  function findRoom(name) {
    var i;
    for (i = 0; i < rooms.length; i++) {
      if (rooms[i].name === name) {
        return rooms[i];
      }
    }
    return null;
  }

  function needRoom(name, wanted) {
    var room = findRoom(name);
    if (!room && (rooms.length < limits.rooms || wanted)) {
      room = {name: name, items: [], unread: 0, visited: false};
      rooms.push(room);
      listener.rooms();
    }
    return room;
  }

  function add(room, item) {
    if (!room) {
      return;
    }
    room.items.push(item);
    if (room.items.length > limits.items) {
      room.items.shift();
    }
    listener.added(room, item);
  }

  function note(roomName, text, time) {
    var room = findRoom(roomName);
    if (room && room.visited) {
      add(room, {kind: 'note', text: text, time: time});
    }
  }

  function isNewKey(key) {
    if (keys['k' + key]) {
      return false;
    }
    keys['k' + key] = true;
    keyOrder.push(key);
    if (keyOrder.length > limits.keys) {
      delete keys['k' + keyOrder.shift()];
    }
    return true;
  }

  // Notes that somebody is there; says in the rooms what that changes.
  function seen(message, now) {
    var person = people['p' + message.id];
    if (!person) {
      if (count >= limits.people) {
        return null;
      }
      person = people['p' + message.id] = {id: message.id, name: message.name, room: message.room, seen: now, typing: 0};
      count++;
      needRoom(message.room, false);
      if (message.kind === 'join') {
        note(message.room, message.name + ' came in', now);
      }
      listener.people();
      return person;
    }
    person.seen = now;
    if (person.name !== message.name) {
      note(message.room, person.name + ' is now ' + message.name, now);
      person.name = message.name;
      listener.people();
    }
    if (person.room !== message.room) {
      note(person.room, person.name + ' went to #' + message.room, now);
      needRoom(message.room, false);
      note(message.room, person.name + ' came in', now);
      person.room = message.room;
      person.typing = 0;
      listener.people();
    }
    return person;
  }

  function forget(person, now) {
    delete people['p' + person.id];
    count--;
    note(person.room, person.name + ' left', now);
    listener.people();
    listener.typing();
  }

  function confirmOwn(message) {
    var room = findRoom(message.room);
    var key = message.id + ':' + message.n;
    var i;
    for (i = room ? room.items.length - 1 : -1; i >= 0; i--) {
      if (room.items[i].key === key && room.items[i].pending && room.items[i].text === message.text) {
        room.items[i].pending = false;
        return room.items[i];
      }
    }
    return null;
  }

  function receive(message, now) {
    var person;
    if (message.id === me.id) {
      return message.kind === 'say' ? confirmOwn(message) : null;
    }
    if (message.kind === 'leave') {
      if (people['p' + message.id]) {
        forget(people['p' + message.id], now);
      }
      return null;
    }
    person = seen(message, now);
    if (person && message.kind === 'typing') {
      person.typing = message.on ? now + typingMs : 0;
      listener.typing();
    }
    if (message.kind === 'say' && isNewKey(message.id + ':' + message.n)) {
      if (person && person.typing) {
        person.typing = 0;
        listener.typing();
      }
      add(needRoom(message.room, false), {kind: 'say', id: message.id, name: message.name, text: message.text, time: now,
        own: false, key: message.id + ':' + message.n, pending: false});
    }
    return null;
  }

  // Drops people and rooms that are gone, and typing that has stopped.
  function sweep(now) {
    var id, i, room;
    for (id in people) {
      if (people.hasOwnProperty(id)) {
        if (now - people[id].seen > goneMs) {
          forget(people[id], now);
        } else if (people[id].typing && people[id].typing <= now) {
          people[id].typing = 0;
          listener.typing();
        }
      }
    }
    for (i = rooms.length - 1; i > 0; i--) {
      room = rooms[i];
      if (!room.visited && room.items.length === 0 && model.peopleIn(room.name).length === 0) {
        rooms.splice(i, 1);
        listener.rooms();
      }
    }
  }

  function peopleIn(roomName) {
    var list = [];
    var id;
    for (id in people) {
      if (people.hasOwnProperty(id) && people[id].room === roomName) {
        list.push(people[id]);
      }
    }
    return list.sort(function (a, b) {
      var left = a.name.toLowerCase() + a.id;
      var right = b.name.toLowerCase() + b.id;
      return left < right ? -1 : left > right ? 1 : 0;
    });
  }

  model = {
    limits: limits,
    receive: receive,
    sweep: sweep,
    peopleIn: peopleIn,

    typingIn: function (roomName) {
      var list = peopleIn(roomName);
      var names = [];
      var i;
      for (i = 0; i < list.length; i++) {
        if (list[i].typing) {
          names.push(list[i].name);
        }
      }
      return names;
    },

    rooms: function () {
      return rooms;
    },

    room: findRoom,

    // A room that the visitor went to.
    visit: function (name) {
      var room = needRoom(name, true);
      room.visited = true;
      return room;
    },

    forgetRoom: function (name) {
      var i;
      for (i = 1; i < rooms.length; i++) {
        if (rooms[i].name === name) {
          rooms[i].visited = false;
          rooms[i].items = [];
          rooms[i].unread = 0;
        }
      }
      listener.rooms();
    },

    // A message of our own, pending until it comes back from the server.
    say: function (message, now) {
      add(needRoom(message.room, true), {kind: 'say', id: me.id, name: me.name, text: message.text, time: now, own: true,
        key: me.id + ':' + message.n, pending: true});
    },

    note: note,

    unread: function () {
      var sum = 0;
      var i;
      for (i = 0; i < rooms.length; i++) {
        sum += rooms[i].unread;
      }
      return sum;
    },

    knownPeople: function () {
      return count;
    }
  };

  needRoom(lobby, true);
  return model;
};
