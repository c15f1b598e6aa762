// The operator's page: joins the model, the list, the conversation and the socket.
import {createList} from './list.js';
import {createModel} from './model.js';
import {byId, make} from './parts.js';
import {createTalk} from './talk.js';

const kNoAccess = 4403; // the server's word for a link that does not open the desk
let socket = null;
let trouble = '';

// The token came behind the '#'. It goes from the address bar, where others may see it, and stays in this tab.
function readToken() {
  const given = location.hash.slice(1);
  if (given !== '') {
    sessionStorage.setItem('help-desk-token', given);
    history.replaceState(null, '', location.pathname);
  }
  return sessionStorage.getItem('help-desk-token') ?? '';
}

function send(message) {
  if (socket && socket.readyState === 1) {
    socket.send(JSON.stringify(message));
  }
}

const model = createModel(send, show);
const list = createList(byId('list'), (id) => {
  talk.stopTyping();
  model.read(id);
  talk.focus();
});
const talk = createTalk(model, () => {
  const id = model.reading;
  talk.stopTyping();
  model.read(0);
  list.focus(id);
});

function show() {
  if (document.hasFocus() && model.lines.length > 0) {
    model.markSeen();
  }
  const calls = model.calls();
  document.title = `${calls > 0 ? `(${calls}) ` : ''}Help desk`;
  byId('operators').replaceChildren(...model.operators.map((name) => make('li', name === model.name ? 'me' : '', [name])));
  byId('empty').hidden = model.conversations.size > 0 || !model.there;
  byId('trouble').textContent = trouble || model.fault;
  list.show(model);
  talk.show();
}

function connect(name, token) {
  socket = new Encke.Socket('/operators', [], {reconnect: true, token});
  socket.onopen = () => {
    trouble = '';
    send({type: 'hello', name});
  };
  socket.onmessage = (event) => model.received(event.data);
  socket.oninterrupt = () => {
    trouble = 'The connection was lost; it is being restored.';
    show();
  };
  socket.onresume = () => {
    trouble = '';
    show();
  };
  socket.onclose = (event) => {
    if (event.code === kNoAccess) {
      sessionStorage.removeItem('help-desk-token');
      trouble = 'This link does not open the desk. The program prints the right one when it starts.';
      socket.close();
    } else {
      trouble = event.code === 1008 ? `The desk has closed the connection (${event.reason}). Load this page anew.` :
        'The desk cannot be reached just now; this page keeps trying.';
    }
    model.lost();
  };
}

function enter(name) {
  localStorage.setItem('help-desk-operator', name);
  byId('door').hidden = true;
  byId('app').hidden = false;
  connect(name, readToken());
}

readToken();
byId('name').value = localStorage.getItem('help-desk-operator') ?? '';
byId('door').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = byId('name').value.trim();
  if (name !== '') {
    sessionStorage.setItem('help-desk-entered', 'yes');
    enter(name);
  }
});
if (sessionStorage.getItem('help-desk-entered') && byId('name').value !== '') {
  enter(byId('name').value); // a reload
} else {
  byId('name').focus();
}
window.addEventListener('focus', show);
setInterval(show, 5000); // waiting times
