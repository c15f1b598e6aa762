// The bridge: a hidden frame of the server's origin (/SERVICE/encke.1/bridge, bridge_page.js) that makes requests and loads
// endless frames for a page of another origin, whose browser cannot. One serves all sockets of a page to a service.
//
// The two tell each other JSON, by postMessage, each checking who speaks, or by fragments (fragments.js):
//
//   page    ["hello", blank], over fragments, first
//           ["request", id, method, leaf, body, shows]   ["frame", id, leaf]   ["stop", id]
//   bridge  ["ready"]   ["refused"]   ["progress", id, what is new]   ["end", id, status, what is new, why]

var kBridgeMs = 10000; // for the bridge to come up
var kBridgeIdleMs = 60000; // until one that is not used is taken down

Encke.blank = '/favicon.ico'; // something small of the page's origin, for browsers without postMessage

var bridges = {}; // by the address of their service

// Whether a bridge can be built from this page.
function bridgeReaches() {
  return embed.isPossible() && /^https?:/.test(env.originUrl());
}

function createBridge(service) {
  var jobs = {}; // by id: {progress(text), end(status, text, why)}
  var count = 0; // of them
  var lastId = 0;
  var waiting = []; // what is to be told once it is up; then null
  var origin = /^[^:]+:\/\/[^\/]*/.exec(service)[0].replace(/\/\/.*@/, '//');
  var address = service + '/encke.1/bridge';
  var timer = createTimer();
  var channel, frame;

  function close() {
    timer.stop();
    delete bridges[service];
    channel.close();
    frame.remove();
  }

  function fail(why) {
    var failed = jobs;
    jobs = {};
    close();
    eachOf(failed, function (job) {
      job.end(0, '', why);
    });
  }

  function rest() {
    if (waiting === null && count === 0) {
      timer.start(kBridgeIdleMs, function () {
        if (count === 0) {
          close();
        }
      });
    }
  }

  function forget(id) {
    delete jobs[id];
    count--;
    rest();
  }

  function tell(message) {
    if (waiting) {
      waiting.push(message);
    } else {
      channel.post(json.stringify(message));
    }
  }

  function isUp() {
    var messages = waiting || [];
    timer.stop();
    waiting = null;
    map(messages, tell);
    rest();
  }

  function heard(words) {
    var message = json.parse(words);
    var job = jobs.hasOwnProperty(message[1]) ? jobs[message[1]] : null;
    if (message[0] === 'ready') {
      isUp();
    } else if (message[0] === 'refused') {
      fail(explainStatus(403));
    } else if (job && message[0] === 'progress') {
      job.progress(message[2]);
    } else if (job) {
      forget(message[1]);
      job.end(message[2], message[3], message[4]);
    }
  }

  function hearPost(event) {
    // Internet Explorer 8 has several objects for one window, which are equal and not the same.
    if (event.origin === origin && event.source == frame.element.contentWindow && typeof event.data === 'string') {
      heard(event.data);
    }
  }

  if (env.root.postMessage) {
    channel = {close: env.listen('window', {message: hearPost}), post: function (words) {
      frame.element.contentWindow.postMessage(words, origin);
    }};
    frame = embed.addFrame(address, noop);
  } else {
    channel = createFragments(env.randomId(20), function (fragment) {
      if (frame) {
        frame.element.contentWindow.location.replace(address + fragment);
      } else {
        frame = embed.addFrame(address + fragment, noop);
      }
    }, function () {
      return readNested(frame.element.contentWindow);
    }, heard);
    channel.post(json.stringify(['hello', Encke.blank]));
  }
  timer.start(kBridgeMs, function () {
    fail('the bridge: ' + noAnswer(kBridgeMs));
  });
  return {
    // A request or a frame, for which `message` has room for its id; answers what stops it.
    start: function (message, job) {
      var id = message[1] = String(++lastId);
      jobs[id] = job;
      count++;
      tell(message);
      return function () {
        if (jobs.hasOwnProperty(id)) {
          forget(id);
          tell(['stop', id]);
        }
      };
    }
  };
}

// The service and the rest of an address below it.
function splitAddress(address) {
  var match = /^([^?]*?)(\/info|\/encke\.1\/[^?]*)(\?.*)?$/.exec(address);
  return {service: match[1], leaf: match[2] + (match[3] || '')};
}

// The bridge for an address.
function warmBridge(address) {
  var service = splitAddress(address).service;
  bridges[service] = bridges[service] || createBridge(service);
  return bridges[service];
}

// A way of request.js.
function bridgeWay(options, progress, end) {
  var body = '';
  var leaf = splitAddress(options.url).leaf;
  return warmBridge(options.url).start(['request', '', options.method, leaf, options.body || '', options.onProgress ? 1 : 0], {
    progress: function (more) {
      body += more;
      progress(body);
    },
    end: function (status, more, why) {
      end(status, body + more, why);
    }
  });
}

// As endless.load().
function bridgeFrame(address, take, ended) {
  return warmBridge(address).start(['frame', '', splitAddress(address).leaf], {progress: take, end: ended});
}

// The domain that an endless frame of the target's has to take to reach this page, where that has given itself the one that the
// server allows, or ''.
function domainOfBoth(target) {
  return target.domain && needsBridge(target) && target.domain === env.root.document.domain ? target.domain : '';
}

// Whether an endless frame of the target's could not reach over to this page.
function needsBridge(target) {
  return target.isForeign || embed.hasOtherDomain();
}
