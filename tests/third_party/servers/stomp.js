// A STOMP 1.2 broker, as small as its clients need: destinations, receipts, selections by subscription.
'use strict';
const net = require('node:net');

const kEscapes = {'\\r': '\r', '\\n': '\n', '\\c': ':', '\\\\': '\\'};
const unescape = (text) => text.replace(/\\[rnc\\]/g, (two) => kEscapes[two]);

function readFrame(bytes) {
  const head = bytes.indexOf('\n\n');
  const [command, ...lines] = bytes.subarray(0, head).toString().replace(/\r/g, '').split('\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(':').map(unescape)));
  return {command, headers, body: bytes.subarray(head + 2)};
}

/** How long the first frame is, or -1 where it is not whole. */
function frameLength(bytes) {
  const head = bytes.indexOf('\n\n');
  const length = head < 0 ? null : /^content-length:([0-9]+)/m.exec(bytes.subarray(0, head).toString());
  return head < 0 ? -1 : length ? head + 2 + Number(length[1]) : bytes.indexOf(0, head);
}

module.exports = async () => {
  const subscriptions = new Set();
  let messages = 0;

  return net.createServer((socket) => {
    let held = Buffer.alloc(0);
    const own = new Map();

    function write(command, headers, body = Buffer.alloc(0)) {
      const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join('');
      socket.write(Buffer.concat([Buffer.from(`${command}\n${lines}\n`), body, Buffer.from([0])]));
    }

    const commands = {
      CONNECT: () => write('CONNECTED', {'version': '1.2', 'heart-beat': '0,0'}),
      SUBSCRIBE: ({headers}) => {
        const subscription = {destination: headers.destination, deliver: (body) => write('MESSAGE', {'subscription': headers.id,
          'destination': headers.destination, 'message-id': ++messages, 'content-length': body.length}, body)};
        own.set(headers.id, subscription);
        subscriptions.add(subscription);
      },
      SEND: ({headers, body}) => subscriptions.forEach((subscription) => {
        if (subscription.destination === headers.destination) {
          subscription.deliver(body);
        }
      }),
      DISCONNECT: () => {}
    };

    function take(frame) {
      (commands[frame.command] || (() => write('ERROR', {message: 'unknown command'})))(frame);
      if (frame.headers.receipt) {
        write('RECEIPT', {'receipt-id': frame.headers.receipt});
      }
    }

    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      for (;;) {
        while (held[0] === 10 || held[0] === 13) { // a heartbeat, or an end of line between frames
          held = held.subarray(1);
        }
        const length = frameLength(held);
        if (length < 0 || held.length <= length) {
          return;
        }
        take(readFrame(held.subarray(0, length)));
        held = held.subarray(length + 1);
      }
    });
    socket.on('close', () => own.forEach((subscription) => subscriptions.delete(subscription)));
    socket.on('error', () => socket.destroy());
  });
};
