// Encke: the namespace (the bundle's one global), its errors, and the list of transports.
//
// Every file of this folder is plain ECMAScript 3 and declares the names that other files use at its top level;
// bundle.py puts them one after the other into a single function. No file looks at the user agent's name.

var Encke = {};

// The transports of this bundle in the order in which they are wanted; each file of transports/ adds itself.
//
//   name        the name in options, reports, socket.transport and the server's list
//   roundTrips  how many round trips pass until its first frame is here; scales the time-out of a try
//   streams     true where one response carries frame after frame, which something on the way may hold back
//   sends       how messages go up: 'socket' (by the carrier itself), 'xhr' or 'form'
//   enabled     function (target): '' when it may be tried, or why not, in words for an operator
//   open        function (line, sink): starts, and returns a carrier; calls nothing of the sink before it has returned
//
// A line has crossOrigin, address(leaf, query) below the session, and patience, the milliseconds after which a response
// without a word is dead. A sink has begin(), which makes this the session's newest carrier and answers {n, a, s, wait}
// for its request (6.1), wait being false for a poll that is to be answered at once; frame(text) and bytes(binary); then ended(), after an end in order, or lost(reason, status), status being
// that of HTTP where there was one.
//
// A carrier has abort(), after which it is silent, and if it is a socket write(frames), finish(), which ends it in
// order, isBinary, and buffered(): the bytes that the browser still holds.
var transports = [];

// An exception of the WebSocket interface: a DOMException, or where none can be made an Error with the same name and code.
function makeError(name, code, message) {
  var error;
  try {
    return new env.root.DOMException(message, name);
  } catch (e) {
    error = new Error(message);
  }
  error.name = name;
  error.code = code;
  return error;
}

function noop() {}

// How one of the page's constructors was called.
function checkNew(isNew, given, name) {
  if (!isNew) {
    throw new TypeError(name + ' is a constructor: write new ' + name + '(url).');
  }
  if (given === 0) {
    throw new TypeError(name + ' needs a URL.');
  }
}

// What a value is, whichever window it is of: 'Array', 'Blob'.
function classOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function isArray(value) {
  return classOf(value) === 'Array';
}

// Calls work(value, key) for each property of an object's own; not for what the page has added to all objects.
function eachOf(object, work) {
  var key;
  for (key in object) {
    if (Object.prototype.hasOwnProperty.call(object, key)) {
      work(object[key], key);
    }
  }
}

// Gives an object what another one has; answers it.
function extend(object, more) {
  eachOf(more, function (value, key) {
    object[key] = value;
  });
  return object;
}

// Whether the transport of this name is one whose requests bring one answer's worth.
function isPoll(name) {
  var i;
  for (i = 0; i < transports.length; i++) {
    if (transports[i].name === name) {
      return !transports[i].streams && transports[i].sends !== 'socket';
    }
  }
  return false;
}
