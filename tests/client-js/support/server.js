// The server's half of PROTOCOL.md 6 for a fake world: sessions, carriers of every transport, and a network between page and
// server that tests disturb. Time is the world's clock.
'use strict';
const vm = require('node:vm');

const {Session, frameOf} = require('./server_session.js');

/**
 * Options: latency (ms each way), limit (bytes of a stream), answer (members of the answer to open), protocols (the service's sub-protocols), dropsCloseAnswer,
 * retryAfter (what answers say under Retry-After).
 *
 * `weather(link)` is asked about each request, socket, script and frame when it is made and answers what becomes of it: undefined (it works),
 * 'refuse', 'swallow' (nothing ever comes of it), 'silent' (a WebSocket is accepted and passes nothing on), 'mute' (it passes on what goes up
 * alone), 'late' (a stream brings its first frame, and the rest when it has ended), 'lost answer' (it arrives, its answer does not), 'twice' (a proxy repeats
 * it), 'hold' (a stream comes when it has ended), 'held' (the answer to a send waits for link.release()), or a number, which is the server's refusal with that
 * status; as a string it is the status of something on the way that answers in its place.
 */
class FakeServer {
  constructor(world, options = {}) {
    Object.assign(this, {world, options, sessions: new Map(), all: [], links: [], reports: [], opens: 0, onMessage() {}, weather() {}});
    this.latency = options.latency === undefined ? 10 : options.latency;
    this.answer = {version: 1, heartbeat: 25000, resume_window: 60000, window: 524288, max_message_bytes: 16777216,
      transports: ['websocket', 'xhr_stream', 'eventsource', 'forever_frame', 'xhr_poll', 'jsonp'], hosts: [], ...options.answer};
    world.onRequest = (xhr) => this.request(xhr);
    world.onWebSocket = (socket) => this.webSocket(socket);
    world.onEventSource = (source) => this.eventSource(source);
    world.onElement = (element) => this.element(element);
    world.onForm = (form) => this.form(form);
  }

  get session() {
    return this.all[this.all.length - 1];
  }

  later(work, milliseconds = this.latency) {
    this.world.clock.set(work, milliseconds);
  }

  /** A connection of the page's; `fail` is how the page learns that it was cut. */
  link(kind, url, fail) {
    const path = new URL(url, 'http://example.test').pathname;
    const link = {kind, url, leaf: path.slice(path.lastIndexOf('/')), query: new URL(url, 'http://example.test').searchParams, cut: false, done: false, carrier: null,
      key: (/\/encke\.1\/([^/]+)\//.exec(path) || [])[1], path};
    link.later = (work) => this.later(() => link.cut || link.done || work());
    link.break = () => {
      if (!link.cut && !link.done) {
        link.cut = true;
        this.leave(link);
        this.later(fail);
      }
    };
    link.stall = () => {
      link.cut = true;
    };
    this.links.push(link);
    link.fate = this.weather(link);
    return link;
  }

  /** The links that are in use, of one kind of leaf where that is given. */
  live(leaf) {
    return this.links.filter((link) => !link.cut && !link.done && (!leaf || link.leaf === leaf));
  }

  /** The page is gone from a link. */
  leave(link) {
    link.done = true;
    if (link.carrier) {
      link.carrier.finished = true;
      const session = this.sessions.get(link.key);
      if (session) {
        session.detach(link.carrier);
      }
    }
  }

  cutAll() {
    this.live().forEach((link) => link.break());
  }

  heartbeat() {
    this.sessions.forEach((session) => {
      if (session.carrier) {
        session.carrier.frame('h');
        session.carrier.flushed();
      }
    });
  }

  // ---- HTTP -------------------------------------------------------------------------------------------------------

  openAnswer(link) {
    const asked = (link.query.get('p') || '').split(',').filter((name) => name !== '');
    const protocol = asked.find((name) => (this.options.protocols || []).includes(name));
    if (asked.length > 0 && !protocol) {
      return 'e[400,"none of the sub-protocols asked for is spoken here: ' + (this.options.protocols || []).join(', ') + ' is"]';
    }
    const key = String(this.opens++).padStart(36, 'k');
    const session = new Session(this, key);
    this.sessions.set(key, session);
    this.all.push(session);
    return JSON.stringify({protocol: protocol || '', ...this.answer, session: key});
  }

  request(xhr) {
    const link = this.link(xhr.method, xhr.url, () => xhr.aborted || xhr.fail());
    xhr.onabort = () => this.leave(link);
    const shown = (body, status) => (link.query.get('x') === '1' && /^e\[/.test(body) ? 200 : status); // 6.9
    const respond = (body, status) => link.later(() => {
      link.done = true;
      xhr.retryAfter = this.options.retryAfter;
      if (link.fate === 'lost answer') {
        xhr.fail();
      } else {
        xhr.end(body, shown(body, status));
      }
    });
    if (this.isDisturbed(link, () => xhr.aborted || xhr.fail(), respond)) {
      return;
    }
    link.later(() => {
      const body = xhr.body || '';
      if (link.path.endsWith('/encke.1/open')) {
        (this.openings = this.openings || []).push(body);
        const answer = this.options.refusal || this.openAnswer(link);
        respond(answer, answer[0] === 'e' ? Number(answer.substr(2, 3)) : answer[0] === 'c' ? 403 : 200);
      } else if (link.leaf === '/report') {
        this.reports.push(body);
        respond('', 204);
      } else if (link.path.endsWith('/info')) {
        respond(JSON.stringify(this.options.info || {websocket: true}), 200);
      } else if (link.leaf === '/xhr_send') {
        const [status, text] = this.take(link, body);
        if (link.fate === 'twice') {
          this.take(link, body);
        }
        if (link.fate === 'held' && body !== '') {
          link.release = () => respond(text, status);
        } else {
          respond(text, status);
        }
      } else {
        this.receiver(link, link.leaf === '/xhr_streaming', {
          prelude: link.leaf === '/xhr_streaming' ? 'h'.repeat(2048) + '\n' : '', wrap: (frame) => frame + '\n', progress: (bytes) => xhr.aborted || xhr.progress(bytes),
          end: (bytes) => xhr.aborted || xhr.end(bytes, 200), refuse: (status) => xhr.aborted || xhr.end(`e[${status},"refused"]\n`, shown('e[', status))
        });
      }
    });
  }

  take(link, body) {
    const session = this.sessions.get(link.key);
    if (!session) {
      return [404, 'e[404,"no such session"]\n'];
    }
    const frames = body.replace(/\r?\n$/, '').split(/\r?\n/).filter((frame) => frame !== '');
    const status = session.receive(Number(link.query.get('s')), Number(link.query.get('a')), frames);
    session.bodies.push(...(body === 'q' ? [] : [[Number(link.query.get('s')), body]]));
    return status ? [status, `e[${status},"refused"]\n`] : [200, `k${session.received.length}\n`];
  }

  isDisturbed(link, fail, respond) {
    if (link.fate === 'refuse') {
      link.later(() => {
        link.done = true;
        fail();
      });
    } else if (typeof link.fate === 'number') {
      respond(`e[${link.fate},"refused"]\n`, link.fate);
    } else if (/^[0-9]+$/.test(link.fate)) {
      respond('something on the way answers', Number(link.fate));
    }
    return link.fate === 'refuse' || link.fate === 'swallow' || typeof link.fate === 'number' || /^[0-9]+$/.test(link.fate);
  }

  /** One response that carries frames. wire: wrap(frame), progress(bytes), end(bytes), refuse(status), prelude. */
  receiver(link, streams, wire) {
    const session = this.sessions.get(link.key);
    const limit = this.options.limit || 131072;
    let waiting = '';
    let bytes = 0;
    const carrier = {
      first: streams || link.query.get('w') === '0',
      finished: false,
      link,
      number: Number(link.query.get('n')),
      frame(frame) {
        bytes += wire.wrap(frame).length;
        waiting += wire.wrap(frame);
      },
      message(message) {
        carrier.frame(frameOf(message));
      },
      flushed() {
        if (carrier.finished || waiting === '') {
          return;
        }
        if (!streams || bytes >= limit) {
          carrier.finish();
        } else if (link.fate !== 'hold' && !(link.fate === 'late' && carrier.isBegun)) {
          carrier.isBegun = true;
          const now = waiting;
          waiting = '';
          link.later(() => wire.progress(now));
        }
      },
      finish() {
        if (!carrier.finished) {
          const now = waiting;
          carrier.finished = true;
          session.detach(carrier);
          link.later(() => {
            link.done = true;
            wire.end(now);
          });
        }
      }
    };
    waiting = wire.prelude || '';
    const status = session ? session.attach(carrier, Number(link.query.get('n')), Number(link.query.get('a'))) : 404;
    if (status) {
      link.later(() => {
        link.done = true;
        wire.refuse(status);
      });
    } else {
      link.carrier = carrier.finished ? null : carrier;
      carrier.flushed();
    }
  }

  eventSource(source) {
    const link = this.link('eventsource', source.url, () => source.fail());
    source.onabort = () => this.leave(link);
    if (!this.isDisturbed(link, () => source.fail(), () => link.later(() => source.fail()))) {
      link.later(() => this.receiver(link, true, {
        wrap: (frame) => frame.replace(/[%\r\n\0]/g, (c) => '%' + ('0' + c.charCodeAt(0).toString(16)).slice(-2).toUpperCase()) + '\n',
        progress: (bytes) => source.events(bytes.split('\n').slice(0, -1)),
        end: (bytes) => {
          source.events(bytes.split('\n').slice(0, -1));
          source.fail();
        },
        refuse: (status) => {
          source.events([`e[${status},"refused"]`]);
          source.fail();
        }
      }));
    }
  }

  // ---- scripts, frames and forms ----------------------------------------------------------------------------------

  run(script) {
    vm.runInContext(script, this.world.context);
  }

  element(element) {
    const link = this.link(element.tagName, element.src, () => element.tell('error'));
    element.onremoved = () => link.done || this.leave(link);
    if (this.isDisturbed(link, () => element.tell('error'), () => link.later(() => element.tell('error')))) {
      return;
    }
    const callback = link.query.get('c');
    const call = (frame) => `${callback}(${JSON.stringify(frame)});\n`;
    link.later(() => {
      if (link.path.endsWith('/encke.1/open')) {
        const body = this.options.refusal || this.openAnswer(link);
        link.later(() => {
          link.done = true;
          this.run(call(body));
          element.tell('load');
        });
      } else if (link.leaf === '/jsonp') {
        const end = (script) => {
          if (link.fate === 'lost answer') {
            element.tell('error');
            return;
          }
          this.run(script);
          element.tell('load');
        };
        this.receiver(link, false, {wrap: call, end, refuse: (status) => end(call(`e[${status},"refused"]`))});
      } else {
        const say = (frames) => frames.split('\n').slice(0, -1).forEach((frame) => this.run(`${callback}.message(${frame})`));
        this.run(`${callback}.start()`);
        this.receiver(link, true, {
          wrap: (frame) => JSON.stringify(frame) + '\n', progress: say,
          end: (frames) => {
            say(frames);
            this.run(`${callback}.stop()`);
            element.tell('load');
          },
          refuse: (status) => {
            say(JSON.stringify(`e[${status},"refused"]`) + '\n');
            element.tell('load');
          }
        });
      }
    });
  }

  form(form) {
    const frame = form.frame;
    const link = this.link('form', form.action, () => frame.tell('load')); // browsers show a page of their own
    if (this.isDisturbed(link, () => frame.tell('load'), () => link.later(() => frame.tell('load')))) {
      return;
    }
    link.later(() => {
      if (link.leaf === '/report') {
        this.reports.push(form.fields.d);
      }
      const [status] = this.take(link, form.fields.d.replace(/\r?\n/g, '\r\n'));
      const session = this.sessions.get(link.key);
      if (session && status === 200) {
        session.tell();
      }
      link.later(() => {
        link.done = true;
        frame.tell('load');
      });
    });
  }

  // ---- WebSocket --------------------------------------------------------------------------------------------------

  webSocket(socket) {
    const link = this.link('websocket', socket.url, () => socket.end());
    socket.link = link;
    socket.onabort = () => {
      const session = this.sessions.get(link.key);
      if (link.carrier && session && session.closing) {
        session.forget(); // closed after the server's c
      }
      this.leave(link);
    };
    if (this.isDisturbed(link, () => socket.end(), () => link.later(() => socket.end()))) {
      return;
    }
    link.later(() => link.later(() => socket.open()));
    const carrier = {
      first: true,
      finished: false,
      link,
      frame: (frame) => carrier.finished || link.fate === 'mute' || link.later(() => socket.frame(frame)),
      message: (message) => {
        if (typeof message === 'string' || !socket.binaryType) {
          carrier.frame(frameOf(message));
        } else if (!carrier.finished && link.fate !== 'mute') {
          link.later(() => socket.frame(Uint8Array.from(message).buffer));
        }
      },
      flushed() {},
      finish() {
        if (!carrier.finished) {
          carrier.finished = true;
          const session = this.sessions && this.sessions.get(link.key);
          if (session) {
            session.detach(carrier);
          }
          link.later(() => {
            link.done = true;
            socket.end({code: 1000, reason: '', wasClean: true});
          });
        }
      }
    };
    let next = -1;
    socket.onsent = (frame) => link.later(() => {
      const session = this.sessions.get(link.key);
      const refuse = (status) => {
        carrier.frame(`e[${status},"refused"]`);
        carrier.finish();
      };
      if (carrier.finished || link.fate === 'silent') {
        return;
      }
      if (!session) {
        refuse(404);
      } else if (next < 0) {
        const [n, a, s] = JSON.parse(frame.slice(1));
        const status = s > session.received.length ? 409 : session.attach(carrier, n, a);
        if (status) {
          refuse(status);
          return;
        }
        carrier.number = n;
        link.carrier = carrier;
        next = s;
      } else {
        (typeof frame === 'string' ? frame.split('\n') : [frame]).forEach((part) => {
          next = session.take(part, next);
        });
        session.flush();
      }
    });
  }
}

module.exports = {FakeServer, frameOf};
