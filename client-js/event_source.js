// Encke.EventSource: the EventSource interface over XMLHttpRequest. Events come while the response does where the browser
// shows that, else when it has ended.
//
//   CONNECTING -> OPEN        200 and text/event-stream
//   CONNECTING -> CLOSED      any other answer
//   any -> CONNECTING         the response ended or broke: again after the time that the server has set
//
// To another origin the last event's id goes as the query's lastEventId: as a header it would need the server's leave.

Encke.EventSource = (function () {
  var kConnecting = 0;
  var kOpen = 1;
  var kClosed = 2;
  var kRetryMs = 3000; // until the server says something else

  function EventSource(address, options) {
    var parts;
    if (!(this instanceof EventSource)) {
      throw new TypeError('Encke.EventSource is a constructor: write new Encke.EventSource(url).');
    }
    if (arguments.length === 0) {
      throw new TypeError('Encke.EventSource needs a URL.');
    }
    parts = url.resolve(text.from(address).replace(/#.*$/, ''));
    events.begin(this);
    this.shown_.url = url.format(parts);
    this.shown_.withCredentials = !!(options && options.withCredentials);
    this.shown_.readyState = this.state_ = kConnecting;
    this.parts_ = parts;
    this.lastId_ = '';
    this.retryMs_ = kRetryMs;
    this.timer_ = null;
    this.xhr_ = null;
    connect(this);
  }

  function setState(source, state) {
    source.state_ = source.shown_.readyState = state;
  }

  function letGo(source) {
    var xhr = source.xhr_;
    source.xhr_ = null;
    env.cancel(source.timer_);
    if (xhr) {
      xhr.onreadystatechange = noop;
      xhr.abort();
    }
  }

  // Begins again, or not.
  function lost(source, state) {
    letGo(source);
    setState(source, state);
    source.dispatchEvent(events.make('error', {}));
    if (source.state_ === kConnecting) {
      source.timer_ = env.later(function () {
        connect(source);
      }, source.retryMs_);
    }
  }

  function send(source, xhr, changed) {
    var isOwn = url.sameOrigin(source.parts_);
    var id = encodeURIComponent(source.lastId_);
    xhr.open('GET', url.format(source.parts_) + (id && !isOwn ? (source.parts_.query ? '&' : '?') + 'lastEventId=' + id : ''), true);
    if (source.shown_.withCredentials && !isOwn) {
      xhr.withCredentials = true;
    }
    xhr.setRequestHeader('Accept', 'text/event-stream');
    if (isOwn) {
      xhr.setRequestHeader('Cache-Control', 'no-cache');
      if (id) {
        xhr.setRequestHeader('Last-Event-ID', unescape(id)); // in UTF-8
      }
    }
    xhr.onreadystatechange = changed;
    xhr.send(null);
  }

  function connect(source) {
    var xhr = env.newXhr();
    var seen = 0;
    var isBusy = false;
    var stream = createEventStream(source.lastId_, {
      event: function (type, data, id) {
        if (source.xhr_ === xhr) {
          source.dispatchEvent(events.make(type, {data: data, origin: url.origin(source.parts_), lastEventId: id, source: null, ports: []}));
        }
      },
      retry: function (milliseconds) {
        source.retryMs_ = milliseconds;
      }
    });

    function take(status, type, body, isWhole) {
      var piece = body.substring(seen);
      if (status && source.state_ === kConnecting) {
        if (status !== 200 || !/^\s*text\/event-stream\s*(;|$)/i.test(type)) {
          lost(source, kClosed);
          return;
        }
        setState(source, kOpen);
        source.dispatchEvent(events.make('open', {}));
      }
      if (status && source.xhr_ === xhr) {
        seen += piece.length;
        stream.feed(piece);
      }
      if (isWhole && source.xhr_ === xhr) {
        source.lastId_ = stream.lastId();
        lost(source, kConnecting);
      }
    }

    function changed() {
      var status = 0;
      var type = '';
      var body = '';
      if (source.xhr_ !== xhr || xhr.readyState < 2) {
        return;
      }
      if (isBusy) { // inside of send(), or of a listener that shows a dialogue
        env.later(changed, 0);
        return;
      }
      try {
        status = xhr.status;
        type = xhr.getResponseHeader('Content-Type') || '';
        body = xhr.readyState > 2 ? xhr.responseText || '' : '';
      } catch (e) {
        body = ''; // not shown before it is complete, by Internet Explorer up to 9
      }
      isBusy = true;
      take(status, type, body, xhr.readyState === 4);
      isBusy = false;
    }

    source.xhr_ = xhr;
    isBusy = true;
    try {
      send(source, xhr, changed);
    } catch (e) { // also where there is no XMLHttpRequest
      source.xhr_ = null;
      source.timer_ = env.later(function () {
        lost(source, kClosed);
      }, 0);
    }
    isBusy = false;
  }

  EventSource.prototype.close = function () {
    setState(this, kClosed);
    letGo(this);
  };

  EventSource.CONNECTING = EventSource.prototype.CONNECTING = kConnecting;
  EventSource.OPEN = EventSource.prototype.OPEN = kOpen;
  EventSource.CLOSED = EventSource.prototype.CLOSED = kClosed;
  events.mixInto(EventSource.prototype, {onopen: 'open', onmessage: 'message', onerror: 'error'});
  accessors.show(EventSource.prototype, ['url', 'withCredentials', 'readyState']);
  return EventSource;
}());
