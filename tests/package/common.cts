// A CommonJS module.
import Encke = require('encke-client');

const socket: Encke.Socket = new Encke.Socket('/chat', null, {transports: 'jsonp'});
socket.addEventListener('gap', (event) => console.log(event.reason));

import More = require('encke-client/tcp');
const tcp: More.TCPSocket = new More.TCPSocket('irc.example.net', '6667');
tcp.onread = (data) => tcp.send(data);
