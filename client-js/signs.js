// Signs of life of the carrier in use: what comes by itself, and what is asked for.
//
// settings: heartbeat, the ms after which the server lets something come; askAfter, those after which the page wants a sign, or 0;
// roundTrip, the ms to wait for one.
// owner: isInUse(carrier); lost(carrier, reason), and heldBack(transport, reason, lived), of a stream whose frames do not come
// when they are sent.

var kHeartbeatSlackMs = 5000; // beyond the heartbeat, for a line that is slow for a while
var kProbeMs = 50; // for what comes along with a first frame
var kSignMs = 3000; // for the answer of a carrier that is asked whether it lives

function createSigns(settings, uplink, owner) {
  var patience = settings.heartbeat + kHeartbeatSlackMs;
  var asks = settings.askAfter > 0 && settings.askAfter < patience;

  function wait(carrier, milliseconds, work) {
    env.cancel(carrier.timer);
    carrier.timer = env.later(work, milliseconds);
  }

  // Whatever comes next is the sign.
  function ask(carrier) {
    uplink.ask(noop);
    wait(carrier, kSignMs, function () {
      owner.lost(carrier, 'asked for a sign, it did not answer within ' + kSignMs + ' ms');
    });
  }

  return {
    ask: ask,

    // Something came, or may come from now on.
    watch: function (carrier) {
      wait(carrier, asks ? settings.askAfter : patience, function () {
        if (asks) {
          ask(carrier);
        } else {
          owner.lost(carrier, 'nothing came for ' + patience + ' ms, not even a heartbeat');
        }
      });
    },

    // A proxy may let the beginning of a response through and keep the rest: so the stream is to bring a sign (6.4).
    probe: function (carrier) {
      var frames = 0;

      function isSilent() {
        return owner.isInUse(carrier) && carrier.frames === frames;
      }

      function judge() {
        if (isSilent()) {
          owner.heldBack(carrier.transport, 'its first frame came, a sign that was asked for did not, within ' + settings.roundTrip +
            ' ms; something on the way holds back what it brings', env.now() - carrier.since);
        }
      }

      carrier.probeTimer = env.later(function () {
        frames = carrier.frames;
        uplink.ask(function () {
          if (isSilent()) {
            carrier.probeTimer = env.later(judge, settings.roundTrip);
          }
        });
      }, kProbeMs);
    },

    stop: function (carrier) {
      env.cancel(carrier.timer);
      env.cancel(carrier.probeTimer);
    }
  };
}
