// What the widget remembers in this tab, over a reload: the conversation's secret id, the visitor's name, and what was written and
// has not arrived. Nothing where the browser has no storage, or forbids it.
Help.createMemory = function () {
  var kName = 'help-desk';
  var kept = {};

  function isArray(value) {
    return Object.prototype.toString.call(value) === '[object Array]';
  }

  try {
    kept = Encke.JSON.parse(window.sessionStorage.getItem(kName)) || {};
  } catch (e) {
    kept = {}; // no storage, or not what this page wrote
  }

  return {
    id: function () {
      return kept.id || null;
    },
    name: function () {
      return kept.name || '';
    },
    pending: function () {
      return isArray(kept.pending) ? kept.pending : [];
    },
    open: function () {
      return kept.open === true;
    },
    keep: function (member, value) {
      kept[member] = value;
      try {
        window.sessionStorage.setItem(kName, Encke.JSON.stringify(kept));
      } catch (e) {
        return; // as above, or it is full: the conversation goes on, until a reload
      }
    }
  };
};
