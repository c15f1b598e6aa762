// Signs of life of the carrier in use: what comes by itself, and what is asked for.
//
// settings: patience, the ms after which the server has let something come; askAfter, those after which the page wants a sign, or 0;
// roundTrip, the ms to wait for one.
// lost(carrier, reason), and heldBack(carrier, reason), of a stream whose frames do not come when they are sent.

var kHeartbeatSlackMs = 5000; // beyond the heartbeat, for a line that is slow for a while
var kProbeMs = 50; // for what comes along with a first frame
var kSignMs = 3000; // for the answer of a carrier that is asked whether it lives

function createSigns(settings, uplink, lost, heldBack) {
  var asks = settings.askAfter > 0 && settings.askAfter < settings.patience;

  // Whatever comes next is the sign.
  function ask(carrier) {
    uplink.ask(noop);
    carrier.timer.start(kSignMs, function () {
      lost(carrier, noAnswer(kSignMs));
    });
  }

  return {
    ask: ask,

    // Something came, or may come from now on.
    watch: function (carrier) {
      carrier.timer.start(asks ? settings.askAfter : settings.patience, function () {
        if (asks) {
          ask(carrier);
        } else {
          lost(carrier, 'there was no heartbeat for ' + settings.patience + ' ms');
        }
      });
    },

    // A proxy may let the beginning of a response through and keep the rest: so the stream is to bring a sign (6.4).
    probe: function (carrier) {
      carrier.probeTimer.start(kProbeMs, function () {
        var frames = carrier.frames;
        uplink.ask(function () {
          carrier.probeTimer.start(settings.roundTrip, function () {
            if (carrier.frames === frames) {
              heldBack(carrier, 'its first frame came, but ' + noAnswer(settings.roundTrip) + '; ' + kHeld);
            }
          });
        });
      });
    },

    stop: function (carrier) {
      carrier.timer.stop();
      carrier.probeTimer.stop();
    }
  };
}
