// The bubble in the corner and the chat that it opens, made of elements that any page can take.
//
// `actions` has say(text), which answers whether it was taken, typed(), toggled(open), renamed(name), ended().
Help.createView = function (actions) {
  var dom = Help.dom;
  var make = dom.make;
  var isOpen = false;
  var title = document.title;
  var badge = make('span', {className: 'help-badge'});
  var bubbleText = make('span', {className: 'help-label'}, ['Help']);
  var bubble = make('button', {type: 'button', className: 'help-bubble', id: 'help-bubble', 'aria-expanded': 'false',
    'aria-controls': 'help-panel'}, [make('span', {className: 'help-sign', 'aria-hidden': 'true'}, ['?']), bubbleText, badge]);
  var dot = make('span', {className: 'help-dot', 'aria-hidden': 'true'});
  var presence = make('p', {className: 'help-presence', id: 'help-presence', role: 'status'});
  var close = make('button', {type: 'button', className: 'help-close', 'aria-label': 'Close the chat'}, ['\u00d7']);
  var banner = make('p', {className: 'help-banner', id: 'help-banner', role: 'status'});
  var greeting = make('p', {className: 'help-greeting'}, ['Hello! Ask us anything: which one to choose, where your order is, or just how to find the comet.']);
  var list = make('ul', {className: 'help-lines', id: 'help-lines', role: 'log', 'aria-label': 'Conversation', 'aria-live': 'polite'});
  var note = make('p', {className: 'help-note', id: 'help-note', role: 'status'});
  var scroll = make('div', {className: 'help-scroll', tabindex: '0', role: 'group', 'aria-label': 'What was said'}, [greeting, list, note]);
  var typing = make('p', {className: 'help-typing', id: 'help-typing'});
  var name = make('input', {type: 'text', id: 'help-name', maxlength: '20', autocomplete: 'given-name'});
  var nameRow = make('p', {className: 'help-name'}, [make('label', {'for': 'help-name'}, ['Your name, if you like']), name]);
  var text = make('textarea', {id: 'help-text', rows: '2', maxlength: '1000', 'aria-describedby': 'help-hint'});
  var hint = make('p', {className: 'help-hint', id: 'help-hint'}, ['Enter sends, Shift and Enter starts a new line.']);
  var end = make('button', {type: 'button', className: 'help-end', id: 'help-end'}, ['End the conversation']);
  var form = make('form', {action: '#'}, [nameRow, make('label', {'for': 'help-text', className: 'help-quiet'}, ['Your message']),
    make('div', {className: 'help-row'}, [text, make('button', {type: 'submit', id: 'help-send'}, ['Send'])]), hint, end]);
  var panel = make('div', {className: 'help-panel', id: 'help-panel', role: 'dialog', 'aria-label': 'Help desk'}, [
    make('div', {className: 'help-top'}, [close, make('h2', {}, ['Help desk']), dot, presence]), banner, scroll, typing, form]);
  var lines = Help.createLines(list);

  function atEnd() {
    return scroll.scrollTop + scroll.clientHeight >= scroll.scrollHeight - 40;
  }

  function toEnd() {
    scroll.scrollTop = scroll.scrollHeight;
  }

  function toggle(open) {
    isOpen = open;
    dom.show(panel, open);
    document.body.className = document.body.className.replace(/ ?help-open/, '') + (open ? ' help-open' : '');
    bubble.setAttribute('aria-expanded', open ? 'true' : 'false');
    actions.toggled(open);
    toEnd();
  }

  function submit() {
    if (actions.say(text.value)) {
      text.value = '';
      toEnd();
    }
    text.focus();
  }

  function presenceOf(talk) {
    if (talk.state === 'taken') {
      return 'You are talking with ' + talk.operator + '.';
    }
    if (talk.staffed) {
      return talk.state === 'waiting' ? 'Somebody will be with you in a moment.' : 'We are here, and answer within minutes.';
    }
    return 'Nobody is at the desk just now. Leave a message and keep this page open.';
  }

  // `trouble`: what is to be known of the connection, or ''.
  function show(talk, trouble) {
    var follow = atEnd();
    var unread = isOpen ? 0 : talk.unread();
    dot.className = 'help-dot' + (talk.staffed ? ' here' : '');
    dom.setText(presence, talk.welcomed ? presenceOf(talk) : 'Connecting\u2026');
    dom.setText(banner, trouble);
    dom.show(banner, trouble !== '');
    dom.setText(note, talk.note);
    dom.show(note, talk.note !== '');
    dom.show(nameRow, talk.state === 'none' && talk.pending.length === 0);
    dom.show(end, talk.state === 'waiting' || talk.state === 'taken');
    dom.setText(typing, talk.typing ? talk.operator + ' is typing\u2026' : '');
    dom.setText(badge, unread > 0 ? String(unread) : '');
    dom.show(badge, unread > 0);
    bubble.setAttribute('aria-label', unread > 0 ? 'Help, ' + unread + ' unread' : 'Help');
    document.title = (unread > 0 ? '(' + unread + ') ' : '') + title;
    lines.sync(talk);
    if (follow) {
      toEnd();
    }
  }

  dom.on(bubble, 'click', function () {
    toggle(!isOpen);
    if (isOpen) {
      text.focus();
    }
  });
  dom.on(close, 'click', function () {
    toggle(false);
    bubble.focus();
  });
  dom.on(panel, 'keydown', function (event) {
    if (event.keyCode === 27 && !event.isComposing) {
      toggle(false);
      bubble.focus();
    }
  });
  dom.on(text, 'keydown', function (event) {
    // An Enter while composing ends the composing of a character, not the message.
    if (event.keyCode === 13 && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  });
  dom.on(text, 'keyup', function () {
    actions.typed(!/^\s*$/.test(text.value));
    dom.setText(hint, text.value.length > 1000 ? 'Please at most 1000 characters: these are ' + text.value.length + '.' :
      'Enter sends, Shift and Enter starts a new line.');
  });
  dom.on(form, 'submit', function (event) {
    event.preventDefault();
    submit();
  });
  dom.on(name, 'change', function () {
    actions.renamed(name.value);
  });
  dom.on(name, 'keydown', function (event) {
    if (event.keyCode === 13) { // goes on to the message: nothing is sent yet
      event.preventDefault();
      text.focus();
    }
  });
  dom.on(end, 'click', function () {
    actions.ended();
    text.focus();
  });

  document.body.appendChild(panel);
  document.body.appendChild(bubble);
  dom.show(panel, false);

  return {
    show: show,
    toggle: toggle,
    isOpen: function () {
      return isOpen;
    },
    setName: function (value) {
      name.value = value;
    }
  };
};
