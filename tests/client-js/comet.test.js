// Transports for what holds no request, reads parts, named events or JSON: poll, multipart, eventsource in Opera's form, json_request;
// and frames that reach over by document.domain.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {addEventElement, addJsonRequest, addMultipart, openComet} = require('./support/comet.js');
const {openApart} = require('./support/old_ways.js');
const {openSocket, outcomes} = require('./support/world.js');

const all = ['', 'x', '\u20ac \u{1f600} \u0000 \u2028 % %25 %0A # & + " \\ \r\n', 'y'.repeat(5000), '%41'];

[['poll', () => {}], ['multipart', addMultipart], ['json_request', addJsonRequest], ['eventsource', addEventElement]].forEach(([name, has]) => describe(name, () => {
  test('messages of all kinds and bytes, both ways, once and in order', () => {
    const {socket, session, messages, clock, world} = openComet(name, {has});
    assert.strictEqual(socket.transport, name);
    all.forEach((text) => {
      socket.send(text);
      session.send(text);
    });
    session.send(Buffer.from([0, 1, 255]));
    clock.pass(10000);
    assert.deepStrictEqual([session.received, messages()], [all, [...all, [0, 1, 255]]]);
    assert.deepStrictEqual([world.clock.errors, outcomes(socket).some((outcome) => /lost/.test(outcome))], [[], false]);
  });
  test('responses that end follow each other, and nothing is lost between them', () => {
    const {socket, session, messages, clock} = openComet(name, {has, server: {limit: 50}});
    const texts = Array.from({length: 60}, (_, index) => `message ${index}`);
    texts.forEach((text) => {
      session.send(text);
      clock.pass(300);
    });
    clock.pass(3000);
    assert.deepStrictEqual([messages(), socket.readyState], [texts, 1]);
    assert.ok(session.carriers.length > 5);
  });
  test('closes both ways', () => {
    const one = openComet(name, {has});
    one.socket.send('last');
    one.socket.close(3001, 'bye');
    one.clock.pass(5000);
    assert.deepStrictEqual([one.session.received, one.log.pop()], [['last'], ['close', 3001, 'bye', true]]);
    const other = openComet(name, {has});
    other.session.send('last');
    other.session.close(4000, 'enough');
    other.clock.pass(5000);
    assert.deepStrictEqual([other.messages(), other.log.pop()], [['last'], ['close', 4000, 'enough', true]]);
    [one, other].forEach(({clock}) => {
      clock.pass(20000);
      assert.deepStrictEqual([clock.errors, clock.timers], [[], []]);
    });
  });
  test('a line that breaks is found out, and the session goes on', () => {
    const {socket, session, server, messages, clock} = openComet(name, {has});
    server.cutAll();
    session.send('x');
    clock.pass(60000);
    socket.send('y');
    clock.pass(10000);
    assert.deepStrictEqual([messages(), session.received, socket.readyState], [['x'], ['y'], 1]);
  });
  test('6.9 a session that the server does not know is over: close 2011', () => {
    const {session, socket, log, clock} = openComet(name, {has});
    session.forget();
    socket.send('x');
    clock.pass(60000);
    assert.strictEqual(log.pop()[1], 2011);
  });
}));

describe('poll: how often it asks', () => {
  const polls = (server) => server.links.filter((link) => link.leaf === '/poll').length;
  test('every poll_interval while nothing comes or goes, with no more than one at a time', () => {
    const {server, clock} = openComet('poll');
    clock.pass(20000);
    const before = polls(server);
    clock.pass(60000);
    assert.ok(polls(server) - before >= 28 && polls(server) - before <= 30, String(polls(server) - before));
    assert.ok(server.live('/poll').length <= 1);
  });
  test('an eighth of it after a message either way, and pauses that double then', () => {
    const {server, session, socket, messages, clock} = openComet('poll');
    clock.pass(20000);
    let before = polls(server);
    socket.send('x');
    clock.pass(330);
    assert.strictEqual(polls(server) - before, 1);
    clock.pass(20000);
    session.send('y');
    while (messages().length === 0) {
      clock.pass(10);
    }
    before = polls(server);
    const counts = [260, 520, 1020, 2020, 2020].map((milliseconds) => {
      clock.pass(milliseconds);
      return polls(server) - before;
    });
    assert.deepStrictEqual(counts, [1, 2, 3, 4, 5]);
  });
  test('a page that sends all the time is told what there is all the same', () => {
    const {session, socket, messages, clock} = openComet('poll');
    clock.pass(20000);
    session.send('down');
    for (let sent = 0; sent < 30; sent++) {
      socket.send(`up ${sent}`);
      clock.pass(100);
    }
    assert.deepStrictEqual([messages(), session.received.length], [['down'], 30]);
  });
  test('what the page sends leaves at once', () => {
    const {session, socket, clock} = openComet('poll');
    clock.pass(20500);
    socket.send('x');
    clock.pass(11);
    assert.deepStrictEqual(session.received, ['x']);
  });
});

describe('poll: when it is used', () => {
  // Something that ends what is held: all but sends and what is answered at once.
  const ends = (leaves) => (link) => (leaves.includes(link.leaf) && link.query.get('w') !== '0' ? 'refuse' : undefined);
  const page = {webSocket: false, cors: false};
  test('the last of all, and never first', () => {
    const {socket} = openComet(null, {page});
    assert.strictEqual(socket.transport, 'xhr_poll');
  });
  test('after polls that are held broke off time and again; and it stays, for they would begin well again', () => {
    const {socket, session, messages, clock} = openComet(['xhr_poll', 'poll'], {weather: ends(['/xhr'])});
    clock.pass(8000);
    assert.strictEqual(socket.transport, 'poll');
    clock.pass(40000); // past the first time that others are tried
    const changes = [];
    socket.ontransport = () => changes.push(socket.transport);
    clock.pass(600000);
    session.send('x');
    socket.send('y');
    clock.pass(3000);
    assert.deepStrictEqual([changes, messages(), session.received, socket.transport], [[], ['x'], ['y'], 'poll']);
  });
});

describe('multipart: Gecko up to 21', () => {
  test('the switch is set before the request is opened', () => {
    assert.strictEqual(openComet('multipart', {has: addMultipart}).world.multipartAtOpen, true);
  });
  test('a part that was cut off is no frame, and what was in it comes again', () => {
    const {world, session, socket, messages, clock} = openComet('multipart', {has: addMultipart});
    const xhr = world.requests.filter((request) => request.multipart).pop();
    xhr.part('bAAECAwQ');
    xhr.part('');
    session.send('x');
    clock.pass(3000);
    assert.deepStrictEqual([messages(), socket.readyState], [['x'], 1]);
  });
  test('taken where streams are not shown while they arrive, above the poll', () => {
    const {socket, clock} = openComet(null, {has: addMultipart, page: {webSocket: false, cors: false}});
    clock.pass(5000);
    assert.strictEqual(socket.transport, 'multipart');
  });
  test('browsers without it say so where the page names it, else nothing; to another origin without CORS it is not tried', () => {
    assert.match(Array.from(openComet(['multipart', 'poll']).socket.report())[0].reason, /takes no responses in parts/);
    assert.doesNotMatch(String(outcomes(openComet(null).socket)), /multipart|json_request|poll skipped/);
    const {socket} = openComet(['multipart', 'jsonp'], {has: addMultipart, page: {cors: false}, address: 'http://other.test/echo'});
    assert.strictEqual(outcomes(socket)[0], 'multipart skipped');
  });
});

describe('eventsource: the element of Opera 8 and 9', () => {
  test('its stream is taken off it when it is given up', () => {
    const {world, socket, clock} = openComet('eventsource', {has: addEventElement});
    assert.strictEqual(world.eventElement.streams.size, 1);
    socket.close();
    clock.pass(5000);
    assert.strictEqual(world.eventElement.streams.size, 0);
  });
  test('a refusal for its number is the end only of a stream that had begun', () => {
    const {socket, clock} = openComet(['eventsource', 'poll'], {has: addEventElement,
      weather: (link) => (link.leaf === '/dom_event_stream' ? 'swallow' : undefined)});
    clock.pass(10000);
    assert.deepStrictEqual([socket.transport, socket.readyState], ['poll', 1]);
  });
  test('not to another origin', () => {
    const {socket, clock} = openComet(['eventsource', 'poll'], {has: addEventElement, address: 'http://other.test/echo'});
    clock.pass(1000);
    assert.deepStrictEqual([outcomes(socket)[0], socket.transport], ['eventsource skipped', 'poll']);
  });
});

describe('json_request', () => {
  test('nothing but JSONRequest is used once the session is open, with the patience that a held request needs', () => {
    const {world, session, socket, clock, server} = openComet('json_request', {has: addJsonRequest});
    const before = server.links.length;
    socket.send('x');
    session.send('y');
    clock.pass(1000);
    assert.ok(server.links.slice(before).every((link) => link.kind === 'json'));
    assert.ok(world.timeouts.every((timeout) => timeout === 30000));
    assert.ok(server.links.filter((link) => link.leaf === '/jsonrequest').every((link) => JSON.stringify(link.value) === '[]'));
  });
  test('what is given up is cancelled', () => {
    const {socket, server, clock} = openComet('json_request', {has: addJsonRequest});
    assert.strictEqual(server.live('/jsonrequest').length, 1);
    socket.close();
    clock.pass(5000);
    assert.strictEqual(server.live('/jsonrequest').length, 0);
  });
  test('browsers without it say so', () => {
    assert.match(Array.from(openComet(['json_request', 'poll']).socket.report())[0].reason, /no JSONRequest/);
  });
});

describe('forever_frame: one document.domain', () => {
  function openBelow(domain, allowed) {
    const page = openApart({server: {answer: {document_domain: allowed}}, install: (context) => {
      context.document.domain = domain;
      context.location.hostname = 'www.example.test';
    }});
    page.server.answer.document_domain = allowed;
    const {socket, messages} = openSocket(page.world, {transports: ['forever_frame'], timeout: 3000}, 'http://push.example.test/echo');
    page.clock.pass(2000);
    return {...page, socket, messages, frames: page.server.links.filter((link) => link.leaf === '/htmlfile')};
  }
  test('a page whose domain the server allows loads the frame itself, and asks it to take that', () => {
    const {frames, socket, server, messages, clock} = openBelow('example.test', 'example.test');
    assert.deepStrictEqual([frames.length, frames[0].query.get('d'), frames[0].query.get('o')], [1, 'example.test', null]);
    server.session.send('x');
    clock.pass(100);
    assert.deepStrictEqual([messages(), socket.transport], [['x'], 'forever_frame']);
  });
  [['another one', 'other.test'], ['none', undefined]].forEach(([what, allowed]) => test(`where the server allows ${what} a bridge loads it`, () => {
    const {frames, socket} = openBelow('example.test', allowed);
    assert.deepStrictEqual([frames[0].query.get('d'), frames[0].query.get('o'), socket.transport], [null, 'http://example.test', 'forever_frame']);
  }));
});
