// Encke.TCPSocket: the handshake with the gateway, its states, what handlers are given, and the ends of a connection.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {FakeServer, openPage, plain, transports} = require('./support/world.js');

const kReasons = [[4102, 102], [4104, 104], [4106, 106], [4108, 108], [4112, 112], [4202, 202], [1000, 201], [1008, 106], [1001, 101], [4000, 101]];

/** A page whose gateway answers "1" to what `allows` names, and notes what comes behind that. */
function open(allows, ...how) {
  const world = openPage({document: true, binary: true, eventSource: true, extras: ['tcp']});
  const server = new FakeServer(world);
  const got = [];
  server.onMessage = (session, message) => {
    if (session.received.length > 1) {
      got.push(String(message));
    } else if (String(message) === allows) {
      session.send('1');
    } else {
      session.close(4106, 'the target is not allowed: ' + message);
    }
  };
  const log = [];
  const {TCPSocket} = world.Encke;
  const socket = new TCPSocket(...how);
  socket.onopen = () => log.push(['open', socket.readyState]);
  socket.onread = (data) => log.push(['read', plain(data)]);
  socket.onclose = (code, reason) => log.push(['close', code, reason, socket.readyState]);
  return {TCPSocket, got, log, pass: (time = 500) => world.clock.pass(time), server, socket, world};
}

transports.forEach((name) => test(`over ${name}: open, text both ways, and the server's end`, () => {
  const {got, log, pass, server, socket} = open('irc.example.net:6667 text', {transports: [name]});
  assert.strictEqual(socket.readyState, 1);
  socket.open('irc.example.net', 6667);
  assert.strictEqual(socket.readyState, 2);
  pass();
  socket.send('NICK me\r\n');
  server.session.send('1', ':hello \u20ac\r\n');
  pass();
  server.session.close(1000, 'the server ended the connection');
  pass();
  assert.deepStrictEqual(got, ['NICK me\r\n']);
  assert.deepStrictEqual(log, [['open', 3], ['read', '1'], ['read', ':hello \u20ac\r\n'], ['close', 201, 'the server ended the connection', 5]]);
  assert.strictEqual(new URL(server.links[0].url, 'http://example.test').pathname.split('/')[1], 'tcp');
}));

describe('the handshake', () => {
  test('isBinary asks for bytes, and gives them', () => {
    const {log, pass, server, socket} = open('192.0.2.1:25 binary');
    socket.open('192.0.2.1', '25', true);
    pass();
    server.session.send(Buffer.from([0, 255]));
    pass();
    assert.deepStrictEqual(log, [['open', 3], ['read', [0, 255]]]);
  });
  ['2001:db8::1', '[2001:db8::1]'].forEach((host) => test(`${host} stands in brackets`, () => {
    const {log, pass, socket} = open('[2001:db8::1]:25 text');
    socket.open(host, 25);
    pass();
    assert.deepStrictEqual(log, [['open', 3]]);
  }));
  test('the form of 2008 opens at once, with the names of 2008', () => {
    const {TCPSocket, got, pass, server, socket} = open('irc.example.net:6667 text', 'irc.example.net', 6667);
    const closed = [];
    socket.onclose = null;
    socket.onclosed = (code) => closed.push(code);
    pass();
    socket.postMessage('x');
    pass();
    socket.disconnect();
    pass();
    assert.deepStrictEqual([got, closed, socket.readyState === TCPSocket.CLOSED, server.session.closedBy[0]], [['x'], [201], true, 1000]);
  });
  test('a service that is no such gateway is told from one', () => {
    const {log, pass, server, socket} = open('');
    server.onMessage = (session, message) => session.send(message);
    socket.open('irc.example.net', 6667);
    pass();
    assert.deepStrictEqual(log, [['close', 102, 'what answers there is no gateway to hosts of the page\'s choice', 5]]);
  });
  test('url and options are the socket\'s, or those of all', () => {
    const {TCPSocket, pass, server} = open('');
    TCPSocket.url = '/gateway';
    TCPSocket.options = {transports: 'xhr_poll'};
    new TCPSocket('h.example', 1);
    pass();
    assert.ok(server.session.closedBy || server.links.some((link) => link.path.startsWith('/gateway/')));
    assert.ok(server.links.every((link) => link.kind !== 'websocket'));
    new TCPSocket({url: '/other'}).open('h.example', 1);
    pass();
    assert.ok(server.links.some((link) => link.path.startsWith('/other/')));
  });
});

describe('the end', () => {
  kReasons.forEach(([closed, code]) => test(`a session that closes with ${closed} gives ${code}`, () => {
    const {log, pass, server, socket} = open('a.example:1 text');
    socket.open('a.example', 1);
    pass();
    server.session.close(closed, 'why');
    pass();
    assert.deepStrictEqual(log, [['open', 3], ['close', code, 'why', 5]]);
  }));
  test('a target that is not allowed never opens', () => {
    const {log, pass, socket} = open('a.example:1 text');
    socket.open('b.example', 1);
    pass();
    assert.deepStrictEqual(log, [['close', 106, 'the target is not allowed: b.example:1 text', 5]]);
  });
  test('close() goes behind what was sent, and nothing more is read', () => {
    const {got, log, pass, server, socket} = open('a.example:1 text');
    socket.open('a.example', 1);
    pass();
    socket.send('one');
    socket.send('two');
    server.session.send('last');
    socket.close();
    assert.strictEqual(socket.readyState, 4);
    pass();
    assert.deepStrictEqual(got, ['one', 'two']);
    assert.deepStrictEqual(log, [['open', 3], ['close', 201, '', 5]]);
  });
  test('reset() is over at once, tells the gateway, and reads nothing more', () => {
    const {log, pass, server, socket} = open('a.example:1 text');
    socket.open('a.example', 1);
    pass();
    server.session.send('late');
    socket.reset();
    assert.strictEqual(socket.readyState, 4);
    pass();
    assert.deepStrictEqual(log, [['open', 3], ['close', 103, 'the page reset the connection', 5]]);
    assert.strictEqual(server.session.closedBy[0], 4103);
  });
  ['close', 'reset'].forEach((how) => test(`${how}() before onopen ends it too, and is nothing before open() and after the end`, () => {
    const {log, pass, socket} = open('a.example:1 text');
    socket[how]();
    assert.strictEqual(socket.readyState, 1);
    socket.open('a.example', 1);
    socket[how]();
    pass(20000);
    socket[how]();
    pass();
    assert.deepStrictEqual(log.map(([type]) => type), ['close']);
  }));
  ['close', 'reset'].forEach((how) => test(`${how}() in a handler`, () => {
    const {log, pass, server, socket} = open('a.example:1 text');
    socket.onread = (data) => {
      log.push(['read', data]);
      socket[how]();
    };
    socket.open('a.example', 1);
    pass();
    server.session.send('a');
    pass();
    assert.deepStrictEqual(log.map(([type]) => type), ['open', 'read', 'close']);
  }));
});

describe('misuse is told', () => {
  test('a call without new, a second open(), a send() before onopen or after the end', () => {
    const {TCPSocket, pass, socket} = open('a.example:1 text');
    assert.throws(() => TCPSocket(), {name: 'TypeError'});
    assert.throws(() => socket.send('x'), /not open/);
    socket.open('a.example', 1);
    assert.throws(() => socket.open('a.example', 1), /opened already/);
    assert.throws(() => socket.send('x'), /not open/);
    pass();
    socket.send('x');
    socket.close();
    assert.throws(() => socket.send('x'), /not open/);
  });
  ['reconnect', 'reload', 'share'].forEach((name) => test(`the option ${name}`, () => {
    const {TCPSocket} = open('');
    assert.throws(() => new TCPSocket({[name]: true}), /not for TCPSocket/);
  }));
});

test('install() makes it the global of that name', () => {
  const {TCPSocket, world} = open('');
  assert.strictEqual(world.context.TCPSocket, undefined);
  TCPSocket.install();
  assert.strictEqual(world.context.TCPSocket, TCPSocket);
});
