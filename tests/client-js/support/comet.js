// What browsers have that read parts, named events or JSONRequest, for a fake world, and the server's half of those transports.
'use strict';
const {FakeServer, openPage, openSocket} = require('./world.js');

/** A server that has them all. */
class CometServer extends FakeServer {
  constructor(world, options = {}) {
    super(world, {...options, answer: {poll_interval: 2000,
      transports: ['websocket', 'xhr_stream', 'eventsource', 'multipart', 'forever_frame', 'xhr_poll', 'json_request', 'jsonp', 'poll'], ...options.answer}});
  }

  receiver(link, streams, wire) {
    super.receiver(link, streams, wire);
    if (link.leaf === '/poll' && link.carrier && !link.carrier.finished) {
      link.carrier.frame('h'); // nothing is held
      link.carrier.flushed();
    }
  }

  request(xhr) {
    if (!xhr.multipart) {
      super.request(xhr);
      return;
    }
    const link = this.link('multipart', xhr.url, () => xhr.part(''));
    const parts = (bytes) => bytes.split('\n').slice(0, -1).forEach((frame) => xhr.part(frame + '\n'));
    const whole = (bytes) => {
      parts(bytes);
      xhr.part('');
    };
    xhr.onabort = () => this.leave(link);
    if (!this.isDisturbed(link, () => xhr.part(''), () => link.later(() => xhr.part('')))) {
      link.later(() => this.receiver(link, true, {wrap: (frame) => frame + '\n', progress: parts, end: whole,
        refuse: (status) => parts(`e[${status},"refused"]\n`)}));
    }
  }

  /** An `event-source` element asks for its stream; when that has ended, again with the same words. */
  eventStream(element, url) {
    const link = this.link('element', url, () => element.again());
    const say = (frames) => frames.split('\n').slice(0, -1).forEach((frame) => element.hear(url, JSON.parse(frame)));
    element.onremove = () => this.leave(link);
    if (!this.isDisturbed(link, noop, noop)) {
      link.later(() => this.receiver(link, true, {
        wrap: (frame) => JSON.stringify(frame.replace(/%/g, '%25')) + '\n', progress: say,
        end: (frames) => {
          say(frames);
          element.again(url);
        },
        refuse: (status) => {
          element.hear(url, `e[${status},"refused"]`);
          element.again(url);
        }
      }));
    }
  }

  jsonRequest(url, value, done) {
    const link = this.link('json', url, () => done(undefined, new Error('no response')));
    const end = (answer) => {
      link.done = true;
      done(JSON.parse(JSON.stringify(answer)));
    };
    link.value = value;
    if (!this.isDisturbed(link, () => done(undefined, new Error('no response')), () => link.later(() => done(undefined, new Error('not ok'))))) {
      link.later(() => {
        if (link.leaf === '/jsonrequest_send') {
          const [status, text] = this.take(link, value.join('\n'));
          link.later(() => end(status === 200 ? text.trim() : [text.trim()]));
        } else {
          this.receiver(link, false, {wrap: (frame) => frame + '\n', end: (frames) => end(frames.split('\n').slice(0, -1)),
            refuse: (status) => end([`e[${status},"refused"]`])});
        }
      });
    }
    return link;
  }
}

function noop() {}

/** As Gecko up to 21: an XMLHttpRequest with `multipart` is complete for each part, and then begins again. */
function addMultipart(context, world) {
  const Plain = context.XMLHttpRequest;
  context.XMLHttpRequest = class extends Plain {
    constructor() {
      super();
      this.multipart = false;
    }

    open(...args) {
      super.open(...args);
      world.multipartAtOpen = world.multipartAtOpen || this.multipart;
    }

    part(text) {
      for (const [state, shown] of [[2, ''], [3, ''], [4, text], [1, '']]) {
        if (!this.aborted) {
          Object.assign(this, {readyState: state, responseText: shown});
          this.onreadystatechange();
        }
      }
    }
  };
}

/** As Opera 8 and 9: the element `event-source`, and no EventSource. */
function addEventElement(context, world) {
  const make = context.document.createElement;
  context.document.createElement = (name) => {
    const element = make(name);
    if (name === 'event-source') {
      const streams = new Set();
      const listeners = [];
      Object.assign(element, {streams, addEventListener: (type, work) => listeners.push([type, work]),
        addEventStream: (url) => {
          streams.add(url);
          world.server.eventStream(element, url);
        },
        removeEventStream: (url) => {
          streams.delete(url);
          element.onremove();
        },
        again: (url) => world.clock.set(() => streams.has(url) && world.server.eventStream(element, url), 100),
        hear: (url, data) => streams.has(url) && listeners.forEach(([type, work]) => type === 'frame' && work({data}))});
      world.eventElement = element;
    }
    return element;
  };
}

/** JSONRequest as json.org has it. */
function addJsonRequest(context, world) {
  const running = new Map();
  let last = 0;
  context.JSONRequest = {
    post(url, value, done, timeout) {
      const number = ++last;
      running.set(number, world.server.jsonRequest(url, value, (answer, error) => {
        if (running.delete(number)) {
          done(number, answer, error);
        }
      }));
      world.timeouts = [...(world.timeouts || []), timeout];
      return number;
    },
    cancel(number) {
      const link = running.get(number);
      if (link) {
        running.delete(number);
        world.server.leave(link);
      }
    }
  };
}

/** A page with such a server, and a socket over one transport, or over what it finds. `has`: what of the above its browser has. */
function openComet(names, {has = noop, page = {}, server = {}, socket: socketOptions, address, weather} = {}) {
  const world = openPage({document: true, binary: true, ...page, install: (context, its) => {
    has(context, its);
    (page.install || noop)(context, its);
  }});
  world.server = new CometServer(world, server);
  world.server.weather = weather || noop;
  const {socket, log, messages} = openSocket(world, {...(names ? {transports: [].concat(names)} : {}), ...socketOptions}, address);
  world.clock.pass(500);
  return {world, server: world.server, socket, log, messages, session: world.server.session, clock: world.clock};
}

module.exports = {addEventElement, addJsonRequest, addMultipart, openComet};
