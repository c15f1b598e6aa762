// Shows quotes as they come, over the facade or the browser's own EventSource.
(function () {
  'use strict';
  var MINUTE = 60000;
  var PAUSE = 8000;
  var rows = {}; // by symbol
  var close = null; // ends the connection there is
  var quotes = 0; // since the last look

  function byId(id) {
    return document.getElementById(id);
  }

  function cell(row, kind) {
    var made = row.insertCell();
    made.className = kind;
    return made;
  }

  function addRow(symbol) {
    var body = byId('quotes');
    var after = Object.keys(rows).sort().filter(function (other) {
      return other > symbol;
    })[0];
    var row = document.createElement('tr');
    body.insertBefore(row, after ? rows[after].row : null);
    cell(row, 'symbol').textContent = symbol;
    rows[symbol] = {row: row, price: cell(row, 'number price'), change: cell(row, 'number change'), points: []};
    rows[symbol].canvas = cell(row, 'line').appendChild(document.createElement('canvas'));
    rows[symbol].canvas.setAttribute('aria-hidden', 'true');
    byId('empty').hidden = true;
    return rows[symbol];
  }

  function take(text) {
    var quote = JSON.parse(text);
    var row = rows[quote.symbol] || addRow(quote.symbol);
    quotes++;
    row.moved = row.last === undefined || quote.price === row.last ? '' : quote.price > row.last ? 'up' : 'down';
    row.last = quote.price;
    row.said = (quote.change >= 0 ? '+' : '\u2212') + Math.abs(quote.change).toFixed(2) + '\u2009%';
    row.risen = quote.change >= 0;
    row.points.push([Date.now(), quote.price]);
    row.fresh = true;
  }

  function drawLine(row, now) {
    var canvas = row.canvas;
    var scale = window.devicePixelRatio || 1;
    var width = canvas.width = canvas.clientWidth * scale;
    var height = canvas.height = canvas.clientHeight * scale;
    var prices = row.points.map(function (point) {
      return point[1];
    });
    var low = Math.min.apply(null, prices);
    var span = Math.max.apply(null, prices) - low || 1;
    var context = canvas.getContext('2d');
    context.strokeStyle = getComputedStyle(row.change).color;
    context.lineWidth = 1.5 * scale;
    context.beginPath();
    row.points.forEach(function (point, index) {
      var x = width * (1 - (now - point[0]) / MINUTE);
      var y = height * (0.9 - 0.8 * (point[1] - low) / span);
      context[index ? 'lineTo' : 'moveTo'](x, y);
    });
    context.lineTo(width, height * (0.9 - 0.8 * (row.last - low) / span));
    context.stroke();
  }

  /** However many quotes come, the page is drawn as often as the screen is. */
  function draw() {
    var now = Date.now();
    Object.keys(rows).forEach(function (symbol) {
      var row = rows[symbol];
      while (row.points.length > 1 && (row.points[1][0] < now - MINUTE || row.points.length > 2000)) {
        row.points.shift();
      }
      row.price.className = 'number price ' + (row.fresh ? row.moved : '');
      if (row.fresh) {
        row.price.textContent = row.last.toFixed(2);
        row.change.textContent = row.said;
        row.change.className = 'number change ' + (row.risen ? 'up' : 'down');
        row.fresh = false;
      }
      drawLine(row, now);
    });
    requestAnimationFrame(draw);
  }

  function say(state) {
    byId('state').textContent = state;
  }

  function readPlainly() {
    var source = new EventSource('/ticker/events');
    source.onopen = function () {
      say('live by EventSource');
    };
    source.onmessage = function (event) {
      take(event.data);
    };
    source.onerror = function () {
      say('connecting again');
    };
    return function () {
      source.close();
    };
  }

  function readByFacade() {
    var socket = new Encke.Socket('/ticker', [], {reconnect: true});
    // It begins with what always gets through, and goes on over the best that does.
    var look = setInterval(function () {
      say(socket.readyState === Encke.Socket.OPEN ? 'live by ' + socket.transport : 'connecting');
    }, 200);
    socket.onmessage = function (event) {
      take(event.data);
    };
    return function () {
      clearInterval(look);
      socket.onmessage = null;
      socket.close();
    };
  }

  function connect() {
    if (close) {
      close();
    }
    say('connecting');
    close = byId('plain').checked ? readPlainly() : readByFacade();
  }

  byId('plain').onchange = connect;
  byId('pause').onclick = function () {
    var end = Date.now() + PAUSE;
    while (Date.now() < end) { /* as a page that is busy with something else */ }
  };
  setInterval(function () {
    byId('rate').textContent = quotes;
    quotes = 0;
  }, 1000);
  connect();
  requestAnimationFrame(draw);
})();
