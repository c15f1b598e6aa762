// What a tab keeps while its pages come and go: sessionStorage, or where that is missing or takes nothing at all, window.name,
// in which the words of others stay as they are. Both are the tab's own; but window.name is seen by whatever site the tab goes
// to next, and any site may write it, before or around this page. So it is not looked at where sessionStorage works, and
// isForgeable() says that what take() answers may come from somebody else.
//
// createTabStorage() answers {write(key, words), take(key), isForgeable()}: write() answers '' or why it did not work; take()
// answers what was written, or null, and it is gone then.

function createTabStorage() {
  var mark = /<encke:([^<>]*)>/;
  var store = findStore();

  // sessionStorage, if it takes anything.
  function findStore() {
    var probe = 'encke?';
    try {
      env.root.sessionStorage.setItem(probe, '1');
      env.root.sessionStorage.removeItem(probe);
      return env.root.sessionStorage;
    } catch (e) {
      return null; // there is none, or browsers throw where a page may store nothing
    }
  }

  function hasName() {
    return typeof env.root.name === 'string';
  }

  // Pages of files, and of frames with srcdoc, have none: they know each other by their address.
  function origin() {
    var page = /^https?:\/\/[^\/?#]*/i.exec(env.originUrl());
    return page ? page[0].toLowerCase() : env.originUrl();
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
    var words = null;
    try {
      words = store.getItem(key);
      if (words !== null) {
        store.removeItem(key);
      }
    } catch (e) {
      words = null;
    }
    return words;
  }

  function writeToStore(key, words) {
    try {
      store.setItem(key, words);
      return '';
    } catch (e) {
      takeFromStore(key); // what it has is older
      return 'sessionStorage does not take ' + words.length + ' characters (' + e.message + ')';
    }
  }

  function writeToName(key, words) {
    var items;
    if (!hasName()) {
      return 'this browser has neither sessionStorage nor window.name';
    }
    takeFromName(key);
    items = readName();
    items.push([key, words]);
    writeName(items);
    return readName().length === items.length ? '' : 'window.name does not take ' + words.length + ' characters';
  }

  return {
    write: store ? writeToStore : writeToName,
    take: store ? takeFromStore : takeFromName,

    isForgeable: function () {
      return store === null;
    }
  };
}
