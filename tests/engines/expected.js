// What each engine is expected to do: the transports that it cannot have, with the reason, and the cases that fail in it.
'use strict';

const transports = ['websocket', 'xhr_stream', 'eventsource', 'forever_frame', 'xhr_poll', 'jsonp'];

/** The cases of www/, in their order. `isLong`: left out for all but the first transport, unless ENCKE_ENGINES=full. */
const cases = [
  {name: 'characters', title: 'every character of plane 0 and samples of the other sixteen come back unchanged'},
  {name: 'surrogates', title: 'half a surrogate pair is sent as U+FFFD'},
  {name: 'bytes', title: 'all 256 bytes come back unchanged, and messages of 0 to 9 and of 70,000 of them'},
  {name: 'sizes', title: 'text and bytes of 0 to 1,048,576 come back'},
  {name: 'order', title: '1000 messages go up and come down in order'},
  {name: 'close_by_page', title: 'a close by the page reaches the server with its code and reason'},
  {name: 'close_by_server', title: 'a close by the server arrives with its code and reason, after what came before'},
  {name: 'abandon', title: 'a socket that is closed before it opens never opens, and the next one works'},
  {name: 'cut', title: 'connections that break three times while messages travel cost none and repeat none'},
  {name: 'stopped', title: 'a server that stops says 1001, and the socket is back when the server is'},
  {name: 'crashed', title: 'a server that crashed and is back: 2011, a gap with what may be lost, and the socket goes on'},
  {name: 'half_open', title: 'connections that go dead without a word are noticed and left, and nothing is lost', isLong: true}
];

/**
 * By the driver's name. `cannot`: transport to reason; these have to say so when they are asked for. `fails`: transport to names of
 * cases to reason; these have to fail, so that the table is mended when they no longer do; `broken`: transport to reason, where all do;
 * `crash`: how the engine's own crash shows, after which its page is run again, up to five times.
 */
const engines = {
  chromium: {title: 'Chromium', cannot: {}, fails: {}},
  firefox: {title: 'Firefox', cannot: {}, fails: {}},
  webkitgtk: {title: 'WebKitGTK', cannot: {}, fails: {}},
  qtwebkit: {title: 'QtWebKit', cannot: {}, fails: {}},
  khtml: {
    title: 'KHTML',
    most: 65536, // bytes in a message, unless ENCKE_ENGINES=full: 1,048,576 over jsonp once did not end
    cannot: {
      websocket: 'it has no WebSocket',
      xhr_stream: 'its XMLHttpRequest shows a response only when it has ended',
      eventsource: 'it has no EventSource'
    },
    fails: {}
  },
  stripped: {
    title: 'stripped Chromium',
    cannot: {
      websocket: 'it was taken away',
      xhr_stream: 'its ActiveX objects show a response only when it has ended',
      eventsource: 'it was taken away'
    },
    fails: {}
  },
  wine: {
    title: 'Wine\'s JScript',
    most: 65536, // bytes in a message, unless ENCKE_ENGINES=full: it takes a minute for 1,048,576
    crash: {shows: /^\S+ ended with 5: /, reason: 'Wine itself now and then fails, with its own backtrace, while connections break'},
    cannot: {
      websocket: 'it has no WebSocket',
      xhr_stream: 'ActiveX shows a response only when it has ended',
      eventsource: 'it has no EventSource',
      forever_frame: 'a script host has no document',
      jsonp: 'a script host has no document'
    },
    fails: {}
  }
};

module.exports = {cases, engines, transports};
