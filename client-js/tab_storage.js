// What a tab keeps while its pages come and go: sessionStorage, or where that is missing, switched off or full, window.name,
// in which the words of others stay as they are. Both are the tab's own; window.name is seen by whatever site the tab goes
// to next, so what is written there says whose it is, and only that origin takes it.
//
// createTabStorage() answers {write(key, words), take(key)}: write() answers '' or why it did not work; take() answers what
// was written, or null, and it is gone then.

function createTabStorage() {
  var mark = /<encke:([^<>]*)>/;

  function store() {
    try {
      return env.root.sessionStorage || null;
    } catch (e) {
      return null; // browsers throw where a page may store nothing
    }
  }

  function hasName() {
    return typeof env.root.name === 'string';
  }

  function origin() {
    return url.origin(url.resolve(env.originUrl(), ''));
  }

  // What this file wrote into window.name: [[key, words]...].
  function readName() {
    var match = hasName() ? mark.exec(env.root.name) : null;
    var held = null;
    try {
      held = match ? json.parse(decodeURIComponent(match[1])) : null;
    } catch (e) {
      held = null; // somebody cut it off
    }
    return held && held.origin === origin() && held.items ? held.items : [];
  }

  function writeName(items) {
    var others = env.root.name.replace(mark, '');
    env.root.name = items.length === 0 ? others :
      others + '<encke:' + encodeURIComponent(json.stringify({origin: origin(), items: items})) + '>';
  }

  function takeFromName(key) {
    var items = readName();
    var i, words;
    for (i = 0; i < items.length; i++) {
      if (items[i][0] === key) {
        words = items[i][1];
        items.splice(i, 1);
        writeName(items);
        return words;
      }
    }
    return null;
  }

  function takeFromStore(key) {
    var itsStore = store();
    var words = null;
    try {
      words = itsStore ? itsStore.getItem(key) : null;
      if (words !== null) {
        itsStore.removeItem(key);
      }
    } catch (e) {
      words = null;
    }
    return words;
  }

  return {
    write: function (key, words) {
      var why = 'this browser has neither sessionStorage nor window.name';
      var items;
      try {
        if (store()) {
          store().setItem(key, words);
          takeFromName(key);
          return '';
        }
      } catch (e) {
        why = 'sessionStorage does not take ' + words.length + ' characters (' + e.message + ')';
        takeFromStore(key); // what it has is older
      }
      if (hasName()) {
        takeFromName(key);
        items = readName();
        items.push([key, words]);
        writeName(items);
        if (readName().length === items.length) {
          return '';
        }
        why += ', and window.name does not either';
      }
      return why;
    },

    take: function (key) {
      var words = takeFromStore(key);
      var named = takeFromName(key);
      return words === null ? named : words;
    }
  };
}
