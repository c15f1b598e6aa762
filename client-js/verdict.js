// What worked here last: remembered for a day per address and network, wherever the browser lets a page store things. It only
// decides what is tried first.
//
// createVerdict(key) answers {name(), '' where nothing is known; keep(name); forget()}.

var kVerdictItem = 'encke.verdict';
var kVerdictMs = 86400000;
var kVerdictRenewMs = 3600000; // what is kept again sooner is not written
var kVerdicts = 20; // the latest

function createVerdict(key) {
  // [[key, name, time]...], the latest last, of this key or of the others, without what is no such thing or too old.
  function read(isOwn) {
    var all = [];
    var list, i, age;
    try {
      list = json.parse(env.root.localStorage.getItem(kVerdictItem));
      for (i = 0; i < list.length; i++) {
        age = env.now() - list[i][2];
        if ((list[i][0] === key) === isOwn && typeof list[i][1] === 'string' && age >= 0 && age < kVerdictMs) {
          all.push(list[i]);
        }
      }
    } catch (e) {
      return all; // there is no storage, or somebody else has written into it
    }
    return all;
  }

  function find() {
    return read(true).pop();
  }

  function write(own) {
    try {
      env.root.localStorage.setItem(kVerdictItem, json.stringify(read(false).concat(own).slice(-kVerdicts)));
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
        write([[key, name, env.now()]]);
      }
    },

    forget: function () {
      if (find()) {
        write([]);
      }
    }
  };
}
