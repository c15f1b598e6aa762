// What is on the screen.
/* exported View */
/* global People */

var View = (function () {
  function $(id) {
    return document.getElementById(id);
  }

  function make(tag, className, text) {
    var element = document.createElement(tag);
    element.className = className || '';
    if (text) {
      element.appendChild(document.createTextNode(text));
    }
    return element;
  }

  function setText(element, text) {
    element.textContent = text;
  }

  // One of eight colours for each name.
  function colourOf(jid) {
    var sum = 0;
    var at;
    for (at = 0; at < jid.length; at++) {
      sum = (sum * 31 + jid.charCodeAt(at)) % 65521;
    }
    return sum % 8;
  }

  function drawFace(element, jid, name, show) {
    element.className = 'face colour-' + colourOf(jid);
    element.setAttribute('aria-hidden', 'true');
    setText(element, name.charAt(0).toUpperCase());
    if (show) {
      element.appendChild(make('span', 'dot ' + show));
    }
  }

  function face(jid, name, show) {
    var element = make('span');
    drawFace(element, jid, name, show);
    return element;
  }

  function timeOf(date) {
    return ('0' + date.getHours()).slice(-2) + ':' + ('0' + date.getMinutes()).slice(-2);
  }

  // `text` with what looks like an address made a link.
  function appendLinked(element, text) {
    text.split(/(https?:\/\/[^\s<>"]+)/).forEach(function (part, at) {
      var link;
      if (at % 2 === 0) {
        element.appendChild(document.createTextNode(part));
        return;
      }
      link = make('a', '', part);
      link.href = part;
      link.target = '_blank';
      link.rel = 'noopener noreferrer';
      element.appendChild(link);
    });
  }

  return {
    $: $,

    showLogin: function (isShown, wrong) {
      $('login').className = isShown ? 'shown' : '';
      $('app').className = isShown ? '' : 'shown';
      setText($('login-wrong'), wrong || '');
      $('come-in').disabled = false;
      setText($('come-in'), 'Come in');
      if (isShown) {
        $(wrong ? 'password' : 'jid').focus();
      }
    },

    showConnecting: function () {
      $('come-in').disabled = true;
      setText($('come-in'), 'Connecting\u2026');
      setText($('login-wrong'), '');
    },

    drawMe: function (jid, show, text) {
      drawFace($('my-face'), jid, People.shortName(jid), show || 'online');
      setText($('my-name'), People.shortName(jid));
      setText($('my-transport'), text);
    },

    drawRequests: function (requests, answer) {
      var box = $('requests');
      setText(box, '');
      requests.forEach(function (jid) {
        var row = make('div', 'request');
        row.appendChild(make('p', '', jid + ' would like to see when you are here.'));
        [['Accept', true], ['Decline', false]].forEach(function (choice) {
          var button = make('button', choice[1] ? 'accept' : 'decline', choice[0]);
          button.type = 'button';
          button.onclick = function () {
            answer(jid, choice[1]);
          };
          row.appendChild(button);
        });
        box.appendChild(row);
      });
    },

    drawContacts: function (people, current, choose) {
      var list = $('contacts');
      setText(list, '');
      people.sorted().forEach(function (person) {
        var show = people.showOf(person);
        var last = person.lines[person.lines.length - 1];
        var row = make('li', person === current ? 'current' : '');
        var button = make('button', 'contact' + (person.unread ? ' unread' : '') + (show === 'offline' ? ' is-offline' : ''));
        var words = make('span', 'words');
        button.type = 'button';
        button.appendChild(face(person.jid, person.name, show));
        words.appendChild(make('span', 'name', person.name));
        words.appendChild(make('span', 'preview', person.isTyping ? 'is typing\u2026' : last && last.body ? (last.isOwn ? 'You: ' : '') + last.body : people.statusOf(person)));
        button.appendChild(words);
        if (person.unread) {
          button.appendChild(make('span', 'badge', String(person.unread)));
        }
        button.onclick = function () {
          choose(person);
        };
        row.appendChild(button);
        list.appendChild(row);
      });
    },

    drawTalk: function (people, person) {
      var log = $('messages');
      var day = '';
      var before = null;
      document.body.className = person ? 'talking' : '';
      if (!person) {
        return;
      }
      drawFace($('their-face'), person.jid, person.name, people.showOf(person));
      setText($('their-name'), person.name);
      setText($('their-status'), people.statusOf(person));
      setText($('typing'), person.isTyping ? person.name + ' is typing\u2026' : '');
      setText(log, '');
      person.lines.forEach(function (line) {
        var bubble;
        if (line.at.toDateString() !== day) {
          day = line.at.toDateString();
          log.appendChild(make('p', 'day', line.at.toLocaleDateString(undefined, {weekday: 'long', month: 'long', day: 'numeric'})));
          before = null;
        }
        if (line.note) {
          log.appendChild(make('p', 'note', line.note));
          before = null;
          return;
        }
        bubble = make('div', 'bubble ' + (line.isOwn ? 'own' : 'theirs') + (before && before.isOwn === line.isOwn && line.at - before.at < 120000 ? ' follows' : ''));
        appendLinked(bubble, line.body);
        bubble.appendChild(make('span', 'time', timeOf(line.at)));
        log.appendChild(bubble);
        before = line;
      });
      log.scrollTop = log.scrollHeight;
    }
  };
}());
