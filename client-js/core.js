// Encke: the namespace (the bundle's one global), its errors, and the list of transports.
//
// Every file of this folder is plain ECMAScript 3 and declares the names that other files use at its top level;
// bundle.py puts them one after the other into a single function. No file looks at the user agent's name.

var Encke = {};

// The transports of this bundle in the order in which they are tried; each file of transports/ adds itself.
//
//   name        the name in options, reports and socket.transport
//   roundTrips  how many round trips pass until the open frame is here; scales the time-out of a try
//   enabled     function (info, target): '' when it may be tried, or why not, in words for an operator
//   open        function (target, sink): starts, and returns a carrier
//
// A carrier has write(body), which answers true when the body has left for good and false when sink.written()
// will tell; close(code, reason), which is followed by one sink.closed(clean); abort(), after which it is silent;
// and buffered(), the bytes which left the session but which the browser still holds.
// A sink has frame(text), written(), closed(clean) and lost(reason, code, clean); code and clean may be absent.
var transports = [];

// An exception like those of the WebSocket interface: its name is what programs look at.
function makeError(name, code, message) {
  var error = new Error(message);
  error.name = name;
  error.code = code;
  return error;
}

function noop() {}
