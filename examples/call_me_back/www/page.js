// Asks for a URL, shows it, and lists what is sent there.
(function () {
  var url = {id: 0};

  // For the test: /?transport=xhr_poll
  var asked = /[?&]transport=([a-z_]+)/.exec(location.search);
  var socket = new Encke.Socket('/inbox', [], asked ? {reconnect: true, transports: [asked[1]]} : {reconnect: true});

  function byId(id) {
    return document.getElementById(id);
  }

  function say(request) {
    socket.send(JSON.stringify(request));
  }

  function state(text) {
    byId('state').firstChild.nodeValue = text;
  }

  function show(opened) {
    url = {id: opened.opened, address: location.protocol + '//' + location.host + '/inbox' + opened.path};
    byId('url').value = url.address;
    byId('line').value = 'make; curl -d "make has ended with $?" ' + url.address;
    byId('another').disabled = false;
    state('good for ' + opened.seconds / 60 + ' minutes and ' + opened.messages + ' messages');
  }

  function hide(why) {
    byId('url').value = byId('line').value = '';
    byId('another').disabled = true;
    state(why);
  }

  function list(message) {
    var line = document.createElement('li');
    var what = message.base64 ? '(' + (message.type || 'bytes') + ', base64) ' : '';
    line.appendChild(document.createTextNode(new Date().toLocaleTimeString() + '  ' + what + message.body));
    byId('came').appendChild(line);
  }

  socket.onopen = function () {
    say({open: {get: true}});
  };
  socket.onmessage = function (event) {
    var message = JSON.parse(event.data);
    if (message.opened) {
      show(message);
    } else if (message.body !== undefined) {
      list(message);
    } else if (message.error) {
      hide(message.error);
    } else if (message.closed === url.id) { // its time is up
      say({open: {get: true}});
    }
  };
  socket.onclose = function () {
    hide('not connected');
  };
  // Another session, if there will be one, has another URL.
  socket.ongap = function () {
    hide('connecting');
  };
  byId('another').onclick = function () {
    say({close: url.id});
    hide('asking');
  };
}());
