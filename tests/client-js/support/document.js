// What newer browsers have beside requests and sockets, for a fake world: a document, events of the page, EventSource, Blobs.
'use strict';

function fakeEventSource(world) {
  return class FakeEventSource {
    constructor(url) {
      Object.assign(this, {url, readyState: 0, closed: false});
      world.onEventSource(this);
    }

    get withCredentials() {
      return false;
    }

    close() {
      if (!this.closed) {
        this.closed = true;
        if (this.onabort) {
          this.onabort();
        }
      }
    }

    // What the other end does.
    events(list) {
      list.forEach((data) => this.closed || this.onmessage({data}));
    }

    fail() {
      if (!this.closed) {
        this.onerror({});
      }
    }
  };
}

/** Elements that can be put into a page: scripts and frames load, forms post. */
function fakeDocument(world) {
  class Element {
    constructor(tagName) {
      Object.assign(this, {tagName, style: {}, children: [], parentNode: null});
    }

    get firstChild() {
      return this.children[0] || null;
    }

    appendChild(child) {
      this.insertBefore(child, null);
    }

    insertBefore(child, next) {
      this.children.splice(next ? this.children.indexOf(next) : this.children.length, 0, child);
      child.parentNode = this;
      if (child.src) {
        world.onElement(child);
      }
    }

    removeChild(child) {
      this.children.splice(this.children.indexOf(child), 1);
      child.parentNode = null;
      if (child.onremoved) {
        child.onremoved();
      }
    }

    submit() {
      const frame = (world.document.body || world.document.documentElement).children.find((child) => child.tagName === 'iframe' && child.name === this.target);
      world.onForm({action: this.action, method: this.method, enctype: this.enctype, frame,
        fields: Object.fromEntries(this.children.map((field) => [field.name, field.value]))});
    }

    // What the other end does.
    tell(type) {
      if (this.parentNode && this['on' + type]) {
        this['on' + type]({});
      }
    }
  }
  const head = new Element('head');
  const body = new Element('body');
  return {head, body, documentElement: new Element('html'), visibilityState: 'visible', baseURI: world.options.page || 'http://example.test/page/index.html',
    getElementsByTagName: (name) => (name === 'head' ? [head] : []),
    createElement: (name) => {
      if (name[0] === '<') {
        throw new Error('InvalidCharacterError');
      }
      return new Element(name);
    },
    ...listening(world, 'document')};
}

/** addEventListener and its relative; world.tellPage(where, type, event) makes the events. */
function listening(world, where) {
  return {
    addEventListener: (type, work) => world.listeners.push({where, type, work}),
    removeEventListener: (type, work) => {
      world.listeners = world.listeners.filter((entry) => entry.where !== where || entry.type !== type || entry.work !== work);
    }
  };
}

class FakeBlob {
  constructor(parts) {
    this.content = Buffer.concat(Array.from(parts, (part) => Buffer.from(part)));
    this.size = this.content.length;
  }

  get [Symbol.toStringTag]() {
    return 'Blob';
  }
}

function fakeFileReader(world) {
  return class FileReader {
    readAsArrayBuffer(blob) {
      world.clock.set(() => {
        if (blob.broken) {
          this.onerror({});
        } else {
          this.result = Uint8Array.from(blob.content).buffer;
          this.onload({});
        }
      }, 5);
    }
  };
}

module.exports = {FakeBlob, fakeDocument, fakeEventSource, fakeFileReader, listening};
