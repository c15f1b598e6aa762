// A player without one: the movie's own source (client-js/flash), compiled to JavaScript with `fake` in the place of Flash's classes, and
// a page around it. Between the two stands an ExternalInterface that does what the player's does to text, and worse.
'use strict';
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const vm = require('node:vm');

const root = path.join(__dirname, '../..');
const entities = {'&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': '\''};

/** The movie as JavaScript. */
function compileMovie() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'encke-flash-'));
  try {
    const output = path.join(folder, 'encke_swf.js');
    execFileSync('haxe', ['-cp', path.join(root, 'client-js/flash'), '-cp', __dirname, '--remap', 'flash:fake', '-main', 'Encke', '--js', output]);
    return fs.readFileSync(output, 'utf8');
  } finally {
    fs.rmSync(folder, {recursive: true, force: true});
  }
}

function decodeEntities(text) {
  return text.replace(/&#(x?)([0-9a-f]+);|&[a-z]+;/gi, (found, hexadecimal, digits) =>
    (digits ? String.fromCodePoint(parseInt(digits, hexadecimal ? 16 : 10)) : entities[found] || ''));
}

/** What the movie's strings become in the page: source text in quotes, unescaped, up to a NUL. */
function toPage(text) {
  return vm.runInNewContext('"' + decodeEntities(text.split('\0')[0]) + '"');
}

/** What the page's strings become in the movie: XML, unescaped; what is not ASCII is lost. */
function toMovie(text) {
  const element = /^<string>([^<]*)<\/string>$/.exec(`<string>${text.split('\0')[0]}</string>`);
  if (!element) {
    throw new Error(`no XML: ${text}`);
  }
  return decodeEntities(element[1]).replace(/[^\x20-\x7e]/g, '?');
}

/** The requests that the facade makes, and no more. */
class Request {
  open(method, address) {
    Object.assign(this, {method, address, readyState: 1, status: 0, responseText: ''});
  }

  setRequestHeader() {}

  getResponseHeader() {
    return null;
  }

  send(body) {
    fetch(this.address, {method: this.method, body: this.method === 'POST' ? body || '' : undefined}).then(async (answer) => {
      this.responseText = await answer.text();
      Object.assign(this, {status: answer.status, readyState: 4});
      this.onreadystatechange();
    }, () => {
      this.readyState = 4;
      this.onreadystatechange();
    });
  }

  abort() {
    this.onreadystatechange = () => {};
  }
}

/**
 * A page of `server` with `bundle`, and a movie that starts `startMs` after its element is put in.
 *
 * `browser` is what its window has besides, or instead. Answers {Encke, crossed, wrong, markup(), movies(), policies, remove(), stop()}: `crossed` is every string that went between the two,
 * `wrong` every call that may not be; remove() takes the movie out of the page, as scripts of the page may do, and its sockets with it.
 */
function openPage(server, bundle, movie, {startMs = 50, browser = {}, policies = []} = {}) {
  const crossed = [];
  const wrong = [];
  const lines = [];
  let movies = 0;
  let isPut = false;
  let markup = '';
  let take = null;
  let isNudged = false;
  let isInNudge = false;
  let starting;

  const player = {
    policies,
    addCallback: (name, work) => {
      take = work;
    },
    call: (name) => {
      isInNudge = isNudged = true;
      vm.runInContext(`try { ${decodeEntities(name)}(); } catch (e) { }`, page);
      isInNudge = false;
    },
    connect: (host, port) => {
      const line = net.connect(port, host);
      lines.push(line);
      return line;
    }
  };
  const element = {
    encke: (text) => {
      if (!isNudged || isInNudge) {
        wrong.push(`${text} ${isInNudge ? 'within a nudge' : 'before the first nudge'}`);
      }
      crossed.push(text);
      const answer = take(toMovie(text));
      crossed.push(answer);
      return toPage(answer);
    }
  };
  const div = {style: {}, set innerHTML(text) {
    markup = text;
    movies++;
    isPut = true;
    starting = setTimeout(() => new Function('player', movie)(player), startMs);
  }};
  const document = {createElement: () => div, getElementsByTagName: () => [], body: {insertBefore: () => {}, firstChild: null},
    getElementById: () => (isPut ? element : null), addEventListener: () => {}, removeEventListener: () => {}};
  const page = vm.createContext({document, setTimeout, clearTimeout, console, XMLHttpRequest: Request, Uint8Array, ArrayBuffer,
    location: {href: server.url + 'page'}, addEventListener: () => {}, removeEventListener: () => {},
    navigator: {plugins: {'Shockwave Flash': {description: 'Shockwave Flash 9.0 r124'}}}, ...browser});
  vm.runInContext('var window = this;', page);
  vm.runInContext(bundle, page);
  return {Encke: page.Encke, crossed, wrong, policies, markup: () => markup, movies: () => movies, place: div.style, remove: () => {
    take = null;
    isPut = isNudged = false;
    clearTimeout(starting);
    lines.splice(0).forEach((line) => line.removeAllListeners().destroy());
  }, stop: () => {
    clearTimeout(starting);
    lines.forEach((line) => line.destroy());
  }};
}

module.exports = {compileMovie, openPage, Request, toMovie, toPage};
