// What old browsers have in the place of what is missing there, for a fake world: XDomainRequest, ActiveX objects, and frames of
// another origin that are reached by posts or fragments.
'use strict';
const {FakeServer, openPage} = require('./world.js');

const kShownFrom = 2048; // Internet Explorer shows no response that is shorter while it arrives

/** Internet Explorer 8 and 9's own, whose other end FakeServer plays as that of an XMLHttpRequest. */
function fakeXdr(world) {
  world.xdrs = [];
  return class FakeXdr {
    constructor() {
      Object.assign(this, {responseText: '', aborted: false, sentAt: null, onload: null});
      world.xdrs.push(this);
    }

    open(method, url) {
      Object.assign(this, {method, url, isOpening: true});
      world.clock.set(() => {
        this.isOpening = false;
      }, 0);
      if (new URL(url).protocol !== new URL(world.context.location.href).protocol) {
        throw new Error('Access is denied.');
      }
    }

    send(body) {
      if (!this.onprogress || !this.timeout || this.isOpening) {
        return; // it is lost without a word
      }
      Object.assign(this, {body, sentAt: world.clock.now});
      world.onRequest(this);
    }

    abort() {
      if (this.sentAt === null) {
        throw new Error('Unspecified error.');
      }
      this.aborted = true;
      if (this.onabort) {
        this.onabort();
      }
    }

    // What the other end does.
    progress(bytes) {
      this.responseText += bytes;
      if (this.responseText.length >= kShownFrom) {
        this.onprogress();
      }
    }

    end(bytes, status) {
      this.responseText += bytes;
      (status === 200 ? this.onload : this.onerror)();
    }

    fail() {
      this.onerror();
    }
  };
}

/** ActiveXObject of an Internet Explorer with these classes; `tried` collects what was asked for. */
function fakeActiveX(world, context, classes, tried) {
  const Native = context.XMLHttpRequest;
  return function ActiveXObject(name) {
    tried.push(name);
    if (!classes.includes(name)) {
      throw new Error('Automation server can\'t create object');
    }
    if (name !== 'htmlfile') {
      return new Native();
    }
    const file = {written: '', parentWindow: {}, alive: true, children: []};
    world.files.push(file);
    return Object.assign(file, {
      open() {}, close() {}, write: (html) => {
        file.written += html;
      },
      body: {appendChild: (child) => file.children.push(child)},
      createElement: () => ({
        firstChild: null,
        set innerHTML(html) {
          const match = /^<iframe src="([^"]*)"><\/iframe>$/.exec(html);
          if (this.firstChild) {
            this.firstChild.onremoved();
          }
          this.firstChild = match ? {tagName: 'iframe', src: match[1].replace(/&amp;/g, '&'), tell() {}} : null;
          if (match) {
            world.onElement(this.firstChild);
          }
        }
      })
    });
  };
}

const originOf = (address) => new URL(address).origin;

/**
 * A page of an old browser whose XMLHttpRequest stays within its origin, and a server of another one. Options: posts: false (no
 * postMessage), origins (what the service allows), and those of openPage. Answers {world, server, bridges}: the worlds of the
 * bridges that were built, each with `told`, what its requests said.
 */
function openApart({posts = true, origins = '', referrer, page = {}, server: serverOptions, install = () => {}} = {}) {
  const bridges = [];
  const world = openPage({document: true, cors: false, webSocket: false, ...page, install: (context, itself) => {
    if (posts) {
      context.postMessage = () => {};
    }
    install(context, itself);
  }});
  const server = new FakeServer(world, serverOptions);
  const elsewhere = world.onElement;

  /** The windows of a frame and of what is around it, as each sees the other. */
  function openBridge(element) {
    const origin = originOf(element.src);
    const pageOrigin = originOf(world.context.location.href);
    const answers = []; // frames in it, as the page sees them
    let bridge = null;
    const post = (to, from, source) => (data, target) => world.clock.set(() => {
      if (to() && (target === '*' || target === originOf(to().context.location.href))) {
        to().tellPage('window', 'message', {data, origin: from, source});
      }
    }, 1);
    const around = {};
    element.contentWindow = {
      location: {replace: (address) => {
        bridge.context.location.href = address;
      }},
      frames: answers
    };
    if (posts) {
      element.contentWindow.postMessage = post(() => bridge, pageOrigin, around);
      around.postMessage = post(() => world, origin, element.contentWindow);
    }
    element.onremoved = () => {
      bridge.dead = true;
    };
    world.clock.set(() => {
      bridge = openPage({document: true, clock: world.clock, cors: false, webSocket: false, page: element.src, install: (context, itself) => {
        if (posts) {
          context.postMessage = () => {};
        }
        context.parent = around;
        context.document.referrer = referrer === undefined ? pageOrigin + '/' : referrer;
        context.document.getElementById = () => ({getAttribute: () => origins});
        itself.answers = answers;
      }});
      const its = new FakeServer(bridge, serverOptions);
      Object.assign(its, {sessions: server.sessions, all: server.all, links: server.links, weather: (link) => server.weather(link)});
      const load = bridge.onElement;
      bridge.onElement = (frame) => {
        if (frame.src.includes('/encke.1/')) {
          load(frame);
          return;
        }
        const nested = {href: frame.src};
        answers.push({location: nested});
        frame.contentWindow = {location: {replace: (address) => {
          nested.href = address;
        }}};
      };
      bridge.server = its;
      bridges.push(bridge);
    }, 20);
  }

  world.onElement = (element) => (/\/encke\.1\/bridge(#|$)/.test(element.src) ? openBridge(element) : elsewhere(element));
  return {world, server, bridges, clock: world.clock};
}

module.exports = {fakeActiveX, fakeXdr, kShownFrom, openApart};
