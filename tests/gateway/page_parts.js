// What runs in a page and in Node alike: random bytes, their digest, and a socket by name. In a page it is a script of its own.
'use strict';

const gatewayParts = {
  /** So many random bytes. */
  random(size) {
    const bytes = new Uint8Array(size);
    for (let from = 0; from < size; from += 65536) {
      crypto.getRandomValues(bytes.subarray(from, Math.min(from + 65536, size)));
    }
    return bytes;
  },

  /** SHA-256 in hexadecimal. */
  async digest(bytes) {
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
  },

  /** A socket to a service: by the way named `native` the WebSocket that is there, else the facade over that transport. */
  socket(address, path, protocols, way) {
    return way === 'native' ? new WebSocket(`${address.replace(/^http/, 'ws')}${path}/websocket`, protocols) :
      new Encke.Socket(address + path, protocols, {transports: [way]});
  },

  /** Resolves with the bytes that a socket brings, once they are `size`. */
  collect(socket, size) {
    socket.binaryType = 'arraybuffer';
    return new Promise((resolve, reject) => {
      const all = new Uint8Array(size);
      let length = 0;
      socket.onmessage = (event) => {
        const piece = new Uint8Array(event.data);
        if (length + piece.length > size) {
          reject(new Error(`${length + piece.length} bytes came, expected ${size}`));
          return;
        }
        all.set(piece, length);
        length += piece.length;
        if (length === size) {
          resolve(all);
        }
      };
      socket.onclose = (event) => reject(new Error(`closed after ${length} bytes: ${event.code} ${event.reason}` +
        (socket.report ? ' ' + JSON.stringify(socket.report()) : '')));
    });
  }
};

if (typeof module === 'object') {
  module.exports = gatewayParts;
}
