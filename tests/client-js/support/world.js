// An old browser to run the facade in: a context with nothing but ECMAScript 3, a clock that tests move, and an
// XMLHttpRequest and a WebSocket whose other end the tests play.
'use strict';
const vm = require('node:vm');
const {FakeBlob, fakeDocument, fakeEventSource, fakeFileReader, listening} = require('./document.js');
const {FakeServer} = require('./server.js');
const {bundleUnderTest, extraUnderTest, listedFiles, readSource} = require('./bundle.js');

const es3Globals = ('NaN Infinity undefined parseInt parseFloat isNaN isFinite decodeURI decodeURIComponent encodeURI ' +
  'encodeURIComponent escape unescape eval Object Function Array String Boolean Number Date RegExp Error EvalError RangeError ' +
  'ReferenceError SyntaxError TypeError URIError Math').split(' ');
const es3Members = {
  'Object': ['prototype', 'length', 'name'],
  'Object.prototype': ['constructor', 'toString', 'toLocaleString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf',
    'propertyIsEnumerable', '__proto__'],
  'Function.prototype': ['constructor', 'toString', 'apply', 'call', 'length', 'name'],
  'Array': ['prototype', 'length', 'name'],
  'Array.prototype': ['constructor', 'toString', 'toLocaleString', 'concat', 'join', 'pop', 'push', 'reverse', 'shift', 'slice',
    'sort', 'splice', 'unshift', 'length'],
  'String': ['prototype', 'length', 'name', 'fromCharCode'],
  'String.prototype': ['constructor', 'toString', 'valueOf', 'charAt', 'charCodeAt', 'concat', 'indexOf', 'lastIndexOf',
    'localeCompare', 'match', 'replace', 'search', 'slice', 'split', 'substr', 'substring', 'toLowerCase', 'toLocaleLowerCase',
    'toUpperCase', 'toLocaleUpperCase', 'length'],
  'Number.prototype': ['constructor', 'toString', 'toLocaleString', 'valueOf', 'toFixed', 'toExponential', 'toPrecision'],
  'RegExp.prototype': ['constructor', 'exec', 'test', 'toString', 'global', 'ignoreCase', 'multiline', 'source', 'flags'],
  'Date': ['prototype', 'length', 'name', 'parse', 'UTC'],
  'globalThis': es3Globals
};
const kept = Object.fromEntries(Object.entries(es3Members).map(([path, names]) =>
  [path, Object.fromEntries(names.map((name) => [name, true]))]));

/** Takes from a context whatever ECMAScript 3 did not have. */
function makeOld(context) {
  vm.runInContext(`(function (kept) {
    var remove = Reflect.deleteProperty, names = Object.getOwnPropertyNames;
    var objects = [], path, i, j, list;
    for (path in kept) {
      objects.push([eval(path), kept[path], names(eval(path))]);
    }
    for (i = 0; i < objects.length; i++) {
      for (j = 0, list = objects[i][2]; j < list.length; j++) {
        if (objects[i][1][list[j]] !== true) { remove(objects[i][0], list[j]); }
      }
    }
  })(${JSON.stringify(kept)})`, context);
}

/** Timers and the time, both moved by hand. */
class Clock {
  constructor() {
    this.now = 1000000;
    this.skew = 0; // what somebody has set the time of day forward by, which timers do not heed
    this.timers = [];
    this.nextId = 1;
    this.errors = [];
  }

  set(work, milliseconds) {
    const id = this.nextId++;
    this.timers.push({id, work, at: this.now + Math.max(0, milliseconds || 0)});
    return id;
  }

  clear(id) {
    this.timers = this.timers.filter((timer) => timer.id !== id);
  }

  /** Lets time pass, running what falls due, in order. */
  pass(milliseconds) {
    const end = this.now + milliseconds;
    for (;;) {
      const due = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at || a.id - b.id)[0];
      if (!due) {
        break;
      }
      this.clear(due.id);
      this.now = Math.max(this.now, due.at);
      try {
        due.work();
      } catch (error) {
        this.errors.push(error); // what a browser gives to window.onerror
      }
    }
    this.now = end;
  }
}

function fakeXhr(world) {
  return class FakeXhr {
    constructor() {
      this.readyState = 0;
      this.status = 0;
      this.responseText = '';
      this.headers = {};
      this.onreadystatechange = null;
      this.aborted = false;
      if (world.options.cors !== false) {
        this.withCredentials = false;
      }
    }

    open(method, url) {
      Object.assign(this, {method, url, readyState: 1});
      if (world.options.refuseOpen) {
        throw new Error('Access is denied.');
      }
    }

    setRequestHeader(name, value) {
      this.headers[name] = value;
    }

    getResponseHeader(name) {
      return name === 'Retry-After' && this.readyState === 4 ? this.retryAfter || null : null;
    }

    send(body) {
      this.body = body || '';
      world.requests.push(this);
      world.onRequest(this);
    }

    abort() {
      this.aborted = true;
      if (this.onabort) {
        this.onabort();
      }
      this.readyState = 4; // some browsers report an abort as the end of the request
      this.status = 0;
      this.onreadystatechange();
    }

    // What the other end does.
    progress(bytes) {
      this.readyState = 3;
      this.status = 200;
      this.responseText += bytes;
      this.onreadystatechange();
    }

    end(bytes = '', status = 200) {
      this.readyState = 4;
      this.status = status;
      this.responseText += bytes;
      this.onreadystatechange();
    }

    fail() {
      this.readyState = 4;
      this.status = 0;
      this.responseText = '';
      this.onreadystatechange();
    }
  };
}

function fakeWebSocket(world) {
  return class FakeWebSocket {
    constructor(url) {
      if (world.options.refuseWebSocket) {
        throw new Error('insecure');
      }
      Object.assign(this, {url, readyState: 0, sent: [], bufferedAmount: 0, closedWith: null});
      if (world.options.binary) {
        this.binaryType = 'blob';
      }
      world.webSockets.push(this);
      world.onWebSocket(this);
    }

    send(frame) {
      if (this.readyState === 0) {
        throw new Error('InvalidStateError');
      }
      if (this.closedWith === null) {
        this.sent.push(typeof frame === 'string' ? frame : Buffer.from(frame));
        if (this.onsent) {
          this.onsent(this.sent[this.sent.length - 1]);
        }
      }
    }

    close(...args) {
      if (this.closedWith === null) {
        this.closedWith = args;
        if (this.onabort) {
          world.clock.set(this.onabort, 10); // what was sent goes first
        }
      }
    }

    // What the other end does.
    open() {
      if (this.closedWith === null) {
        this.readyState = 1;
        this.onopen({});
      }
    }

    frame(data) {
      if (this.closedWith === null) {
        this.onmessage({data});
      }
    }

    end(event = {code: 1006, reason: '', wasClean: false}) {
      this.readyState = 3;
      this.onclose(event);
    }
  };
}

/**
 * A page of an old browser with the facade in it. Options: page (its address), webSocket: false, xhr: false,
 * cors: false (an XMLHttpRequest without withCredentials), refuseOpen, refuseWebSocket, parts: true (the sources
 * themselves, whose inner names then are globals, and not the bundle), bundle (another one's text), extras (names, loaded after it), binary: true (with typed arrays and Blobs),
 * document: true (with elements, events of the page and beacons), eventSource: true, clock (another page's),
 * accessors: true (Object.defineProperty), install(context, world), which adds globals before the facade loads.
 */
function openPage(options = {}) {
  const clock = options.clock || new Clock();
  const world = {options, clock, cleared: new Set(), requests: [], webSockets: [], listeners: [], beacons: [], onRequest() {}, onWebSocket() {},
    onEventSource() {}, onElement() {}, onForm() {}};
  const context = vm.createContext({});
  makeOld(context);
  context.window = vm.runInContext('this', context);
  context.location = {href: options.page || 'http://example.test/page/index.html'};
  context.setTimeout = (work, milliseconds) => {
    const id = clock.set(function run() {
      if (world.hung && !world.cleared.has(id)) {
        clock.set(run, 100);
      } else if (!world.dead && !world.cleared.has(id)) {
        work();
      }
    }, milliseconds);
    return id;
  };
  context.clearTimeout = (id) => {
    if (world.hung !== undefined) {
      world.cleared.add(id);
    }
    clock.clear(id);
  };
  context.Date = function () {
    return {getTime: () => clock.now + clock.skew};
  };
  if (options.binary) {
    Object.assign(context, {ArrayBuffer, Uint8Array, DataView, Blob: FakeBlob, FileReader: fakeFileReader(world)});
  }
  if (options.document) {
    world.document = context.document = fakeDocument(world);
    context.navigator = {sendBeacon: (url, body) => world.beacons.push([url, body])};
    Object.assign(context, listening(world, 'window'));
    world.tellPage = (where, type, event = {}) => world.listeners.filter((entry) => entry.where === where && entry.type === type)
      .forEach((entry) => entry.work(event));
  }
  if (options.eventSource) {
    context.EventSource = fakeEventSource(world);
  }
  if (options.xhr !== false) {
    context.XMLHttpRequest = fakeXhr(world);
  }
  if (options.webSocket !== false) {
    context.WebSocket = fakeWebSocket(world);
  }
  if (options.accessors) {
    vm.runInContext('Object', context).defineProperty = Object.defineProperty;
  }
  if (options.install) {
    options.install(context, world);
  }
  const scripts = options.parts ? listedFiles().map(readSource) : [options.bundle || bundleUnderTest()];
  scripts.push(...(options.extras || []).map(extraUnderTest));
  const before = new Set(Object.getOwnPropertyNames(context));
  scripts.forEach((script) => vm.runInContext(script, context));
  world.newGlobals = Object.getOwnPropertyNames(context).filter((name) => !before.has(name));
  world.context = context;
  world.Encke = context.Encke;
  return world;
}

/** A message as tests compare it: a string, or the bytes as an array. */
function plain(data) {
  return typeof data === 'string' ? data : data instanceof FakeBlob ? ['blob', ...data.content] : Array.from(new Uint8Array(data));
}

/** Opens a socket on the page and notes its events as [type, detail...]. */
function openSocket(world, options, address = '/echo') {
  const socket = new world.Encke.Socket(address, undefined, options);
  const log = [];
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => log.push(['open']);
  socket.onmessage = (event) => log.push(['message', plain(event.data)]);
  socket.onerror = () => log.push(['error']);
  socket.onclose = (event) => log.push(['close', event.code, event.reason, event.wasClean]);
  socket.oninterrupt = () => log.push(['interrupt']);
  socket.onresume = () => log.push(['resume']);
  socket.ongap = (event) => log.push(['gap', event.reason, Array.from(event.unacknowledged, plain)]);
  return {socket, log, messages: () => log.filter(([type]) => type === 'message').map((entry) => entry[1])};
}

const transports = ['websocket', 'xhr_stream', 'eventsource', 'forever_frame', 'xhr_poll', 'jsonp'];

/** A page of today with a server behind it, and a socket that is open over the named transport, or over the best one. */
function openOver(name, {page, server: serverOptions, socket: socketOptions, address} = {}) {
  const world = openPage({document: true, binary: true, eventSource: true, ...page});
  const server = new FakeServer(world, serverOptions);
  const {socket, log} = openSocket(world, {...(name ? {transports: [name]} : {}), ...socketOptions}, address);
  world.clock.pass(200);
  return {world, server, socket, log, session: server.session, clock: world.clock};
}

/** Runs scripts of a page in an old engine, with the facade there already; answers its globals. */
function runInOldBrowser(scripts) {
  const {context} = openPage();
  scripts.forEach((script) => vm.runInContext(script, context));
  return context;
}

/** The same in a network whose weather (FakeServer) is given, before anything has come back. */
function openIn(weather, {page, server: serverOptions, ...socketOptions} = {}) {
  const world = openPage({document: true, binary: true, eventSource: true, ...page});
  const server = new FakeServer(world, serverOptions);
  server.weather = weather;
  const {socket, log} = openSocket(world, socketOptions);
  return {world, server, socket, log, clock: world.clock};
}

/** Mulberry32: numbers in [0, 1) that a seed determines. */
function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What became of each transport, "websocket failed". */
const outcomes = (socket) => Array.from(socket.report(), (entry) => `${entry.transport} ${entry.outcome}`);

module.exports = {Clock, FakeBlob, FakeServer, createRandom, openIn, openOver, openPage, openSocket, outcomes, plain, runInOldBrowser, transports};
