// What a tab keeps while its pages come and go: sessionStorage, or where that is missing or takes nothing at all, window.name,
// in which the words of others stay as they are. Both are the tab's own; but window.name is seen by whatever site the tab goes
// to next, and any site may write it, before or around this page. So it is not looked at where sessionStorage works, and
// isForgeable() says that what take() answers may come from somebody else.
//
// createTabStorage() answers {write(key, words), take(key), isForgeable()}: write() answers '' or why it did not work; take()
// answers what was written, or null, and it is gone then.

// A storage of the browser's, if it takes anything, or null.
function findStorage(name) {
  var probe = 'encke?';
  try {
    env.root[name].setItem(probe, '1');
    env.root[name].removeItem(probe);
    return env.root[name];
  } catch (e) {
    return null; // there is none, or browsers throw where a page may store nothing
  }
}

function createTabStorage() {
  var mark = /<encke:([^<>]*)>/;
  var store = findStorage('sessionStorage');

  // Pages of files, and of frames with srcdoc, have none: they know each other by their address.
  function origin() {
    return /^https?:\/\/[^\/?#]*|.*/i.exec(env.originUrl())[0].toLowerCase();
  }

  // What this file wrote into window.name, by key.
  function readName() {
    var match = mark.exec(String(env.root.name));
    var held = match && json.read(unescape(match[1])); // null where somebody cut it off
    return (held && held[0] === origin() && held[1]) || {};
  }

  function writeName(items) {
    env.root.name = env.root.name.replace(mark, '') +
      (json.stringify(items) === '{}' ? '' : '<encke:' + escape(json.stringify([origin(), items])) + '>');
  }

  function takeFromName(key) {
    var items = readName();
    var words = items[key] || null;
    if (words !== null) {
      delete items[key];
      writeName(items);
    }
    return words;
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
    var items = readName();
    if (typeof env.root.name !== 'string') {
      return 'this browser has neither sessionStorage nor window.name';
    }
    items[key] = words;
    writeName(items);
    return readName()[key] === words ? '' : 'window.name does not take ' + words.length + ' characters';
  }

  return {
    write: store ? writeToStore : writeToName,
    take: store ? takeFromStore : takeFromName,

    isForgeable: function () {
      return store === null;
    }
  };
}
