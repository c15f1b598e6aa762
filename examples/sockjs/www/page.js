// Connects the stock SockJS client to /echo by the transport that was picked, and logs what happens.
(function () {
  var socket = null;

  function byId(id) {
    return document.getElementById(id);
  }

  function log(text) {
    var line = document.createElement('li');
    line.appendChild(document.createTextNode(text));
    byId('log').appendChild(line);
  }

  function show(state) {
    byId('state').firstChild.nodeValue = state;
    byId('send').disabled = state !== 'open';
    byId('close').disabled = state === 'closed';
    byId('connect').disabled = state !== 'closed';
  }

  byId('connect-form').onsubmit = function () {
    var picked = byId('transport').value;
    socket = new SockJS('/echo', null, picked ? {transports: [picked]} : {});
    show('connecting');
    log('connecting' + (picked ? ' by ' + picked : ''));
    socket.onopen = function () {
      show('open');
      log('open by ' + socket.transport);
    };
    socket.onmessage = function (event) {
      log('message: ' + event.data);
    };
    socket.onclose = function (event) {
      show('closed');
      log('closed: ' + event.code + ' ' + event.reason);
    };
    return false;
  };

  byId('send-form').onsubmit = function () {
    if (socket && socket.readyState === 1) {
      log('send: ' + byId('text').value);
      socket.send(byId('text').value);
    }
    return false;
  };

  byId('close').onclick = function () {
    socket.close();
  };
}());
