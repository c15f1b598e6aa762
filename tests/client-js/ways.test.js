// The ways of requests in old browsers: ActiveX, XDomainRequest, the bridge by posts and by fragments.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {fakeActiveX, fakeXdr, openApart} = require('./support/old_ways.js');
const {openOver, openSocket} = require('./support/world.js');

const messages = (log) => log.filter(([type]) => type === 'message').map((entry) => entry[1]);
const all = ['', 'x', '\u20ac \u{1f600} \u0000 \u2028 % # & + " \\ \r\n', 'y'.repeat(5000), '%41'];
const other = 'http://other.test/echo';
const names = ['Msxml2.XMLHTTP.6.0', 'Msxml2.XMLHTTP.3.0', 'Msxml2.XMLHTTP', 'Microsoft.XMLHTTP'];

describe('XMLHttpRequest by ActiveX', () => {
  function openActive(classes, nativeObject) {
    const tried = [];
    const result = openOver('xhr_poll', {page: {cors: false, webSocket: false, eventSource: false, install: (context, world) => {
      context.ActiveXObject = fakeActiveX(world, context, classes, tried);
      delete context.XMLHttpRequest;
      if (nativeObject) {
        context.XMLHttpRequest = nativeObject;
      }
    }}});
    return {...result, tried};
  }
  names.forEach((name, index) => test(`${name} after those before it, which are not asked for again`, () => {
    const {socket, log, tried} = openActive([name]);
    assert.deepStrictEqual([socket.transport, log], ['xhr_poll', [['open']]]);
    assert.deepStrictEqual(tried.slice(0, index + 2), [...names.slice(0, index + 1), name]);
    assert.deepStrictEqual(new Set(tried.slice(index)), new Set([name]));
  }));
  test('where the native object is switched off, and throws', () => {
    const {socket} = openActive(['Microsoft.XMLHTTP'], function () {
      throw new Error('Not enough storage is available to complete this operation.');
    });
    assert.strictEqual(socket.transport, 'xhr_poll');
  });
  test('no class at all: script tags', () => {
    const {tried, world} = openActive([]);
    const {socket} = openSocket(world);
    world.clock.pass(1000);
    assert.deepStrictEqual([tried, socket.transport], [names, 'jsonp']);
  });
});

describe('XDomainRequest, to another origin', () => {
  function openXdr(transport, {address = other, ...more} = {}) {
    return openOver(transport, {page: {cors: false, install: (context, world) => {
      world.context = context;
      context.XDomainRequest = fakeXdr(world);
    }}, address, ...more});
  }
  ['xhr_stream', 'xhr_poll'].forEach((transport) => test(`${transport}: messages of all kinds and bytes, both ways, nothing by XMLHttpRequest`, () => {
    const {world, session, socket, log, clock} = openXdr(transport);
    all.forEach((text) => {
      socket.send(text);
      session.send(text);
    });
    session.send(Buffer.from([0, 1, 255]));
    clock.pass(2000);
    assert.deepStrictEqual([session.received, messages(log)], [all, [...all, [0, 1, 255]]]);
    assert.deepStrictEqual([world.requests, socket.transport], [[], transport]);
    assert.ok(world.xdrs.every((xdr) => /\?x=1(&|$)/.test(xdr.url)));
  }));
  test('streams are shown while they arrive, from 2 KB on', () => {
    const {server, session, log, clock} = openXdr('xhr_stream');
    session.send('now');
    clock.pass(50);
    assert.deepStrictEqual([messages(log), server.live('/xhr_streaming').length], [['now'], 1]);
  });
  [[404, 2011], [403, 1008]].forEach(([status, code]) => ['/xhr', '/xhr_send'].forEach((leaf) => {
    test(`6.9 a refusal of ${leaf} with ${status}, which the browser does not show, comes as a frame: close ${code}`, () => {
      const {server, session, socket, log, clock} = openXdr('xhr_poll');
      server.weather = (link) => (link.leaf === leaf ? status : undefined);
      socket.send('x');
      session.send('y'); // so that the poll ends, too
      clock.pass(500);
      assert.strictEqual(log[log.length - 1][1], code);
    });
  }));
  test('a status of something on the way is a loss, and passes', () => {
    const {server, session, socket, log, clock} = openXdr('xhr_poll');
    server.weather = () => '404';
    session.send('y');
    clock.pass(100);
    server.weather = () => undefined;
    socket.send('x');
    clock.pass(6000);
    assert.deepStrictEqual([session.received, messages(log), socket.readyState], [['x'], ['y'], 1]);
  });
  test('a server of another scheme is not reached by it', () => {
    const {world, clock} = openXdr('jsonp', {address: 'https://other.test/echo'});
    clock.pass(1000);
    assert.deepStrictEqual(world.xdrs, []);
  });
  test('an abort before it was sent, or after, throws nothing and leaves nothing', () => {
    const {world, socket, clock} = openXdr('xhr_poll');
    socket.send('x');
    socket.close();
    clock.pass(10000);
    assert.deepStrictEqual([clock.errors, clock.timers], [[], []]);
    assert.ok(world.xdrs.length > 2);
    assert.ok(world.xdrs.every((xdr) => xdr.onload === world.xdrs[0].onload));
  });
});

[['posts', true], ['fragments', false]].forEach(([by, posts]) => describe(`the bridge by ${by}`, () => {
  function openBridged(transport, options = {}, socketOptions = {}) {
    const page = openApart({posts, ...options});
    const {socket, log} = openSocket(page.world, {transports: [transport], timeout: 3000, ...socketOptions}, other);
    page.clock.pass(1500);
    return {...page, socket, log, session: page.server.session};
  }
  ['xhr_poll', 'forever_frame'].forEach((transport) => test(`${transport}: messages of all kinds and bytes, both ways, by the bridge's requests alone`, () => {
    const {world, bridges, server, session, socket, log, clock} = openBridged(transport);
    all.forEach((text) => {
      socket.send(text);
      session.send(text);
    });
    session.send(Buffer.from([0, 1, 255]));
    clock.pass(8000);
    assert.deepStrictEqual([session.received, messages(log), socket.transport], [all, [...all, [0, 1, 255]], transport]);
    assert.deepStrictEqual([world.requests, bridges.length], [[], 1]);
    assert.ok(server.links.filter((link) => link.leaf !== '/open').every((link) => link.query.get('o') === 'http://example.test'));
    assert.deepStrictEqual([...world.clock.errors], []);
  }));
  test('one bridge serves all sockets to a service, and goes when it has been idle for a minute', () => {
    const {world, bridges, socket, clock} = openBridged('xhr_poll');
    const second = openSocket(world, {transports: ['xhr_poll'], timeout: 3000}, other);
    clock.pass(1000);
    assert.deepStrictEqual([bridges.length, second.socket.readyState], [1, 1]);
    socket.close();
    second.socket.close();
    clock.pass(30000);
    assert.ok(!bridges[0].dead);
    clock.pass(60000);
    assert.ok(bridges[0].dead);
    openSocket(world, {transports: ['xhr_poll'], timeout: 3000}, other);
    clock.pass(1000);
    assert.strictEqual(bridges.length, 2);
  });
  test('statuses come through: 404 of the server\'s own is close 2011', () => {
    const {server, session, socket, log, clock} = openBridged('xhr_poll');
    session.forget();
    socket.send('x');
    clock.pass(1000);
    assert.strictEqual(log[log.length - 1][1], 2011);
    assert.ok(server.links.some((link) => link.leaf === '/xhr_send'));
  });
  test('what is given up is given up there', () => {
    const {server, socket, clock} = openBridged('xhr_poll');
    assert.strictEqual(server.live('/xhr').length, 1);
    socket.close();
    clock.pass(1000);
    assert.strictEqual(server.live('/xhr').length, 0);
  });
  test('a page that the service does not allow is refused before anything is asked', () => {
    const {bridges, server, socket, clock} = openBridged('xhr_poll', {origins: 'http://chat.test http://other.test'}, {timeout: 0});
    clock.pass(10000);
    assert.deepStrictEqual([bridges[0].requests, socket.readyState], [[], 3]);
    assert.match(socket.report()[0].reason, /add it to the origins of the service/);
    assert.ok(server.links.every((link) => link.leaf === '/open'));
  });
  test('one that it allows is not', () => {
    assert.strictEqual(openBridged('xhr_poll', {origins: 'http://chat.test http://example.test'}).socket.readyState, 1);
  });
  test('a bridge that does not come up is a failure that says so, and the next transport goes on', () => {
    const page = openApart({posts});
    const {onElement} = page.world;
    page.world.onElement = (element) => {
      element.contentWindow = {frames: []};
      if (!element.src.includes('/bridge')) {
        onElement(element);
      }
    };
    const {socket, log} = openSocket(page.world, {transports: ['xhr_poll', 'jsonp']}, other);
    page.clock.pass(12000);
    assert.deepStrictEqual([log, socket.transport], [[['open']], 'jsonp']);
  });
}));

describe('what the bridge does, for whom', () => {
  function openBare(options) {
    const page = openApart(options);
    openSocket(page.world, {transports: ['xhr_poll'], timeout: 3000}, other);
    page.clock.pass(1000);
    const [bridge] = page.bridges;
    const requests = bridge.requests.length;
    const say = (message, event = {}) => {
      bridge.tellPage('window', 'message', {data: JSON.stringify(message), origin: 'http://example.test', source: bridge.context.parent, ...event});
      page.clock.pass(20);
      return bridge.requests.slice(requests).map((xhr) => xhr.url);
    };
    return {...page, bridge, say};
  }
  const key = 'k'.repeat(36);
  test('requests of the facade\'s to its own service', () => {
    assert.deepStrictEqual(openBare().say(['request', '7', 'POST', `/encke.1/${key}/xhr?n=1&a=0`, '', 0]),
      [`http://other.test/echo/encke.1/${key}/xhr?o=http://example.test&n=1&a=0`]);
  });
  test('and gives them up when it is told to, and only those', () => {
    const {bridge, say} = openBare();
    const own = bridge.requests.length;
    say(['request', '77', 'POST', `/encke.1/${key}/xhr_send?s=0`, '', 0]);
    say(['stop', '78']);
    assert.ok(bridge.requests.every((xhr) => !xhr.aborted));
    const again = openBare();
    again.server.weather = () => 'swallow';
    again.say(['request', '77', 'POST', `/encke.1/${key}/xhr_send?s=0`, '', 0]);
    again.say(['stop', '77']);
    assert.ok(again.bridge.requests[own].aborted);
  });
  ['/../admin', '/encke.1/../../admin', `/encke.1/${key}/../../../admin`, '//evil.test/encke.1/open', '/encke.1/open#', '/websocket', '/000/abc/xhr_send',
    'http://evil.test/encke.1/open', '/encke.1/open?a=1#b', '/encke.2/open', `/encke.1/${key}/xhr/x`].forEach((leaf) => test(`nothing else: ${leaf}`, () => {
    assert.deepStrictEqual(openBare().say(['request', '7', 'POST', leaf, '', 0]), []);
  }));
  test('not for a window that is not around it, whatever it says', () => {
    assert.deepStrictEqual(openBare().say(['request', '7', 'POST', '/encke.1/open', '', 0], {source: {}}), []);
  });
  test('not in the name of an origin that the page states: the browser\'s word comes first, which counts', () => {
    const [url] = openBare().say(['request', '7', 'POST', '/encke.1/open?o=http://chat.test', '', 0]);
    assert.match(url, /open\?o=http:\/\/example\.test&o=http:\/\/chat\.test$/);
    assert.strictEqual(new URL(url).searchParams.get('o'), 'http://example.test');
  });
  test('not for pages without an origin', () => {
    assert.deepStrictEqual(openBare().say(['request', '7', 'POST', '/encke.1/open', '', 0], {origin: 'null'}), []);
  });
  test('the page heeds only the bridge\'s window and origin', () => {
    const {world, clock, server} = openBare();
    const {socket, log} = openSocket(world, {transports: ['xhr_poll'], timeout: 3000}, other);
    clock.pass(1000);
    const {contentWindow} = world.document.body.children.find((frame) => frame.src.includes('/bridge'));
    [['http://evil.test', contentWindow], ['http://other.test', {}]].forEach(([origin, source]) => {
      for (let id = 1; id < 20; id++) {
        world.tellPage('window', 'message', {data: JSON.stringify(['end', String(id), 200, 'a["forged"]\n', '']), origin, source});
      }
    });
    clock.pass(100);
    assert.deepStrictEqual([messages(log), socket.readyState, server.opens], [[], 1, 2]);
  });
  test('over fragments, without a word of the browser\'s on whose frame it is, nothing', () => {
    const {world, bridges, clock} = openApart({posts: false, referrer: ''});
    openSocket(world, {transports: ['xhr_poll'], timeout: 3000}, other);
    clock.pass(9000);
    assert.deepStrictEqual([bridges[0].requests, bridges[0].answers], [[], []]);
  });
  test('over fragments, nobody without the token is heard', () => {
    const {world, bridges, clock} = openApart({posts: false});
    openSocket(world, {transports: ['xhr_poll'], timeout: 3000}, other);
    clock.pass(1000);
    const before = bridges[0].requests.length;
    const [, sent] = /#[a-z0-9]+\.([0-9]+)\./.exec(bridges[0].context.location.href);
    bridges[0].context.location.href = bridges[0].context.location.href.replace(/#.*/,
      `#guess.${Number(sent) + 1}.0.0.${encodeURIComponent(JSON.stringify(['request', '77', 'POST', '/encke.1/open', '', 0]))}`);
    clock.pass(200);
    assert.strictEqual(bridges[0].requests.length, before);
  });
});

describe('what else old browsers need', () => {
  test('the page\'s own query stands behind ours on every way', () => {
    const plainly = openOver('forever_frame', {address: '/echo?token=1'});
    assert.match(plainly.server.links.find((link) => link.leaf === '/htmlfile').url, /\?c=[\w.]+&n=1&a=0&&token=1$/);
    const bridged = openApart();
    const {socket} = openSocket(bridged.world, {transports: ['forever_frame'], timeout: 3000}, other + '?token=1');
    bridged.clock.pass(2000);
    socket.send('x');
    bridged.clock.pass(100);
    const urls = bridged.server.links.filter((link) => link.leaf !== '/open').map((link) => link.url);
    assert.ok(urls.length > 1 && urls.every((url) => /\?(c=[\w.]+&)?o=http:\/\/example\.test&[ns]=[^?]*&&token=1$/.test(url)), String(urls));
  });
  test('a page that has given itself another domain has its endless frame loaded by a bridge', () => {
    const {world, bridges, clock} = openApart({install: (context) => {
      context.document.domain = 'test';
      context.location.hostname = 'example.test';
    }});
    const {socket} = openSocket(world, {transports: ['forever_frame'], timeout: 3000});
    clock.pass(1000);
    assert.deepStrictEqual([socket.transport, bridges.length], ['forever_frame', 1]);
  });
  test('forms leave in ASCII, whatever the page\'s encoding is', () => {
    const {world, server, session, socket, clock} = openOver('jsonp');
    const {onForm} = world;
    const bodies = [];
    world.onForm = (form) => {
      bodies.push(form.fields.d);
      onForm(form);
    };
    all.forEach((text) => socket.send(text));
    clock.pass(1000);
    assert.deepStrictEqual(session.received, all);
    assert.ok(bodies.length > 0 && bodies.every((body) => !/[^\x00-\x7f]/.test(body)));
    assert.strictEqual(server.opens, 1);
  });
  test('frames have their names where names cannot be set later', () => {
    const made = [];
    const {session, socket, clock} = openOver('jsonp', {page: {install: (context) => {
      const {createElement} = context.document;
      context.document.createElement = (what) => {
        const match = /^<iframe name="([^"]+)">$/.exec(what);
        const element = createElement(match ? 'iframe' : what);
        made.push(what);
        if (element.tagName === 'iframe') {
          Object.defineProperty(element, 'name', {value: match ? match[1] : '', writable: false});
        }
        return element;
      };
    }}});
    socket.send('x');
    clock.pass(500);
    assert.deepStrictEqual(session.received, ['x']);
    assert.ok(made.some((what) => what.startsWith('<iframe name="encke_frame')));
  });
  test('MozWebSocket is a WebSocket', () => {
    const {socket} = openOver('websocket', {page: {install: (context) => {
      context.MozWebSocket = context.WebSocket;
      delete context.WebSocket;
    }}});
    assert.strictEqual(socket.readyState, 1);
  });
  test('addresses of scripts come from a policy where there are Trusted Types', () => {
    const made = [];
    const {socket, world} = openOver('jsonp', {page: {install: (context) => {
      context.trustedTypes = {createPolicy: (name, rules) => {
        made.push(name);
        return {createScriptURL: (address) => {
          made.push(rules.createScriptURL(address));
          return address;
        }};
      }};
    }}});
    assert.deepStrictEqual([socket.readyState, made[0], made.filter((what) => what === 'encke').length], [1, 'encke', 1]);
    assert.ok(made.length > 1 && world.clock.errors.length === 0);
  });
  test('and go as they are where the page allows no such policy', () => {
    const {socket} = openOver('jsonp', {page: {install: (context) => {
      context.trustedTypes = {createPolicy: () => {
        throw new TypeError('Policy "encke" disallowed.');
      }};
    }}});
    assert.strictEqual(socket.readyState, 1);
  });
  test('2.4 a response that has ended is let go of, however many there were', () => {
    const {server, session, socket, log, clock, world} = openOver('xhr_stream', {server: {limit: 1000}});
    for (let i = 0; i < 500; i++) {
      session.send('x'.repeat(200));
      clock.pass(50);
    }
    assert.strictEqual(messages(log).length, 500);
    assert.ok(server.links.length > 80);
    assert.deepStrictEqual([server.live().length, socket.readyState], [1, 1]);
    const handlers = new Set(world.requests.filter((xhr) => xhr.readyState === 4).map((xhr) => xhr.onreadystatechange));
    assert.strictEqual(handlers.size, 1, 'all that have ended have the same, empty handler, which holds nothing');
  });
});
