// What a user of IRC has: rooms (the server, channels, private talks), who is there, and what was said. No DOM.
//
// listener gets changed() when rooms or people did, added(room, item) for each line, and gone(room).
// An item is {kind: 'say' | 'action' | 'notice' | 'note', nick, text, time, own, mentions}.
Irc.createModel = function (listener) {
  var lines = Irc.lines;
  var mostItems = 500;
  var mostRooms = 100;
  var ranks = '~&@%+'; // as the server marks members, the highest first
  var rooms = []; // the server first, then in the order of joining
  var needed = {'001': 2, JOIN: 1, PART: 1, KICK: 2, NICK: 1, MODE: 2, TOPIC: 1, '332': 3, '353': 4, PRIVMSG: 2, NOTICE: 2}; // parameters
  var me = {nick: ''};
  var server = makeRoom('Server', 'server');

  function makeRoom(name, kind) {
    var room = {name: name, kind: kind, topic: '', items: [], unread: 0, mentions: 0, members: {}, joined: false, draft: ''};
    rooms.push(room);
    return room;
  }

  function key(name) {
    return 'n' + lines.fold(name);
  }

  function find(name) {
    var i;
    for (i = 1; i < rooms.length; i++) {
      if (lines.fold(rooms[i].name) === lines.fold(name)) {
        return rooms[i];
      }
    }
    return null;
  }

  function open(name) {
    var room = find(name);
    if (!room) {
      room = makeRoom(name, lines.isChannel(name) ? 'channel' : 'talk');
      listener.changed();
    }
    return room;
  }

  function remove(room) {
    var i;
    for (i = 1; i < rooms.length; i++) {
      if (rooms[i] === room) {
        rooms.splice(i, 1);
        listener.gone(room);
        listener.changed();
        return;
      }
    }
  }

  function isMe(nick) {
    return lines.fold(nick) === lines.fold(me.nick);
  }

  function mentionsMe(text) {
    var folded = lines.fold(text);
    var nick = lines.fold(me.nick);
    var at = folded.indexOf(nick);
    while (at >= 0 && nick !== '') {
      if (!/\w/.test(folded.charAt(at - 1)) && !/\w/.test(folded.charAt(at + nick.length))) {
        return true;
      }
      at = folded.indexOf(nick, at + 1);
    }
    return false;
  }

  function add(room, kind, nick, text) {
    var own = isMe(nick);
    var item = {kind: kind, nick: nick, text: lines.plain(text), time: new Date().getTime(), own: own,
      mentions: !own && (kind === 'say' || kind === 'action') && mentionsMe(text)};
    room.items.push(item);
    if (room.items.length > mostItems) {
      room.items.shift();
    }
    listener.added(room, item);
  }

  function note(room, text) {
    add(room, 'note', '', text);
  }

  // Calls work(room) for each room that somebody is in; a private talk counts.
  function wherever(nick, work) {
    var list = rooms.slice(1);
    var i;
    for (i = 0; i < list.length; i++) {
      if (list[i].members[key(nick)] || list[i].kind === 'talk' && lines.fold(list[i].name) === lines.fold(nick)) {
        work(list[i]);
      }
    }
  }

  function welcome(message) {
    me.nick = message.params[0];
    note(server, message.params[1]);
    listener.changed();
  }

  function join(message) {
    var room = open(message.params[0]);
    if (isMe(message.nick)) {
      room.joined = true;
      room.members = {};
      note(room, 'You are in ' + room.name);
    } else {
      note(room, message.nick + ' came in');
    }
    room.members[key(message.nick)] = {nick: message.nick, rank: ''};
    listener.changed();
  }

  function leave(room, nick, text) {
    delete room.members[key(nick)];
    if (isMe(nick)) {
      room.joined = false;
      room.members = {};
    }
    note(room, text);
    listener.changed();
  }

  function because(text) {
    return text ? ' (' + text + ')' : '';
  }

  function part(message) {
    var room = find(message.params[0]);
    if (room && isMe(message.nick)) {
      remove(room);
    } else if (room) {
      leave(room, message.nick, message.nick + ' left' + because(message.params[1]));
    }
  }

  function kick(message) {
    var room = find(message.params[0]);
    var nick = message.params[1];
    if (room) {
      leave(room, nick, (isMe(nick) ? 'You were' : nick + ' was') + ' sent out by ' + message.nick + because(message.params[2]));
    }
  }

  function quit(message) {
    wherever(message.nick, function (room) {
      leave(room, message.nick, message.nick + ' is gone' + because(message.params[0]));
    });
  }

  function rename(message) {
    var old = message.nick;
    var nick = message.params[0];
    var own = isMe(old);
    if (own) {
      me.nick = nick;
    }
    wherever(old, function (room) {
      var member = room.members[key(old)];
      if (room.kind === 'talk' && !find(nick)) {
        room.name = nick;
      }
      if (member) {
        delete room.members[key(old)];
        room.members[key(nick)] = {nick: nick, rank: member.rank};
      }
      note(room, own ? 'You are now ' + nick : old + ' is now ' + nick);
    });
    if (own && rooms.length === 1) {
      note(server, 'You are now ' + nick);
    }
    listener.changed();
  }

  function names(message) {
    var room = find(message.params[2]);
    var list = (message.params[3]).split(' ');
    var i, match;
    for (i = 0; room && i < list.length; i++) {
      match = /^([~&@%+]*)(.+)$/.exec(list[i]);
      if (match) {
        room.members[key(match[2])] = {nick: match[2], rank: match[1].charAt(0)};
      }
    }
    listener.changed();
  }

  function mode(message) {
    var room = find(message.params[0]);
    note(room || server, message.nick + ' set ' + message.params.slice(room ? 1 : 0).join(' '));
  }

  function topic(room, text, by) {
    if (room) {
      room.topic = lines.plain(text);
      note(room, by ? by + ' set the topic: ' + text : 'The topic is: ' + text);
      listener.changed();
    }
  }

  function said(message) {
    var text = message.params[1];
    var action = /^\x01ACTION ([^\x01]*)\x01?$/.exec(text);
    var isNotice = message.command === 'NOTICE';
    var to = message.params[0];
    var room;
    if (text.charAt(0) === '\x01' && !action) {
      return; // asks of programs, not of people
    }
    if (lines.isChannel(to)) {
      room = find(to) || server;
    } else if (isNotice) {
      room = find(message.nick) || server;
    } else {
      // Whoever has enough talks hears of further ones from the server's room.
      room = find(message.nick) || (rooms.length < mostRooms ? open(message.nick) : server);
    }
    add(room, action ? 'action' : isNotice ? 'notice' : 'say', message.nick, action ? action[1] : text);
  }

  // What the server answers to questions, in the room that it names; to mistakes, where else the user looks.
  function answer(message, onView) {
    var params = message.params.slice(1);
    var room = params.length > 1 && lines.isChannel(params[0]) ? find(params[0]) : null;
    note(room || (/^[45]/.test(message.command) ? onView : server), params.join(' '));
  }

  function received(message, onView) {
    if (needed.hasOwnProperty(message.command) && message.params.length < needed[message.command]) {
      return; // nothing that a server says
    }
    switch (message.command) {
      case '001': welcome(message); break;
      case 'JOIN': join(message); break;
      case 'PART': part(message); break;
      case 'KICK': kick(message); break;
      case 'QUIT': quit(message); break;
      case 'NICK': rename(message); break;
      case 'MODE': mode(message); break;
      case 'TOPIC': topic(find(message.params[0]), message.params[1] || '', message.nick); break;
      case '332': topic(find(message.params[1]), message.params[2], ''); break;
      case '353': names(message); break;
      case 'PRIVMSG': case 'NOTICE': said(message); break;
      case 'ERROR': note(server, message.params[0] || ''); break;
      case '333': case '366': case '329': case '004': case '005': case 'PONG': break; // nothing for people
      default: if (/^\d\d\d$/.test(message.command)) { answer(message, onView); }
    }
  }

  // The members of a room: those with a rank first, then by name.
  function people(room) {
    var list = [];
    var name;
    for (name in room.members) {
      if (room.members.hasOwnProperty(name)) {
        list.push(room.members[name]);
      }
    }
    list.sort(function (a, b) {
      var byRank = (a.rank ? ranks.indexOf(a.rank) : 9) - (b.rank ? ranks.indexOf(b.rank) : 9);
      return byRank || (lines.fold(a.nick) < lines.fold(b.nick) ? -1 : 1);
    });
    return list;
  }

  return {
    me: me, server: server, add: add, find: find, open: open, remove: remove, note: note, people: people, received: received,
    rooms: function () {
      return rooms;
    },
    // The session is over: nobody is known to be anywhere.
    lost: function () {
      var i;
      for (i = 0; i < rooms.length; i++) {
        rooms[i].members = {};
        rooms[i].joined = false;
      }
      listener.changed();
    }
  };
};
