// JSONRequest, in browsers that have it: one post is held until there is something to tell, others send. It reaches any origin, and
// takes no cookies along.

// done(value, why) follows; value is what the answer holds, undefined where there is none.
function postJson(address, value, line, done) {
  var number = env.root.JSONRequest.post(address, value, function (number, answer, error) {
    done(answer, error ? error.message : kCutOff);
  }, line.patience);
  return {abort: function () {
    done = noop;
    env.root.JSONRequest.cancel(number);
  }};
}

transports.push({
  name: 'json_request',
  isRare: true,
  roundTrips: 2,
  streams: false,
  sends: 'json',

  enabled: function () {
    return env.root.JSONRequest ? '' : 'this browser has no JSONRequest';
  },

  open: function (line, sink) {
    return postJson(line.address('/jsonrequest', sink.begin()), [], line, function (frames, why) {
      if (isArray(frames)) {
        map(frames, sink.frame);
        sink.ended();
      } else {
        sink.lost(why);
      }
    });
  }
});

senderKinds.json = {
  leaf: '/jsonrequest_send',
  post: function (address, body, line, done) {
    return postJson(address, body ? body.split('\n') : [], line, function (answer, why) {
      done(refusalIn(answer) || (answer ? 200 : 0), String(answer), why);
    });
  }
};
