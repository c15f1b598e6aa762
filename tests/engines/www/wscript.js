// The suite outside of any browser: Microsoft's script host with ActiveX, as Wine has it. "cscript wscript.js ADDRESS", the address being
// that of the suite's page, whose place this takes.
//
// There is no timer in this host, but it handles messages, so what ActiveX brings too, while it waits in a synchronous request: so
// /sleep of the reporting server is what the clock stands on.
var Native = ActiveXObject;
var kept = []; // Wine frees an object that is let go while its response is on the way, and crashes
ActiveXObject = function (name) {
  var made = new Native(name);
  kept.push(made);
  return made;
};

var shim = {address: WScript.Arguments.Item(0), timers: [], count: 0, isOver: false};

shim.get = function (address) {
  var xhr = new Native('Msxml2.XMLHTTP');
  xhr.open('GET', address, false);
  xhr.send();
  return xhr.responseText;
};

shim.query = function () {
  var query = {};
  var pairs = shim.address.replace(/^[^?]*\?/, '').split('&');
  var i, at;
  for (i = 0; i < pairs.length; i++) {
    at = pairs[i].indexOf('=');
    query[pairs[i].substring(0, at)] = decodeURIComponent(pairs[i].substring(at + 1));
  }
  return query;
};

function setTimeout(work, milliseconds) {
  shim.timers.push({number: ++shim.count, work: work, due: new Date().getTime() + (milliseconds || 0)});
  return shim.count;
}

function clearTimeout(number) {
  var i;
  for (i = 0; i < shim.timers.length; i++) {
    if (shim.timers[i].number === number) {
      shim.timers.splice(i, 1);
      return;
    }
  }
}

// Runs the timer that is due first; answers whether there was one.
shim.runNext = function () {
  var first = -1;
  var i, timer;
  for (i = 0; i < shim.timers.length; i++) {
    if (shim.timers[i].due <= new Date().getTime() && (first < 0 || shim.timers[i].due < shim.timers[first].due)) {
      first = i;
    }
  }
  if (first < 0) {
    return false;
  }
  timer = shim.timers.splice(first, 1)[0];
  timer.work();
  return true;
};

var location = {href: shim.address};
var lab = {
  query: shim.query(),

  get: function (path, done) {
    shim.get(lab.query.lab + path);
    setTimeout(done, 0);
  },

  finished: function () {
    shim.isOver = true;
  }
};

// At this level, so that what the scripts declare is global.
shim.base = shim.address.replace(/[^\/]*\?.*$/, '');
eval(shim.get(shim.base.replace(/engines\/$/, lab.query.source ? 'encke.js' : 'encke.min.js')));
eval(shim.get(shim.base + 'messages.js'));
eval(shim.get(shim.base + 'cases.js'));
eval(shim.get(shim.base + 'long_cases.js'));
eval(shim.get(shim.base + 'suite.js'));

suite.run();
while (!shim.isOver) {
  try {
    while (shim.runNext()) {
      // until none is due
    }
  } catch (error) {
    suite.stray(error.message || error);
  }
  shim.get(lab.query.lab + '/sleep?ms=2&t=' + Math.random());
}
