// The messenger: joins the people, the screen and Encke.XmppClient.
/* global Encke, People, View */

(function () {
  var $ = View.$;
  var kTypingMs = 4000; // after the last key nobody types any more
  var people = new People();
  var client = null;
  var account = null; // what one came in with, while one is in
  var current = null;
  var wrong = '';
  var retries = 0;
  var typingTimer = null;
  var typingTo = '';
  var isOpen = false;

  function redraw() {
    View.drawContacts(people, current, choose);
    View.drawTalk(people, current);
    View.drawRequests(people.requests, answerRequest);
    drawTitle();
  }

  function drawTitle() {
    var unread = people.sorted().reduce(function (sum, person) {
      return sum + person.unread;
    }, 0);
    document.title = (unread ? '(' + unread + ') ' : '') + 'Encke Messenger';
  }

  function drawMe(text) {
    View.drawMe(account.jid, $('my-show').value, text);
  }

  function choose(person) {
    stopTyping();
    current = person;
    if (person) {
      person.unread = 0;
    }
    redraw();
    if (person) {
      $('text').focus();
    }
  }

  function answerRequest(jid, isWelcome) {
    people.requests = people.requests.filter(function (each) {
      return each !== jid;
    });
    if (!isOpen) {
      return;
    }
    if (isWelcome) {
      client.approve(jid);
      if (!people.get(jid).isContact) {
        client.subscribe(jid);
      }
    } else {
      client.deny(jid);
    }
    redraw();
  }

  function tellPresence() {
    client.presence($('my-show').value, $('my-status').value);
    drawMe(account.jid);
  }

  // ---- the client ----

  function takeMessage(message) {
    var person = people.get(message.from);
    if (message.type === 'error') {
      people.addLine(person, {note: 'Your last message could not be delivered.', at: new Date()});
    } else {
      people.addLine(person, {body: message.body, isOwn: false, at: message.stamp ? new Date(message.stamp) : new Date()});
      person.isTyping = false;
      if (person !== current || document.hidden) {
        person.unread++;
      }
    }
    redraw();
  }

  function takePresence(presence) {
    var bare = People.bare(presence.from);
    if (!account || bare === account.jid) {
      return;
    }
    if (presence.type === 'subscribe') {
      if (people.requests.indexOf(bare) < 0) {
        people.requests.push(bare);
      }
    } else {
      people.setPresence(presence);
    }
    redraw();
  }

  function connect() {
    var own = new Encke.XmppClient();
    client = own;
    wrong = '';
    client.onopen = function () {
      retries = 0;
      isOpen = true;
      View.showLogin(false);
      if ($('my-show').value || $('my-status').value) {
        tellPresence();
      }
      drawMe(account.jid);
    };
    client.onroster = function (roster) {
      people.setRoster(roster);
      redraw();
    };
    client.onmessage = takeMessage;
    client.onpresence = takePresence;
    client.onstate = function (what) {
      people.get(what.from).isTyping = what.state === 'composing';
      redraw();
    };
    client.onerror = function (error) {
      wrong = error.condition === 'not-authorized' ? 'That name and password do not fit together.' : error.condition === 'host-unknown' ?
        'This page is for accounts of another server.' : error.condition === 'remote-connection-failed' ? 'The server cannot be reached.' : error.text || error.condition;
    };
    client.onclose = function (code, reason) {
      if (client !== own) {
        return; // somebody has come in anew meanwhile
      }
      isOpen = false;
      people.forgetPresence();
      stopTyping();
      if (account && $('app').className === 'shown' && retries < 5) {
        retries++;
        drawMe('Connecting anew\u2026');
        redraw();
        setTimeout(function () {
          if (account) {
            connect();
          }
        }, 500 * Math.pow(2, retries));
      } else {
        View.showLogin(true, account ? wrong || reason || 'The connection is over (' + code + ').' : '');
        account = null;
      }
    };
    client.connect('/xmpp', account);
  }

  // ---- what the person does ----

  function stopTyping() {
    clearTimeout(typingTimer);
    if (typingTo && account && isOpen) {
      client.state(typingTo, 'paused');
    }
    typingTo = '';
  }

  function say() {
    var body = $('text').value.replace(/\s+$/, '');
    if (!body || !current || !isOpen) {
      return;
    }
    clearTimeout(typingTimer);
    typingTo = '';
    client.message(current.jid, body);
    people.addLine(current, {body: body, isOwn: true, at: new Date()});
    $('text').value = '';
    grow();
    redraw();
  }

  function grow() {
    $('text').style.height = 'auto';
    $('text').style.height = Math.min($('text').scrollHeight, 160) + 'px';
  }

  $('login-form').onsubmit = function (event) {
    event.preventDefault();
    account = {jid: People.bare($('jid').value.trim()), password: $('password').value};
    if (!/^[^@\s]+@[^@\s]+$/.test(account.jid)) {
      View.showLogin(true, 'An address looks like you@server.example.');
      return;
    }
    View.showConnecting();
    people = new People();
    current = null;
    connect();
  };
  $('leave').onclick = function () {
    choose(null);
    account = null;
    isOpen = false;
    $('password').value = '';
    client.close();
    View.showLogin(true);
  };
  $('say-form').onsubmit = function (event) {
    event.preventDefault();
    say();
  };
  $('text').onkeydown = function (event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      say();
    } else if (event.key === 'Escape') {
      choose(null);
    }
  };
  $('text').oninput = function () {
    grow();
    if (!current || !isOpen || !$('text').value) {
      return;
    }
    if (typingTo !== current.jid) {
      typingTo = current.jid;
      client.state(typingTo, 'composing');
    }
    clearTimeout(typingTimer);
    typingTimer = setTimeout(stopTyping, kTypingMs);
  };
  $('add-form').onsubmit = function (event) {
    var jid = People.bare($('add-jid').value.trim());
    event.preventDefault();
    if (/^[^@\s]+@[^@\s]+$/.test(jid) && isOpen) {
      client.add(jid, '');
      client.subscribe(jid);
      $('add-jid').value = '';
    }
  };
  $('my-show').onchange = $('my-status').onchange = function () {
    if (isOpen) {
      tellPresence();
    }
  };
  $('back').onclick = function () {
    choose(null);
  };
  document.addEventListener('visibilitychange', function () {
    if (!document.hidden && current) {
      current.unread = 0;
      redraw();
    }
  });
  View.showLogin(true);
}());
