// The /info request: what the service can do, and how long a round trip to it takes.

var kInfoTimeoutMs = 8000;
var kFarRttMs = 100; // beyond this a line is taken to be slow and uneven
var kSlackMs = 300;

// How long to wait for one round trip on a line with this round-trip time.
function roundTripTimeout(rtt) {
  return rtt > kFarRttMs ? 4 * rtt : rtt + kSlackMs;
}

// Fetches /info for `target`, then calls done(info, rtt), or failed(why). Answers {abort: function}.
function fetchInfo(target, done, failed) {
  var started = env.now();
  return request({
    method: 'GET',
    url: url.below(target.parts, '/info', freshQuery()),
    credentials: target.crossOrigin,
    timeout: kInfoTimeoutMs,
    onEnd: function (status, body, why) {
      var info = null;
      if (status !== 200) {
        failed(explainStatus(status, why));
        return;
      }
      try {
        info = json.parse(body);
      } catch (e) {
        failed('the answer to /info is not from a socket server (' + e.message + ')');
        return;
      }
      // The time of day may have been set meanwhile.
      done(info && typeof info === 'object' ? info : {}, Math.max(0, Math.min(env.now() - started, kInfoTimeoutMs)));
    }
  });
}
