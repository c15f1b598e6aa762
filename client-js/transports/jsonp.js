// Script tags: each answer is a script that brings something to tell; sends are forms, posted into a hidden frame.
transports.push({
  name: 'jsonp',
  roundTrips: 2,
  streams: false,
  sends: 'form',

  enabled: embedObstacle,

  open: function (line, sink) {
    var query = sink.begin();
    return callByScript(function (name) {
      return line.address('/jsonp', query + '&c=' + name);
    }, line.patience, sink.frame, sink.ended, sink.lost);
  }
});
