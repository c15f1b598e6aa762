// A CommonJS module.
import Encke = require('encke-client');

const socket: Encke.Socket = new Encke.Socket('/chat', null, {transports: 'jsonp'});
socket.addEventListener('gap', (event) => console.log(event.reason));
