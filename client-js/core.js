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
//   isRare      true where few browsers have it: reports say that it was left out only to pages that name it
//   rests       true where no response is held, so that there are pauses between them
//   sends       how messages go up: 'socket' (by the carrier itself), or the name in senderKinds (sender.js)
//   enabled     function (target): '' when it may be tried, or why not, in words for an operator
//   open        function (line, sink): starts, and returns a carrier; calls nothing of the sink before it has returned
//
// A line has isForeign, flash, the page's option, address(leaf, query) below the session, patience, the milliseconds after which a response
// without a word is dead, least, those that a try gets at least, and padding, which streams that a browser may show in blocks have in their
// query. A sink has begin(), which makes this the session's newest carrier and answers what tells the server
// (6.1), a query or, for a socket, its first frame; frame(text) and bytes(binary); then ended(), after an end in order, or
// lost(reason, status), status being that of HTTP where there was one.
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

// Of a transport: a socket has its number, and the way up, from when it is open; a response from when it starts.
function kindOf(transport) {
  return transport.sends === 'socket' ? 'socket' : 'response';
}

// Whether its requests bring one answer's worth.
function isPoll(transport) {
  return !transport.streams && kindOf(transport) === 'response';
}

// Whether they do not wait for something to tell.
function isPlain(transport) {
  return transport.rests === true;
}

function isHeld(transport) {
  return isPoll(transport) && !isPlain(transport);
}

function isStream(transport) {
  return transport.streams;
}

function findTransport(name) {
  return filter(transports, function (transport) {
    return transport.name === name;
  })[0];
}

// ---- words that several files use --------------------------------------------------------------------------------

var kCutOff = 'it was refused or cut off';
var kNotReached = 'this browser cannot reach another origin';
var kNotOurs = ' is not the server\'s; something on the way answers in its place';

var kHeld = 'something on the way may hold it back';

function noAnswer(milliseconds) {
  return 'there was no answer within ' + milliseconds + ' ms';
}

function isForbidden(error) {
  return 'the browser does not allow it (' + error.message + ')';
}
