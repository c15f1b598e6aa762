// The conversation that is read: its lines, what may be done with it, and where the answer is written.
import {byId, make, timeOf} from './parts.js';

const kCanned = ['Hello! How may I help you?', 'Let me look that up, one moment please.', 'May I have your order number?',
  'It leaves our workshop within two days.', 'Is there anything else that I can do for you?'];
const kTypingEveryMs = 3000;
const kTypingStopsMs = 5000;

export function createTalk(model, left) {
  const text = byId('text');
  const log = byId('log');
  const rows = new Map(); // elements by the lines' keys
  let shownId = 0;
  let typingSaid = 0;
  let typingTimer = 0;

  function stopTyping() {
    clearTimeout(typingTimer);
    if (typingSaid !== 0) {
      typingSaid = 0;
      model.tellTyping(false);
    }
  }

  function typed() {
    clearTimeout(typingTimer);
    if (text.value.trim() === '') {
      stopTyping();
      return;
    }
    typingTimer = setTimeout(stopTyping, kTypingStopsMs);
    if (Date.now() - typingSaid > kTypingEveryMs) {
      typingSaid = Date.now();
      model.tellTyping(true);
    }
  }

  function submit() {
    const said = text.value.trim();
    if (said !== '' && !text.disabled) {
      stopTyping();
      model.say(said);
      text.value = '';
      log.scrollTop = log.scrollHeight;
    }
    text.focus();
  }

  function itemsOf(conversation) {
    const stateOf = (line) => (line.n <= conversation.seen ? 'Seen' : 'Delivered');
    const lastOwn = model.lines.findLast((line) => line.from === 'operator');
    const items = model.lines.map((line) => ({
      key: line.from === 'operator' ? `o${line.key}` : `n${line.n}`, text: line.text,
      className: line.from === 'note' ? 'note' : line.from === 'visitor' ? 'theirs' : 'own',
      head: line.from === 'note' ? '' : `${line.from === 'visitor' ? conversation.name : line.name}, ${timeOf(line.at)}`,
      state: line === lastOwn ? stateOf(line) : ''
    }));
    const pending = model.pending.filter((line) => line.id === conversation.id).map((line) => ({
      key: `o${line.key}`, text: line.text, className: line.fault ? 'own failed' : 'own pending', head: model.name,
      state: line.fault ? `Not sent: ${line.fault}` : 'Sending\u2026'
    }));
    return [...items, ...pending];
  }

  function showLines(conversation) {
    const follow = log.scrollTop + log.clientHeight >= log.scrollHeight - 60;
    const items = itemsOf(conversation);
    const wanted = new Set(items.map((item) => item.key));
    for (const [key, row] of rows) {
      if (!wanted.has(key)) {
        row.remove();
        rows.delete(key);
      }
    }
    let headBefore = '';
    items.forEach((item, at) => {
      if (!rows.has(item.key)) {
        rows.set(item.key, make('li', '', [make('div', 'head'), make('div', 'said', [item.text]), make('div', 'state')]));
      }
      const row = rows.get(item.key);
      row.className = item.className;
      row.children[0].textContent = item.head === headBefore ? '' : item.head;
      row.children[2].textContent = item.state;
      if (log.children[at] !== row) {
        log.insertBefore(row, log.children[at] ?? null);
      }
      headBefore = item.head;
    });
    if (follow) {
      log.scrollTop = log.scrollHeight;
    }
  }

  function stateOf(conversation) {
    const where = conversation.online ? '' : ' The visitor\u2019s page is closed, or its connection lost.';
    if (conversation.state === 'taken') {
      return (model.isMine(conversation) ? 'This conversation is yours.' : `${conversation.operator} has this conversation.`) + where;
    }
    return (conversation.state === 'waiting' ? 'Waits for somebody.' : 'Has ended.') + where;
  }

  function show() {
    const conversation = model.current();
    document.body.classList.toggle('reading', Boolean(conversation));
    byId('none').hidden = Boolean(conversation);
    byId('talk').hidden = !conversation;
    if (!conversation) {
      shownId = 0;
      return;
    }
    const mine = model.isMine(conversation);
    const others = conversation.state === 'taken' && !mine;
    if (shownId !== conversation.id) {
      clearTimeout(typingTimer);
      typingSaid = 0;
      text.value = '';
      rows.clear();
      log.replaceChildren();
      shownId = conversation.id;
    }
    byId('who').textContent = conversation.name;
    byId('state').textContent = stateOf(conversation);
    byId('take').hidden = mine || others;
    byId('end').hidden = others || conversation.state === 'ended';
    byId('typing').textContent = conversation.typing ? `${conversation.name} is typing\u2026` : '';
    text.disabled = !mine;
    byId('send').disabled = !mine;
    byId('canned').hidden = !mine;
    byId('hint').textContent = mine ? 'Enter sends, Shift and Enter starts a new line.' :
      others ? `${conversation.operator} answers here; you can read along.` : 'Take the conversation to answer.';
    showLines(conversation);
  }

  for (const answer of kCanned) {
    const button = make('button', 'canned', [answer]);
    button.type = 'button';
    button.addEventListener('click', () => {
      text.value = text.value.trim() === '' ? answer : `${text.value.trimEnd()} ${answer}`;
      text.focus();
      typed();
    });
    byId('canned').append(button);
  }
  text.addEventListener('input', typed);
  text.addEventListener('keydown', (event) => {
    // An Enter while composing ends the composing of a character, not the message.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    }
  });
  byId('composer').addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  byId('take').addEventListener('click', () => {
    model.take();
    byId('talk').focus();
  });
  byId('end').addEventListener('click', () => {
    model.end();
    byId('talk').focus();
  });
  byId('back').addEventListener('click', left);
  byId('talk').addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing) {
      left();
    }
  });

  return {show, stopTyping, focus: () => (text.disabled ? byId('take').hidden ? byId('talk') : byId('take') : text).focus()};
}
