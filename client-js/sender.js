// Sends beside a carrier that only brings: one POST at a time, from the session's batches, again with the same numbers where
// it was not answered (6.5).
//
// `post(address, body, done)` makes one request, whose done(status, body, why, timedOut) follows, and answers {abort}. The
// status kUnreadable says that an answer came which the browser does not show: what it brought is acknowledged by way of
// the carrier. `leaf` is where it goes.
//
// owner: refused(status), the server's word on the session (6.9); arrived(closes), a body left, and where `closes` the page's
// close arrived with it. failing(why): several tries in a row went wrong.

var kUnreadable = -1;
var kSendPauseMs = 200; // before the first repetition; doubled for each further one
var kLongestSendPauseMs = 5000;
var kSendTries = 3; // in a row, then the way up is taken to be shut
var kConfirmMs = 5000; // after an answer that cannot be read, for the acknowledgement to come

function createSender(session, line, kind, owner, failing) {
  var running = null;
  var batch = null;
  var beside = {}; // by body: acknowledgements that go beside a POST whose answer is held (6.8), and questions
  var timer = createTimer();
  var confirmTimer = createTimer();
  var unconfirmed = 0; // the first message that it waits for
  var failures = 0;
  var conflicts = 0;
  var owed = false; // an acknowledgement
  var stopped = false;

  // What was stated with a request that failed is to be stated again.
  function doubt() {
    session.doubtStated(0);
    owed = true;
  }

  // `why`, where it counts.
  function again(why) {
    session.rewind();
    doubt();
    failures += why ? 1 : 0;
    timer.start(Math.min(kLongestSendPauseMs, kSendPauseMs * Math.pow(2, Math.max(0, failures - 1))), pump);
    if (why && failures % kSendTries === 0) {
      failing(why);
    }
  }

  // What was answered unreadably has to be acknowledged in time, whatever else is sent meanwhile; else it goes again.
  function confirmLater() {
    var first = session.firstUnacknowledged();
    if (confirmTimer.isRunning() && first === unconfirmed) {
      return;
    }
    unconfirmed = first;
    confirmTimer.start(kConfirmMs, function () {
      if (session.isAwaiting() && session.firstUnacknowledged() === first) {
        again('');
      } else if (session.isAwaiting()) {
        confirmLater();
      }
    });
  }

  function isAcknowledged(status, body) {
    var match = status === 200 ? /^k([0-9]+)\n?(?:t([0-9]+)\n)?$/.exec(body) : null;
    if (match && match[2]) {
      session.timed(match[2]);
    }
    return match !== null && session.acknowledge(match[1]);
  }

  function answered(status, body, why, timedOut) {
    var closes = batch.closes;
    running = null;
    if (status === kUnreadable) {
      failures = 0;
      confirmLater();
      owner.arrived(false);
      pump();
    } else if (isAcknowledged(status, body)) {
      failures = conflicts = 0;
      owner.arrived(closes);
      pump();
    } else if (serversWord(status, body) === 409 && conflicts < kConflicts) {
      conflicts++;
      again('');
    } else if (isRefusal(serversWord(status, body))) {
      owner.refused(status);
    } else {
      again(timedOut ? '' : status === 200 ? 'the answer to a send' + kNotOurs : 'a send failed: ' + explainStatus(status, why));
    }
  }

  function post(first, body, done) {
    return kind.post(line.address(kind.leaf, session.sendQuery(first)), body, line, done);
  }

  function pump() {
    if (stopped || running || failures > 0 && timer.isRunning()) {
      return;
    }
    batch = session.takeBatch();
    if (!batch && owed && session.owesAcknowledgement()) {
      batch = {first: session.firstUnacknowledged(), body: '', bytes: 0, closes: false};
    }
    owed = false;
    if (batch) {
      timer.stop();
      running = post(batch.first, batch.body, answered);
    }
  }

  function postBeside(body, done) {
    beside[body] = beside[body] || post(session.firstUnacknowledged(), body, function (status, answer) {
      beside[body] = null;
      if (isAcknowledged(status, answer) || status === kUnreadable) {
        done();
      } else {
        doubt();
        pump();
      }
    });
  }

  // Tells the server what has arrived, even if nothing else goes.
  function acknowledge() {
    if (running) {
      postBeside('', function () {
        if (running && session.isAcknowledgementDue()) {
          acknowledge();
        }
      });
    } else {
      owed = true;
      pump();
    }
  }

  return {
    kind: kind,

    // Asks for a sign by the carrier (6.4), beside all else; asked() follows when the question has arrived.
    ask: function (asked) {
      postBeside('q', asked);
    },

    // Looks for work.
    pump: pump,

    acknowledge: acknowledge,

    stop: function () {
      stopped = true;
      timer.stop();
      confirmTimer.stop();
      map([running, beside[''], beside.q], function (post) {
        if (post) {
          post.abort();
        }
      });
      running = null;
    },

    // Bytes of the messages in the POST under way.
    buffered: function () {
      return running ? batch.bytes : 0;
    }
  };
}

// How sends go, by what transports call it.
var senderKinds = {
  xhr: {
    leaf: '/xhr_send',
    post: function (address, body, line, done) {
      return request({method: 'POST', url: address, isForeign: line.isForeign, timeout: line.patience, body: body, onEnd: done});
    }
  },

  // A form brings line ends as CR LF (6.4). Internet Explorer writes it in the page's own encoding, whatever is asked for: so
  // what leaves is ASCII. Only JSON strings hold anything else.
  form: {
    leaf: '/jsonp_send',
    post: function (address, body, line, done) {
      var timer = createTimer();
      var removeForm;

      function stop() {
        timer.stop();
        env.later(removeForm, 0); // not while the frame tells that it has loaded
      }

      timer.start(line.patience, function () {
        stop();
        done(0, '', noAnswer(line.patience));
      });
      removeForm = embed.postForm(address, json.ascii(body), function () {
        if (timer.isRunning()) {
          stop();
          done(kUnreadable);
        }
      });
      return {abort: stop};
    }
  }
};
