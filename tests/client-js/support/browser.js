// A browser with several pages (world.js) of one origin, one server behind them, and what pages have in common: BroadcastChannel,
// Web Locks, localStorage and its events; and each tab's sessionStorage and window.name. What pages tell each other takes a time that the
// seed determines, in the order in which the browser's own process got it; pages die at any point.
'use strict';
const vm = require('node:vm');
const {Clock, FakeServer, createRandom, openPage} = require('./world.js');

class PagesServer extends FakeServer {
  constructor(clock, options) {
    super({clock}, options);
    this.asking = null;
  }

  serve(page) {
    const as = (work) => (what) => {
      this.asking = page;
      work(what);
      this.asking = null;
    };
    page.onRequest = as((xhr) => {
      this.request(xhr);
      this.links[this.links.length - 1].xhr = xhr;
    });
    page.onWebSocket = as((socket) => this.webSocket(socket));
    page.onEventSource = as((source) => this.eventSource(source));
  }

  link(...args) {
    const link = super.link(...args);
    link.page = this.asking;
    return link;
  }
}

class Storage {
  constructor(quota, changed) {
    Object.assign(this, {items: new Map(), quota, changed});
  }

  get length() {
    return this.items.size;
  }

  key(index) {
    return [...this.items.keys()][index];
  }

  getItem(key) {
    return this.items.has(key) ? this.items.get(key) : null;
  }

  setItem(key, value) {
    const size = [...this.items].reduce((sum, [name, words]) => sum + (name === key ? 0 : name.length + words.length), 0);
    if (size + key.length + String(value).length > this.quota) {
      throw new Error('QuotaExceededError');
    }
    if (this.items.get(key) !== String(value)) {
      this.items.set(key, String(value));
      this.changed(key, String(value));
    }
  }

  removeItem(key) {
    if (this.items.delete(key)) {
      this.changed(key, null);
    }
  }
}

class FakeBrowser {
  /** Options: seed, lag (most milliseconds that anything between pages takes), server, and what it has not: channels, locks, storage. */
  constructor({seed = 1, lag = 3, server = {}, ...has} = {}) {
    this.random = createRandom(seed);
    this.clock = new Clock();
    this.has = {channels: true, locks: true, storage: true, quota: 5000000, ...has};
    this.lag = lag;
    this.server = new PagesServer(this.clock, server);
    this.pages = [];
    this.channels = [];
    this.locks = [];
    this.shared = new Storage(this.has.quota, () => {});
  }

  delay() {
    return Math.floor(this.random() * (this.lag + 1));
  }

  /** From a page to the others that `find` names at the time, by way of the browser's own process. */
  post(from, find, deliver) {
    from.outAt = Math.max(from.outAt, this.clock.now + this.delay());
    this.clock.set(() => find().forEach((to) => {
      to.page.inAt = Math.max(to.page.inAt, this.clock.now + this.delay() + (to.page.slow || 0));
      this.clock.set(() => to.page.dead || deliver(to), to.page.inAt - this.clock.now);
    }), from.outAt - this.clock.now);
  }

  promise(executor) {
    const {clock} = this;
    let settled = null;
    let waiting = [];
    const self = {
      then(done, failed) {
        return new (class {
          constructor() {
            const run = () => (settled.ok ? done : failed)(settled.value);
            if (settled) {
              clock.set(run, 0);
            } else {
              waiting.push(run);
            }
          }

          then() {
            return this;
          }
        })();
      }
    };
    const settle = (ok) => (value) => {
      if (!settled) {
        settled = {ok, value};
        waiting.forEach((run) => clock.set(run, 0));
        waiting = [];
      }
    };
    executor(settle(true), settle(false));
    return self;
  }

  // ---- Web Locks ----------------------------------------------------------------------------------------------------

  grantLocks() {
    const taken = new Set(this.locks.filter((lock) => lock.held).map((lock) => lock.name));
    this.locks.filter((lock) => !lock.held).forEach((lock) => {
      if (!taken.has(lock.name)) {
        taken.add(lock.name);
        lock.held = true;
        this.clock.set(() => {
          if (!lock.page.dead) {
            lock.work({name: lock.name}).then(() => this.releaseLock(lock), () => this.releaseLock(lock));
          }
        }, this.delay());
      }
    });
  }

  releaseLock(lock) {
    this.locks = this.locks.filter((other) => other !== lock);
    this.grantLocks();
  }

  locksOf(page) {
    return {
      request: (name, work) => {
        if (this.has.locks === 'refused') {
          return this.promise((granted, refused) => refused(new Error('SecurityError')));
        }
        this.clock.set(() => {
          if (!page.dead) {
            this.locks.push({name, page, work, held: false});
            this.grantLocks();
          }
        }, this.delay());
        return this.promise(() => {});
      },
      query: () => this.promise((done) => this.clock.set(() => {
        const held = this.locks.filter((lock) => lock.held).map((lock) => ({name: lock.name}));
        this.clock.set(() => page.dead || done({held, pending: []}), this.delay());
      }, this.delay()))
    };
  }

  // ---- pages --------------------------------------------------------------------------------------------------------

  /** A tab without a page; options: its sessionStorage's quota, session: false, named: false (without window.name). */
  openTab({session = true, named = true, quota = 5000000} = {}) {
    return {name: '', named, session: session ? new Storage(quota, () => {}) : null};
  }

  openPage(options = {}, tab = this.openTab()) {
    const browser = this;
    const page = openPage({document: true, binary: true, clock: this.clock, ...options, install: (context, world) => {
      Object.assign(world, {dead: false, outAt: 0, inAt: 0, tab});
      vm.runInContext('Math', context).random = this.random;
      if (options.pagehide !== false) {
        context.onpagehide = null;
      }
      if (tab.session) {
        context.sessionStorage = tab.session;
      }
      Object.defineProperty(context, 'name', !tab.named ? {value: undefined} : {get: () => tab.name, set: (words) => {
        tab.name = String(words);
      }});
      if (this.has.channels) {
        context.BroadcastChannel = class {
          constructor(name) {
            Object.assign(this, {name, page: world, onmessage: null, closed: false});
            browser.channels.push(this);
          }

          postMessage(value) {
            const words = JSON.stringify(value);
            browser.post(world, () => browser.channels.filter((to) => to.name === this.name && to !== this && !to.closed),
              (to) => !to.closed && to.onmessage && to.onmessage({data: JSON.parse(words)}));
          }

          close() {
            this.closed = true;
            browser.channels = browser.channels.filter((other) => other !== this);
          }
        };
      }
      if (this.has.locks) {
        context.navigator.locks = this.locksOf(world);
        context.Promise = function (executor) {
          return browser.promise(executor);
        };
      }
      if (this.has.storage) {
        context.localStorage = this.storageOf(world);
      }
    }});
    this.pages.push(page);
    this.server.serve(page);
    return page;
  }

  storageOf(page) {
    const {shared} = this;
    const tell = (key, value) => this.post(page, () => this.pages.filter((other) => other !== page && !other.dead).map((other) => ({page: other})),
      (to) => to.page.tellPage('window', 'storage', {key, newValue: value}));
    const as = (work) => (...args) => {
      shared.changed = tell;
      work(...args);
    };
    return {get length() {
      return shared.length;
    }, key: (index) => shared.key(index), getItem: (key) => shared.getItem(key), setItem: as((key, value) => shared.setItem(key, value)),
    removeItem: as((key) => shared.removeItem(key))};
  }

  /** A page ends without a word. What it sent may still arrive: `late` is the most milliseconds that takes. */
  kill(page, late = 0) {
    page.dead = true;
    page.requests.forEach((xhr) => {
      xhr.onreadystatechange = () => {};
      xhr.aborted = true;
    });
    page.webSockets.forEach((socket) => {
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = () => {};
    });
    this.channels = this.channels.filter((channel) => channel.page !== page);
    this.server.live().filter((link) => link.page === page).forEach((link) => {
      if (link.leaf === '/xhr_send' && late > 0 && this.random() < 0.5) {
        this.clock.set(() => this.server.take(link, link.xhr.body), Math.floor(this.random() * late));
      }
      this.clock.set(() => {
        link.cut = true;
        this.server.leave(link);
      }, Math.floor(this.random() * (this.server.latency + 20)));
    });
    this.clock.set(() => {
      const held = this.locks.filter((lock) => lock.page === page);
      this.locks = this.locks.filter((lock) => lock.page !== page);
      if (held.length > 0) {
        this.grantLocks();
      }
    }, this.delay());
  }

  /** A page is left for another one, or its tab is closed. */
  leave(page, event = {persisted: false}) {
    page.tellPage('window', 'beforeunload');
    page.tellPage('window', 'pagehide', event);
    if (!event.persisted) {
      this.kill(page);
    }
  }
}

module.exports = {FakeBrowser};
