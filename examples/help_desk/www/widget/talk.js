// The conversation as the visitor's page knows it: no DOM, no socket. A line of the visitor's own has a key that the page made up, by
// which it is known again when the server sends it to everybody: until then it is pending, and is sent again after a
// reconnection; the server keeps it once.
//
// `send(message)` takes an object, and answers whether it went; `changed()` is called whenever something is to be shown anew.
Help.createTalk = function (memory, send, changed) {
  var kMostUnits = 1000; // of UTF-16: at most 3000 bytes, which the server takes
  var talk = {
    state: 'none', // or 'waiting', 'taken', 'ended': the server's word
    staffed: false,
    operator: '',
    lines: [], // as the server has them, with `at`, this browser's time in ms
    pending: memory.pending(), // {key, text, fault}
    seen: 0, // the operators have seen what has up to this number
    read: 0, // and the visitor
    typing: false,
    note: '',
    name: memory.name(),
    welcomed: false,
    mostUnits: kMostUnits
  };
  var prefix = Math.random().toString(36).substring(2, 10);
  var counter = 0;

  function now() {
    return new Date().getTime();
  }

  function dated(line) {
    line.at = now() - line.ago * 1000;
    return line;
  }

  function keepPending() {
    memory.keep('pending', talk.pending);
  }

  function dropPending(key) {
    var i;
    for (i = 0; i < talk.pending.length; i++) {
      if (talk.pending[i].key === key) {
        talk.pending.splice(i, 1);
        keepPending();
        return;
      }
    }
  }

  function add(line) {
    var i;
    if (line.key) {
      dropPending(line.key);
    }
    for (i = talk.lines.length - 1; i >= 0; i--) {
      if (talk.lines[i].n === line.n) {
        return;
      }
    }
    talk.lines.push(dated(line));
    if (line.from === 'operator') {
      talk.typing = false;
    }
  }

  function sendPending() {
    var i;
    for (i = 0; i < talk.pending.length; i++) {
      if (!talk.pending[i].fault) {
        send({type: 'say', key: talk.pending[i].key, text: talk.pending[i].text});
      }
    }
  }

  var handlers = {
    welcome: function (message) {
      var i;
      talk.staffed = message.staffed;
      talk.welcomed = true;
      talk.typing = false;
      if (message.forgotten) {
        memory.keep('id', null);
        talk.note = 'The conversation before this one is no longer kept.';
      }
      talk.state = message.state || 'none';
      talk.operator = message.operator || '';
      talk.seen = message.seen || 0;
      talk.read = message.read || 0;
      if (!message.forgotten) {
        talk.lines = [];
      }
      for (i = 0; i < message.lines.length; i++) {
        add(message.lines[i]);
      }
      if (talk.name && talk.name !== message.name) {
        send({type: 'name', name: talk.name});
      }
      sendPending();
    },
    started: function (message) {
      talk.lines = []; // numbers begin anew
      talk.seen = talk.read = 0;
      memory.keep('id', message.id);
    },
    staffed: function (message) {
      talk.staffed = message.staffed;
    },
    state: function (message) {
      talk.state = message.state;
      talk.operator = message.operator || '';
      talk.typing = talk.typing && talk.state === 'taken';
    },
    line: function (message) {
      add(message.line);
    },
    seen: function (message) {
      talk.seen = message.n;
    },
    typing: function (message) {
      talk.typing = message.on;
    },
    gone: function () {
      memory.keep('id', null);
      talk.state = 'none';
      talk.operator = '';
      talk.note = 'Nothing was said for long, so this conversation has ended. Write whenever you like.';
    },
    error: function (message) {
      var i;
      for (i = 0; i < talk.pending.length; i++) {
        if (talk.pending[i].key === message.key) {
          talk.pending[i].fault = message.text;
          keepPending();
          return;
        }
      }
      talk.note = 'The desk says: ' + message.text + '.';
    }
  };

  // The socket is open: what it sends before was for another session.
  talk.opened = function () {
    var id = memory.id();
    send(id ? {type: 'hello', id: id} : {type: 'hello'});
  };

  talk.lost = function () {
    talk.welcomed = false;
    talk.typing = false;
    changed();
  };

  talk.received = function (data) {
    var message = Encke.JSON.parse(data);
    if (Object.prototype.hasOwnProperty.call(handlers, message.type)) {
      handlers[message.type](message);
      changed();
    }
  };

  // Answers whether the text was taken: not an empty one, nor one that is too long.
  talk.say = function (text) {
    var kept = text.replace(/\r/g, '').replace(/^\s+|\s+$/g, '');
    var line;
    if (kept === '' || kept.length > kMostUnits) {
      return false;
    }
    counter++;
    line = {key: prefix + '-' + counter, text: kept};
    talk.note = '';
    talk.pending.push(line);
    keepPending();
    if (talk.welcomed) {
      send({type: 'say', key: line.key, text: kept});
    }
    changed();
    return true;
  };

  talk.rename = function (name) {
    talk.name = name.replace(/^\s+|\s+$/g, '').substring(0, 20);
    memory.keep('name', talk.name);
    if (talk.welcomed && talk.name) {
      send({type: 'name', name: talk.name});
    }
  };

  talk.tellTyping = function (on) {
    if (talk.welcomed && talk.state !== 'none') {
      send({type: 'typing', on: on});
    }
  };

  talk.end = function () {
    if (talk.welcomed) {
      send({type: 'end'});
    }
  };

  // All that is there has been looked at.
  talk.markRead = function () {
    var last = talk.lines.length === 0 ? 0 : talk.lines[talk.lines.length - 1].n;
    if (last > talk.read && talk.welcomed && talk.state !== 'none') {
      talk.read = last;
      send({type: 'seen', n: last});
    }
  };

  talk.unread = function () {
    var count = 0;
    var i;
    for (i = 0; i < talk.lines.length; i++) {
      if (talk.lines[i].from === 'operator' && talk.lines[i].n > talk.read) {
        count++;
      }
    }
    return count;
  };

  return talk;
};
