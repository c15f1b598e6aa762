// Sends beside a carrier that only brings: one POST at a time, from the session's batches, again with the same numbers where
// it was not answered (6.5).
//
// `post(address, body, done)` makes one request, whose done(status, body, why, timedOut) follows, and answers {abort}. The
// status kUnreadable says that an answer came which the browser does not show: what it brought is acknowledged by way of
// the carrier. `leaf` is where it goes.
//
// `owner` has refused(status): the server's word on the session (6.9); failing(why): several tries in a row went wrong;
// and arrived(closes): a body left, and where `closes` the page's close arrived with it.

var kUnreadable = -1;
var kSendPauseMs = 200; // before the first repetition; doubled for each further one
var kLongestSendPauseMs = 5000;
var kSendTries = 3; // in a row, then the way up is taken to be shut
var kConfirmMs = 5000; // after an answer that cannot be read, for the acknowledgement to come

function createSender(session, line, kind, owner) {
  var running = null;
  var batch = null;
  var asking = null; // an acknowledgement that goes beside a POST whose answer is held (6.8)
  var question = null;
  var timer = null;
  var confirmTimer = null;
  var unconfirmed = 0; // the first message that it waits for
  var failures = 0;
  var conflicts = 0;
  var owed = false; // an acknowledgement
  var stopped = false;

  function later(milliseconds, work) {
    env.cancel(timer);
    timer = env.later(function () {
      timer = null;
      work();
    }, milliseconds);
  }

  // What was stated with a request that failed is to be stated again.
  function doubt() {
    session.doubtStated();
    owed = true;
  }

  function again(why, counts) {
    session.rewind();
    doubt();
    failures += counts ? 1 : 0;
    later(Math.min(kLongestSendPauseMs, kSendPauseMs * Math.pow(2, Math.max(0, failures - 1))), pump);
    if (counts && failures % kSendTries === 0) {
      owner.failing(why);
    }
  }

  // What was answered unreadably has to be acknowledged in time, whatever else is sent meanwhile; else it goes again.
  function confirmLater() {
    var first = session.firstUnacknowledged();
    if (confirmTimer !== null && first === unconfirmed) {
      return;
    }
    unconfirmed = first;
    env.cancel(confirmTimer);
    confirmTimer = env.later(function () {
      confirmTimer = null;
      if (session.isAwaiting() && session.firstUnacknowledged() === first) {
        again('', false);
      } else if (session.isAwaiting()) {
        confirmLater();
      }
    }, kConfirmMs);
  }

  function isAcknowledged(status, body) {
    var match = status === 200 ? /^k([0-9]+)\n?$/.exec(body) : null;
    return match !== null && session.acknowledge(match[1]);
  }

  function answered(status, body, why, timedOut) {
    var closes = batch.closes;
    running = batch = null;
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
      again('', false);
    } else if (isRefusal(serversWord(status, body))) {
      owner.refused(status);
    } else {
      again(status === 200 ? 'the answer to a send is not the server\'s; something on the way answers in its place' :
        'a send failed: ' + explainStatus(status, why), !timedOut);
    }
  }

  function pump() {
    if (stopped || running || failures > 0 && timer !== null) {
      return;
    }
    batch = session.takeBatch();
    if (!batch && owed && session.owesAcknowledgement()) {
      batch = {first: session.firstUnacknowledged(), body: '', bytes: 0, closes: false};
    }
    owed = false;
    if (batch) {
      env.cancel(timer);
      timer = null;
      running = kind.post(line.address(kind.leaf, 's=' + batch.first + '&a=' + session.state()), batch.body, line, answered);
    }
  }

  function acknowledgeBeside() {
    asking = asking || kind.post(line.address(kind.leaf, 's=' + session.firstUnacknowledged() + '&a=' + session.state()), '', line,
      function (status, body) {
        asking = null;
        if (isAcknowledged(status, body) && running && session.isAcknowledgementDue()) {
          acknowledgeBeside();
        } else if (status !== 200 && status !== kUnreadable) {
          doubt();
        }
      });
  }

  function ask(asked) {
    question = question || kind.post(line.address(kind.leaf, 's=' + session.firstUnacknowledged() + '&a=' + session.state()), 'q', line,
      function (status, body) {
        question = null;
        if (isAcknowledged(status, body) || status === kUnreadable) {
          asked();
        } else {
          doubt();
          pump();
        }
      });
  }

  return {
    kind: kind,

    // Asks for a sign by the carrier (6.4), beside all else; asked() follows when the question has arrived.
    ask: ask,

    // Looks for work.
    pump: pump,

    // Tells the server what has arrived, even if nothing else goes.
    acknowledge: function () {
      if (running) {
        acknowledgeBeside();
      } else {
        owed = true;
        pump();
      }
    },

    stop: function () {
      stopped = true;
      env.cancel(timer);
      env.cancel(confirmTimer);
      if (running) {
        running.abort();
        running = null;
      }
      if (asking) {
        asking.abort();
        asking = null;
      }
      if (question) {
        question.abort();
        question = null;
      }
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
      return request({method: 'POST', url: address, credentials: line.crossOrigin, timeout: line.patience, body: body, onEnd: done});
    }
  },

  // A form brings line ends as CR LF (6.4). Internet Explorer writes it in the page's own encoding, whatever is asked for: so
  // what leaves is ASCII. Only JSON strings hold anything else.
  form: {
    leaf: '/jsonp_send',
    post: function (address, body, line, done) {
      var timer = null;
      var ended = false;
      var removeForm;

      function stop() {
        ended = true;
        env.cancel(timer);
        env.later(removeForm, 0); // not while the frame tells that it has loaded
      }

      function end(status, why) {
        if (!ended) {
          stop();
          done(status, '', why, false);
        }
      }

      timer = env.later(function () {
        end(0, 'there was no answer');
      }, line.patience);
      removeForm = embed.postForm(address, 'd', json.ascii(body), function () {
        end(kUnreadable, '');
      });
      return {abort: stop};
    }
  }
};
