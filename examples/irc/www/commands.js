// What is typed: text for the room on view, or a command. No DOM.
//
// `actions` are send(line), room() (the one on view), show(room), and tell(text) for a word to the user only.
Irc.createCommands = function (model, actions) {
  var lines = Irc.lines;
  var help = ['/join #channel', '/part', '/msg nick text', '/query nick', '/me waves', '/nick name', '/topic text', '/whois nick', '/away text',
    '/names', '/raw line', '/quit text'];

  function clean(text) {
    return text.replace(/[\r\n\0]/g, ' ');
  }

  function say(to, text, action) {
    var parts = lines.pieces(text);
    var room = model.open(to);
    var i;
    for (i = 0; i < parts.length; i++) {
      actions.send('PRIVMSG ' + to + ' :' + (action ? '\x01ACTION ' + parts[i] + '\x01' : parts[i]));
      model.add(room, action ? 'action' : 'say', model.me.nick, parts[i]);
    }
  }

  // The name of the room on view, or '' with a word to the user where that is the server.
  function here() {
    var room = actions.room();
    if (room.kind === 'server') {
      actions.tell('Choose a channel or a person first.');
      return '';
    }
    return room.name;
  }

  function join(text) {
    var names = text.split(/[\s,]+/);
    var i;
    for (i = 0; i < names.length; i++) {
      if (names[i] !== '') {
        names[i] = lines.isChannel(names[i]) ? names[i] : '#' + names[i];
        actions.show(model.open(names[i]));
        actions.send('JOIN ' + names[i]);
      }
    }
  }

  function part(room) {
    if (room.kind === 'channel' && room.joined) {
      actions.send('PART ' + room.name);
    } else {
      model.remove(room);
    }
  }

  var known = {
    help: function () {
      actions.tell(help.join('   '));
    },
    join: join,
    j: join,
    part: function () {
      if (here()) {
        part(actions.room());
      }
    },
    msg: function (text) {
      var match = /^(\S+) ([\s\S]+)$/.exec(text);
      if (match) {
        say(match[1], match[2]);
      } else {
        actions.tell('/msg nick text');
      }
    },
    query: function (text) {
      if (/^\S+$/.test(text)) {
        actions.show(model.open(text));
      } else {
        actions.tell('/query nick');
      }
    },
    me: function (text) {
      if (here()) {
        say(here(), text, true);
      }
    },
    nick: function (text) {
      actions.send('NICK ' + clean(text));
    },
    topic: function (text) {
      if (here()) {
        actions.send('TOPIC ' + here() + (text ? ' :' + clean(text) : ''));
      }
    },
    names: function () {
      if (here()) {
        actions.send('NAMES ' + here());
      }
    },
    whois: function (text) {
      actions.send('WHOIS ' + clean(text || actions.room().name));
      actions.show(model.server);
    },
    away: function (text) {
      actions.send('AWAY' + (text ? ' :' + clean(text) : ''));
    },
    quit: function (text) {
      actions.send('QUIT :' + clean(text || 'Gone'));
    },
    raw: function (text) {
      actions.send(clean(text));
      actions.show(model.server);
    }
  };

  return {
    join: join,
    part: part,

    // What was typed; "//" begins a text with one stroke.
    take: function (text) {
      var match = /^\/([a-z]+) *([\s\S]*)$/i.exec(text);
      if (!match) {
        if (here()) {
          say(here(), text.replace(/^\/\//, '/'));
        }
      } else if (known.hasOwnProperty(match[1].toLowerCase())) {
        known[match[1].toLowerCase()](match[2]);
      } else {
        actions.tell('There is no command /' + match[1] + '. ' + help.join('   '));
      }
    }
  };
};
