// What worked here last: remembered for a day per address and network, wherever the browser lets a page store things. It only
// decides what is tried first.
//
// createVerdict(key) answers {name(), '' where nothing is known; keep(name); forget()}.

var kVerdictItem = 'encke.verdict';
var kVerdictMs = 86400000;
var kVerdictRenewMs = 3600000; // what is kept again sooner is not written
var kVerdicts = 20; // the latest

function createVerdict(key) {
  // [[key, name, time]...], the latest last, without what is no such thing or too old.
  function read() {
    var all = [];
    var now = env.now();
    var list, i;
    try {
      list = json.parse(env.root.localStorage.getItem(kVerdictItem));
      for (i = 0; i < list.length; i++) {
        if (list[i] && typeof list[i][1] === 'string' && now - list[i][2] >= 0 && now - list[i][2] < kVerdictMs) {
          all.push(list[i]);
        }
      }
    } catch (e) {
      return all; // there is no storage, or somebody else has written into it
    }
    return all;
  }

  function find() {
    var list = read();
    var i;
    for (i = 0; i < list.length && list[i][0] !== key; i++) {
      continue;
    }
    return list[i] || null;
  }

  function write(name) {
    var list = read();
    var i;
    for (i = list.length - 1; i >= 0; i--) {
      if (list[i][0] === key) {
        list.splice(i, 1);
      }
    }
    if (name) {
      list.push([key, name, env.now()]);
    }
    try {
      env.root.localStorage.setItem(kVerdictItem, json.stringify(list.slice(-kVerdicts)));
    } catch (e) {
      return; // as good as a browser that was never here
    }
  }

  return {
    name: function () {
      var found = find();
      return found ? found[1] : '';
    },

    keep: function (name) {
      var found = find();
      if (!found || found[1] !== name || env.now() - found[2] > kVerdictRenewMs) {
        write(name);
      }
    },

    forget: function () {
      if (find()) {
        write('');
      }
    }
  };
}
