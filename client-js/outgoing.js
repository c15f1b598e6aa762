// What a page sends, on its way to the connection: Blobs are read first, and all that comes behind one waits for it.
//
// createOutgoing(pass) answers {push(message), pushBlob(blob), run(work), bytes(), known(), drain()}. pass(message) takes what is
// ready, in order; work() of run() is called in its turn.
function createOutgoing(pass) {
  var items = []; // {message, blob, work}, blob being one that is still read

  function flush() {
    var item;
    while (items.length > 0 && !items[0].blob) {
      item = items.shift();
      if (item.work) {
        item.work();
      } else if (item.message !== null) {
        pass(item.message);
      }
    }
  }

  function add(message, blob, work) {
    var item = {message: message, blob: blob, work: work};
    items.push(item);
    flush();
    return item;
  }

  // The messages that wait, without the Blobs that are being read.
  function known() {
    return filter(map(items, function (item) {
      return item.message;
    }), function (message) {
      return message !== null;
    });
  }

  return {
    push: function (message) {
      add(message);
    },

    pushBlob: function (blob) {
      var item = add(null, blob);

      function isRead(bytes) {
        item.message = bytes;
        item.blob = null;
        flush();
      }

      binary.readBlob(blob, isRead, function () {
        isRead(null); // what cannot be read is left out, as browsers leave it out
      });
    },

    run: function (work) {
      add(null, null, work);
    },

    // What waits here.
    bytes: function () {
      var sum = 0;
      map(items, function (item) {
        sum += item.blob ? item.blob.size : item.message === null ? 0 : text.size(item.message);
      });
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
