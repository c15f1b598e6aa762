// What a page sends, on its way to the connection: Blobs are read first, and all that comes behind one waits for it.
//
// createOutgoing(pass) answers {push(message), pushBlob(blob), run(work), bytes(), known(), drain()}. pass(message) takes what is
// ready, in order; work() of run() is called in its turn.
function createOutgoing(pass) {
  var items = []; // {message, size, work, ready}

  function flush() {
    var item;
    while (items.length > 0 && items[0].ready) {
      item = items.shift();
      if (item.work) {
        item.work();
      } else if (item.message !== null) {
        pass(item.message);
      }
    }
  }

  // The messages that wait, without the Blobs that are being read.
  function known() {
    var messages = [];
    var i;
    for (i = 0; i < items.length; i++) {
      if (items[i].message !== null) {
        messages.push(items[i].message);
      }
    }
    return messages;
  }

  function add(item) {
    items.push(item);
    flush();
  }

  return {
    push: function (message) {
      if (items.length === 0) {
        pass(message);
      } else {
        add({message: message, size: text.size(message), work: null, ready: true});
      }
    },

    pushBlob: function (blob) {
      var item = {message: null, size: blob.size, work: null, ready: false};
      add(item);
      binary.readBlob(blob, function (bytes) {
        item.message = bytes;
        item.ready = true;
        flush();
      }, function () {
        item.ready = true; // what cannot be read is left out, as browsers leave it out
        flush();
      });
    },

    run: function (work) {
      add({message: null, size: 0, work: work, ready: true});
    },

    // What waits here.
    bytes: function () {
      var sum = 0;
      var i;
      for (i = 0; i < items.length; i++) {
        sum += items[i].size;
      }
      return sum;
    },

    known: known,

    // Takes out what waits, and answers the messages among it that are known.
    drain: function () {
      var messages = known();
      items = [];
      return messages;
    }
  };
}
