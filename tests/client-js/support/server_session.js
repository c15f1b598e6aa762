// The server's half of a session of PROTOCOL.md 6, for a fake world: numbers, acknowledgements, the window, closing. Tests read and
// change its members.
'use strict';

const kOverhead = 48;

/** The messages of a frame with messages, as strings and Buffers. */
function readMessages(frame) {
  return frame[0] === 'a' ? JSON.parse(frame.slice(1)) : frame.slice(1).split(',').map((part) => Buffer.from(part, 'base64'));
}

function frameOf(message) {
  return typeof message === 'string' ? `a[${JSON.stringify(message)}]` : 'b' + Buffer.from(message).toString('base64').replace(/=/g, '');
}

function sizeOf(message) {
  return (typeof message === 'string' ? Buffer.byteLength(message) : message.length) + kOverhead;
}

class Session {
  constructor(server, key) {
    Object.assign(this, {server, key, received: [], carrierNumber: 0, carrier: null, carriers: [], closing: null,
      closedBy: null, sinceK: 0, sinceKBytes: 0, mustTell: false, bodies: []});
    this.down = []; // all messages ever sent
    this.base = 0; // the first that is not acknowledged
  }

  send(...messages) {
    this.down.push(...messages);
    this.flush();
  }

  close(code, reason) {
    this.closing = `c[${code},${JSON.stringify(reason)}]`;
    this.flush();
  }

  /** Ends it as when resume_window has passed or the server was restarted. */
  forget() {
    this.server.sessions.delete(this.key);
  }

  release(a) {
    this.base = Math.max(this.base, a);
  }

  /** A new carrier; answers 0 or the status of its refusal. */
  attach(carrier, n, a) {
    if (![n, a].every(Number.isSafeInteger) || a > this.down.length) {
      return 400;
    }
    if (n <= this.carrierNumber) {
      return 409;
    }
    this.carrierNumber = n;
    this.release(a);
    if (this.carrier) {
      this.carrier.finish();
    }
    this.carrier = carrier;
    this.carriers.push(carrier);
    carrier.cursor = Math.max(a, this.base);
    if (carrier.first || this.mustTell) {
      this.mustTell = false;
      carrier.frame('k' + this.received.length);
    }
    if (a < this.base) {
      carrier.frame('s' + this.base);
    }
    this.flush();
    return 0;
  }

  detach(carrier) {
    if (this.carrier === carrier) {
      this.carrier = null;
    }
  }

  flush() {
    const carrier = this.carrier;
    if (!carrier) {
      return;
    }
    const flying = () => this.down.slice(this.base, carrier.cursor).reduce((sum, message) => sum + sizeOf(message), 0);
    while (this.carrier === carrier && carrier.cursor < this.down.length &&
        (flying() * 4 < this.server.answer.window || flying() + sizeOf(this.down[carrier.cursor]) <= this.server.answer.window)) {
      carrier.cursor++;
      carrier.message(this.down[carrier.cursor - 1]);
    }
    if (this.closing && carrier.cursor === this.down.length && this.carrier === carrier) {
      carrier.frame(this.closing);
    }
    carrier.flushed();
  }

  /** Frames up; answers 0 or the status of their refusal. */
  receive(s, a, frames) {
    let number = s;
    if (!Number.isSafeInteger(s) || !Number.isSafeInteger(a) || a > this.down.length) {
      return 400;
    }
    if (s > this.received.length) {
      return 409;
    }
    this.release(a);
    for (const frame of frames) {
      number = this.take(frame, number);
    }
    this.flush();
    return 0;
  }

  take(frame, number) {
    if (typeof frame !== 'string' || frame[0] === 'a' || frame[0] === 'b') {
      const messages = typeof frame === 'string' ? readMessages(frame) : [Buffer.from(frame)];
      messages.forEach((message) => this.takeMessage(message, number++));
    } else if (frame[0] === 'k') {
      this.release(Number(frame.slice(1)));
    } else if (frame[0] === 'q') {
      this.tell();
    } else if (frame[0] === 'c') {
      this.closedBy = this.closedBy || JSON.parse(frame.slice(1));
      const carrier = this.carrier;
      this.forget();
      if (carrier && !this.server.options.dropsCloseAnswer) {
        carrier.frame(this.closing || `c[${this.closedBy[0]},""]`);
        carrier.flushed();
        carrier.finish();
      }
    } else {
      throw new Error(`the page sent the frame ${frame}`);
    }
    return number;
  }

  takeMessage(message, number) {
    if (number !== this.received.length || this.closing || this.closedBy) {
      return;
    }
    this.received.push(message);
    this.sinceK++;
    this.sinceKBytes += sizeOf(message);
    if (this.sinceK >= 64 || this.sinceKBytes * 4 >= this.server.answer.window) {
      this.tell();
    }
    this.server.onMessage(this, message);
  }

  tell() {
    this.sinceK = this.sinceKBytes = 0;
    this.mustTell = !this.carrier;
    if (this.carrier) {
      this.carrier.frame('k' + this.received.length);
      this.carrier.flushed();
    }
  }
}

module.exports = {Session, frameOf};
