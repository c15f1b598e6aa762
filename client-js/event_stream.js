// Reading text/event-stream as HTML says (9.2.6), in whatever pieces it comes.
//
// owner: event(type, data, id) for each event, and retry(milliseconds). `id` is what the last event before had. Answers
// {feed(piece), lastId()}, the latter being what a request that goes on has to tell.
function createEventStream(id, owner) {
  var told = id; // as of the last blank line
  var data = '';
  var type = '';
  var rest = ''; // of a line that has not ended
  var isFirst = true;
  var endedByCr = false;

  function takeLine(line) {
    var match = /^([^:]*):? ?([\s\S]*)$/.exec(line);
    var value = match[2];
    if (line === '') {
      told = id;
      line = data;
      value = type;
      data = type = '';
      if (line !== '') {
        owner.event(value || 'message', line.substring(0, line.length - 1), told);
      }
    } else if (match[1] === 'data') {
      data += value + '\n';
    } else if (match[1] === 'event') {
      type = value;
    } else if (match[1] === 'id' && value.indexOf('\x00') < 0) {
      id = value;
    } else if (match[1] === 'retry' && /^[0-9]+$/.test(value)) {
      owner.retry(Number(value));
    }
  }

  return {
    feed: function (piece) {
      var lines, i;
      if (piece === '') {
        return;
      }
      if (isFirst && piece.charAt(0) === '\ufeff' || endedByCr && piece.charAt(0) === '\n') {
        piece = piece.substring(1);
      }
      isFirst = false;
      endedByCr = piece.charAt(piece.length - 1) === '\r';
      lines = piece.replace(/\r\n?/g, '\n').split('\n'); // splitting by an expression drops empty lines in Internet Explorer up to 8
      lines[0] = rest + lines[0];
      rest = lines.pop();
      for (i = 0; i < lines.length; i++) {
        takeLine(lines[i]);
      }
    },

    lastId: function () {
      return told;
    }
  };
}
