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
  var lastId = 0;
  var waiting = []; // what is to be told once it is up; then null
  var origin = /^[^:]+:\/\/[^\/]*/.exec(service)[0].replace(/\/\/.*@/, '//');
  var timer, channel, frame, stopListening;

  function close() {
    env.cancel(timer);
    delete bridges[service];
    stopListening();
    channel.close();
    frame.remove();
  }

  function fail(why) {
    var failed = jobs;
    var id;
    jobs = {};
    close();
    for (id in failed) {
      if (failed.hasOwnProperty(id)) {
        failed[id].end(0, '', why);
      }
    }
  }

  function isIdle() {
    var id;
    for (id in jobs) {
      if (jobs.hasOwnProperty(id)) {
        return false;
      }
    }
    return true;
  }

  function rest() {
    if (waiting === null && isIdle()) {
      env.cancel(timer);
      timer = env.later(function () {
        if (isIdle()) {
          close();
        }
      }, kBridgeIdleMs);
    }
  }

  function forget(id) {
    delete jobs[id];
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
    var i;
    env.cancel(timer);
    waiting = null;
    for (i = 0; i < messages.length; i++) {
      tell(messages[i]);
    }
    rest();
  }

  function heard(words) {
    var message = json.parse(words);
    var job = jobs.hasOwnProperty(message[1]) ? jobs[message[1]] : null;
    if (message[0] === 'ready') {
      isUp();
    } else if (message[0] === 'refused') {
      fail('the server does not let this page\'s origin use its bridge; add it to the origins of the service');
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

  function start() {
    var address = service + '/encke.1/bridge';
    var target;
    if (env.root.postMessage) {
      stopListening = env.listen('window', {message: hearPost});
      frame = embed.addFrame(address, noop);
      channel = {close: noop, post: function (words) {
        frame.element.contentWindow.postMessage(words, origin);
      }};
    } else {
      stopListening = noop;
      channel = createFragments(env.randomId(20), function (fragment) {
        target = address + fragment;
        if (frame) {
          frame.element.contentWindow.location.replace(target);
        }
      }, function () {
        return readNested(frame.element.contentWindow);
      }, heard);
      channel.post(json.stringify(['hello', Encke.blank]));
      frame = embed.addFrame(target, noop);
    }
    timer = env.later(function () {
      fail('the bridge, a frame of the server\'s origin, did not come up within ' + kBridgeMs + ' ms');
    }, kBridgeMs);
  }

  start();
  return {
    // A request or a frame, for which `what` is all of the message but its id; answers what stops it.
    start: function (what, job) {
      var id = String(++lastId);
      jobs[id] = job;
      tell([what[0], id].concat(what.slice(1)));
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
  return warmBridge(options.url).start(['request', options.method, leaf, options.body || '', options.onProgress ? 1 : 0], {
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
  return warmBridge(address).start(['frame', splitAddress(address).leaf], {progress: take, end: ended});
}

// Whether an endless frame of the target's could not reach over to this page.
function needsBridge(target) {
  return target.crossOrigin || embed.hasOtherDomain();
}
