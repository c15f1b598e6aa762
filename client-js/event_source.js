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
  var states = {CONNECTING: kConnecting, OPEN: kOpen, CLOSED: kClosed};
  var kRetryMs = 3000; // until the server says something else

  function EventSource(address, options) {
    var parts;
    checkNew(this instanceof EventSource, arguments.length, 'Encke.EventSource');
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
    events.tell(source, 'error', {});
    if (source.state_ === kConnecting) {
      source.timer_ = env.later(function () {
        connect(source);
      }, source.retryMs_);
    }
  }

  function connect(source) {
    var xhr = env.newXhr();
    var seen = 0;
    var isBusy = true; // inside of send(), or of a listener that shows a dialogue
    var isOwn = url.sameOrigin(source.parts_);
    var id = encodeURIComponent(source.lastId_);
    var stream = createEventStream(source.lastId_, {
      event: function (type, data, id) {
        if (source.xhr_ === xhr) {
          events.tell(source, type, {data: data, origin: url.origin(source.parts_), lastEventId: id, source: null, ports: []});
        }
      },
      retry: function (milliseconds) {
        source.retryMs_ = milliseconds;
      }
    });

    function changed() {
      var status = 0;
      var type = '';
      var piece = '';
      var isWhole = xhr.readyState === 4;
      if (source.xhr_ !== xhr || xhr.readyState < 2) {
        return;
      }
      if (isBusy) {
        env.later(changed, 0);
        return;
      }
      try {
        status = xhr.status;
        type = xhr.getResponseHeader('Content-Type') || '';
        piece = xhr.readyState > 2 ? (xhr.responseText || '').substring(seen) : '';
      } catch (e) {
        piece = ''; // not shown before it is complete, by Internet Explorer up to 9
      }
      isBusy = true;
      if (status && source.state_ === kConnecting) {
        if (status === 200 && /^\s*text\/event-stream\s*(;|$)/i.test(type)) {
          setState(source, kOpen);
          events.tell(source, 'open', {});
        } else {
          lost(source, kClosed);
        }
      }
      if (status && source.xhr_ === xhr) {
        seen += piece.length;
        stream.feed(piece);
      }
      if (isWhole && source.xhr_ === xhr) {
        source.lastId_ = stream.lastId();
        lost(source, kConnecting);
      }
      isBusy = false;
    }

    source.xhr_ = xhr;
    try {
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

  extend(EventSource, states);
  extend(EventSource.prototype, states);
  events.mixInto(EventSource.prototype, {onopen: 'open', onmessage: 'message', onerror: 'error'});
  accessors.show(EventSource.prototype, ['url', 'withCredentials', 'readyState']);
  return EventSource;
}());
