// The lines on the screen. Each has its element for as long as it is there, so that a screen reader says it once.
Help.createLines = function (list) {
  var dom = Help.dom;
  var shown = {}; // {element, text, state} by id

  function twoDigits(number) {
    return (number < 10 ? '0' : '') + number;
  }

  function timeOf(line) {
    var date = new Date(line.at);
    return date.getHours() + ':' + twoDigits(date.getMinutes());
  }

  function create(item) {
    var text = dom.make('div', {className: 'help-text'});
    var state = dom.make('div', {className: 'help-state'});
    var head = dom.make('div', {className: 'help-head'}, [item.head]);
    var parts = item.from === 'note' ? [text] : [head, text, state];
    dom.setLines(text, item.text);
    return {element: dom.make('li', {}, parts), state: state, head: head};
  }

  // What is to be on the screen, in order: {id, from, className, text, head, state}.
  function itemsOf(talk) {
    var items = [];
    var lastOwn = -1;
    var before = '';
    var i, line, own;
    for (i = 0; i < talk.lines.length; i++) {
      line = talk.lines[i];
      own = line.from === 'visitor';
      items.push({id: own ? line.key : 'n' + line.n, from: line.from, text: line.text, state: '', number: line.n,
        className: own ? 'own' : line.from === 'note' ? 'note' : 'theirs',
        head: before === line.from + line.name ? '' : (own ? 'You' : line.name) + ', ' + timeOf(line)});
      before = line.from + line.name;
      if (own) {
        lastOwn = i;
      }
    }
    if (lastOwn >= 0) {
      items[lastOwn].state = items[lastOwn].number <= talk.seen ? 'Seen' : 'Delivered';
    }
    for (i = 0; i < talk.pending.length; i++) {
      line = talk.pending[i];
      items.push({id: line.key, from: 'visitor', text: line.text, className: line.fault ? 'own failed' : 'own pending', head: '',
        state: line.fault ? 'Not sent: ' + line.fault : 'Sending\u2026'});
    }
    return items;
  }

  function sync(talk) {
    var items = itemsOf(talk);
    var wanted = {};
    var place = list.firstChild;
    var i, id, row;
    for (i = 0; i < items.length; i++) {
      wanted['_' + items[i].id] = true;
    }
    for (id in shown) {
      if (!wanted[id]) {
        if (place === shown[id].element) {
          place = place.nextSibling;
        }
        list.removeChild(shown[id].element);
        delete shown[id];
      }
    }
    for (i = 0; i < items.length; i++) {
      id = '_' + items[i].id;
      row = shown[id] || (shown[id] = create(items[i]));
      row.element.className = items[i].className + (items[i].head ? ' first' : '');
      dom.setText(row.head, items[i].head);
      dom.setText(row.state, items[i].state);
      if (row.element === place) {
        place = place.nextSibling;
      } else {
        list.insertBefore(row.element, place);
      }
    }
  }

  return {sync: sync};
};
