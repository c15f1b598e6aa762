// What an operator's page knows: conversations, the lines of the one that is read, who is at the desk. No DOM.

/** `send(message)` takes an object; `changed()` is called whenever something is to be shown anew. */
export function createModel(send, changed) {
  const model = {
    name: '',
    there: false, // the server has welcomed us
    operators: [],
    conversations: new Map(), // by id: the server's summary, with `since` and `typing`
    reading: 0,
    lines: [],
    pending: [], // {id, key, text, fault}: ours that have not come back
    fault: ''
  };
  const prefix = crypto.getRandomValues(new Uint32Array(1))[0].toString(36);
  let counter = 0;

  // Times are told as seconds ago.
  const dated = (line) => ({...line, at: Date.now() - line.ago * 1000});

  function keep(summary) {
    const before = model.conversations.get(summary.id);
    model.conversations.set(summary.id, {
      ...summary,
      typing: Boolean(before && before.typing && summary.online),
      since: Date.now() - (summary.waited ?? summary.quiet) * 1000
    });
  }

  const handlers = {
    welcome(message) {
      model.there = true;
      model.name = message.name;
      model.conversations.clear();
      message.conversations.forEach(keep);
      model.pending = model.pending.filter((line) => model.conversations.has(line.id));
      if (model.conversations.has(model.reading)) {
        send({type: 'read', id: model.reading});
      } else {
        model.reading = 0;
      }
      for (const {id, key, text} of model.pending.filter((line) => !line.fault)) {
        send({type: 'say', id, key, text});
      }
    },
    operators(message) {
      model.operators = message.names;
    },
    conversation(message) {
      keep(message.conversation);
    },
    gone(message) {
      model.conversations.delete(message.id);
      model.pending = model.pending.filter((line) => line.id !== message.id);
      if (model.reading === message.id) {
        model.reading = 0;
        model.fault = 'That conversation is over: nothing was said for long, or others needed its room.';
      }
    },
    lines(message) {
      if (message.id === model.reading) {
        model.lines = message.lines.map(dated);
        model.pending = model.pending.filter((mine) => !model.lines.some((line) => line.from === 'operator' && line.key === mine.key));
      }
    },
    line(message) {
      if (message.line.from === 'operator') {
        model.pending = model.pending.filter((mine) => mine.key !== message.line.key);
      }
      const conversation = model.conversations.get(message.id);
      if (conversation && message.line.from === 'visitor') {
        conversation.typing = false;
      }
      if (message.id === model.reading && !model.lines.some((line) => line.n === message.line.n)) {
        model.lines.push(dated(message.line));
      }
    },
    typing(message) {
      const conversation = model.conversations.get(message.id);
      if (conversation) {
        conversation.typing = message.on;
      }
    },
    error(message) {
      const mine = model.pending.find((line) => line.key === message.key);
      if (mine) {
        mine.fault = message.text;
      } else {
        model.fault = `The desk says: ${message.text}.`;
      }
    }
  };

  return Object.assign(model, {
    received(data) {
      const message = JSON.parse(data);
      if (Object.hasOwn(handlers, message.type)) {
        handlers[message.type](message);
        changed();
      }
    },
    lost() {
      model.there = false;
      changed();
    },
    current: () => model.conversations.get(model.reading),
    isMine: (conversation) => conversation.operator === model.name,
    read(id) {
      if (model.reading !== id) {
        model.lines = [];
        model.fault = '';
        model.reading = id;
        if (id !== 0) {
          send({type: 'read', id});
        }
      }
      changed();
    },
    take: () => send({type: 'take', id: model.reading}),
    end: () => send({type: 'end', id: model.reading}),
    tellTyping: (on) => send({type: 'typing', id: model.reading, on}),
    say(text) {
      const line = {id: model.reading, key: `${prefix}-${++counter}`, text};
      model.pending.push(line);
      model.fault = '';
      send({type: 'say', ...line});
      changed();
    },
    markSeen() {
      const conversation = model.current();
      const last = model.lines.at(-1);
      if (conversation && conversation.unread > 0 && last) {
        conversation.unread = 0;
        send({type: 'seen', id: conversation.id, n: last.n});
      }
    },
    /** Those who wait first, who has waited longest before others; then ours, then others', then what has ended. */
    ordered() {
      const rank = (one) => (one.state === 'waiting' ? 0 : one.state === 'ended' ? 3 : model.isMine(one) ? 1 : 2);
      return [...model.conversations.values()].sort((a, b) => rank(a) - rank(b) || (rank(a) === 0 ? a.since - b.since : a.id - b.id));
    },
    /** What wants this operator: visitors who wait, and unread conversations of ours. */
    calls: () => [...model.conversations.values()].filter((one) => one.state === 'waiting' || (model.isMine(one) && one.unread > 0)).length
  });
}
