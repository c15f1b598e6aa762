// The list of conversations. Each row stays the same element, so that focus stays where it is.
import {age, make} from './parts.js';

export function createList(list, picked) {
  const rows = new Map();

  function create(id) {
    const parts = {
      name: make('span', 'name'),
      mark: make('span', 'mark'),
      last: make('span', 'last'),
      unread: make('span', 'unread'),
      dot: make('span', 'dot')
    };
    const button = make('button', 'row', [parts.dot, parts.name, parts.mark, parts.last, parts.unread]);
    button.type = 'button';
    button.dataset.id = id;
    button.addEventListener('click', () => picked(id));
    return {item: make('li', '', [button]), button, ...parts};
  }

  function markOf(one, model) {
    if (one.state === 'waiting') {
      return `waits ${age(one.since)}`;
    }
    return one.state === 'ended' ? 'ended' : model.isMine(one) ? 'yours' : one.operator;
  }

  function lastOf(one) {
    if (one.typing) {
      return 'is typing\u2026';
    }
    return one.last ? (one.last.from === 'operator' ? '\u21a9 ' : '') + one.last.text : '';
  }

  function update(row, one, model) {
    row.button.className = `row ${one.state}${model.isMine(one) ? ' mine' : ''}${one.unread > 0 ? ' new' : ''}`;
    row.button.setAttribute('aria-current', one.id === model.reading ? 'true' : 'false');
    row.name.textContent = one.name;
    row.mark.textContent = markOf(one, model);
    row.last.textContent = lastOf(one);
    row.unread.textContent = one.unread > 0 ? one.unread : '';
    row.unread.setAttribute('aria-label', one.unread > 0 ? `${one.unread} unread` : '');
    row.dot.className = one.online ? 'dot here' : 'dot';
    row.dot.title = one.online ? 'The page is open' : 'The page is closed, or its connection lost';
  }

  return {
    show(model) {
      const focused = document.activeElement;
      const order = model.ordered();
      for (const [id, row] of rows) {
        if (!model.conversations.has(id)) {
          row.item.remove();
          rows.delete(id);
        }
      }
      order.forEach((one, at) => {
        if (!rows.has(one.id)) {
          rows.set(one.id, create(one.id));
        }
        const row = rows.get(one.id);
        update(row, one, model);
        if (list.children[at] !== row.item) {
          list.insertBefore(row.item, list.children[at] ?? null);
        }
      });
      if (focused !== document.activeElement && list.contains(focused)) {
        focused.focus(); // a row that moves loses it
      }
    },
    focus: (id) => rows.get(id)?.button.focus()
  };
}
