// The server's half of a multiplexed session (docs/mux.md), for a fake world: notes what each stream gets, says what a test wants.
'use strict';

const kNames = ['OPEN', 'OPENED', 'TEXT', 'BINARY', 'CREDIT', 'CLOSE'];

function numberBytes(number) {
  const list = [];
  for (; number > 127; number = Math.floor(number / 128)) {
    list.push(number % 128 + 128);
  }
  return [...list, number];
}

function readFrame(bytes) {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const digit = bytes[at++];
      value += (digit & 127) * scale;
      if (digit < 128) {
        return value;
      }
    }
  };
  const text = () => {
    const size = number();
    return bytes.subarray(at, at += size).toString();
  };
  const frame = {stream: number()};
  const type = bytes[at++];
  frame.type = kNames[type & 127];
  frame.more = type > 127;
  if (frame.type === 'OPEN') {
    Object.assign(frame, {window: number(), path: text(), token: text(), protocols: Array.from({length: number()}, text)});
    return frame;
  }
  if (frame.type === 'CREDIT' || frame.type === 'CLOSE') {
    frame.number = number();
  }
  frame.rest = bytes.subarray(at);
  return frame;
}

function frameBytes(stream, name, number, rest, more) {
  return Buffer.from([...numberBytes(stream), kNames.indexOf(name) + (more ? 128 : 0), ...number === null ? [] : numberBytes(number), ...Buffer.from(rest)]);
}

/** `window`: of each stream it opens; `holds`: paths whose streams it does not open, and `stops`: whose window it gives nothing back of. */
class MuxServer {
  constructor(server, {window = 65536, holds = [], stops = []} = {}) {
    Object.assign(this, {server, window, holds, stops, frames: [], streams: new Map(), answers: true});
    server.options.protocols = ['encke-mux.1'];
    server.onMessage = (session, message) => this.take(session, message);
  }

  take(session, message) {
    const frame = readFrame(message);
    this.session = session;
    this.frames.push(frame);
    if (frame.type === 'OPEN') {
      this.streams.set(frame.stream, {path: frame.path, got: [], parts: [], used: 0, open: frame});
      if (!this.holds.includes(frame.path)) {
        this.opened(frame.stream);
      }
      return;
    }
    const stream = this.streams.get(frame.stream);
    if (frame.type === 'CLOSE') {
      stream.closed = [frame.number, frame.rest.toString()];
      if (this.answers && !stream.hasClosed) {
        this.say(frame.stream, 'CLOSE', frame.number);
      }
    } else if (frame.type !== 'CREDIT') {
      this.takePiece(stream, frame);
    }
  }

  takePiece(stream, frame) {
    stream.parts.push(frame.rest);
    stream.used += frame.rest.length + 48;
    if (!frame.more) {
      const whole = Buffer.concat(stream.parts.splice(0));
      stream.got.push(frame.type === 'TEXT' ? whole.toString() : Array.from(whole));
    }
    if (stream.used >= this.window / 2 && !this.stops.includes(stream.path)) {
      this.say(frame.stream, 'CREDIT', stream.used);
      stream.used = 0;
    }
  }

  opened(stream, protocol = '') {
    this.say(stream, 'OPENED', this.window, protocol);
  }

  close(stream, code, reason = '') {
    this.streams.get(stream).hasClosed = true;
    this.say(stream, 'CLOSE', code, reason);
  }

  say(stream, name, number = null, rest = '', more = false) {
    this.session.send(frameBytes(stream, name, number, rest, more));
  }

  text(stream, text, more) {
    this.say(stream, 'TEXT', null, text, more);
  }

  /** What has come since the last call, "1 TEXT 5" for a piece of 5 bytes. */
  said() {
    return this.frames.splice(0).map((frame) => `${frame.stream} ${frame.type}${frame.more ? '+' : ''}` +
      (frame.number === undefined ? frame.rest ? ' ' + frame.rest.length : '' : ' ' + frame.number));
  }
}

module.exports = {MuxServer};
