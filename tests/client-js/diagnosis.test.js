// What an operator is told: the report, and the option tell, which brings it to the server's log.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {openOver, openIn, outcomes} = require('./support/world.js');

const fates = (table) => (link) => table[link.leaf];
const lastLines = (server) => server.reports.map((words) => words.split('\n').slice(-1)[0]);

describe('report()', () => {
  test('tells of each transport what became of it, how long it took, and why it was given up', () => {
    const {socket, clock} = openIn(fates({'/websocket': 'refuse', '/xhr_streaming': 'hold'}),
      {server: {answer: {transports: ['websocket', 'xhr_stream', 'eventsource', 'xhr_poll', 'jsonp']}}});
    clock.pass(3000);
    assert.deepStrictEqual(Array.from(socket.report(), ({transport, outcome, milliseconds}) => [transport, outcome, milliseconds]), [
      ['forever_frame', 'skipped', 0], ['websocket', 'failed', 10], ['xhr_stream', 'timed out', 640], ['eventsource', 'skipped', 0],
      ['xhr_poll', 'in use', 20]]);
    assert.match(socket.report()[1].reason, /^it was refused or cut off; a proxy may not let it through$/);
    assert.match(socket.report()[2].reason, /^there was no answer within 640 ms; something on the way may hold it back$/);
    assert.match(socket.report()[3].reason, /^something on the way may hold it back$/);
  });
  test('what few browsers have is in the report only where the page names it', () => {
    const answer = {transports: ['flash', 'xhr_poll']};
    assert.ok(!outcomes(openOver(null, {server: {answer}}).socket).includes('flash skipped'));
    const {socket} = openOver(null, {server: {answer}, socket: {transports: ['flash', 'xhr_poll']}});
    assert.deepStrictEqual(outcomes(socket), ['flash skipped', 'xhr_poll in use']);
    assert.match(socket.report()[0].reason, /^this browser has no Flash Player$|^there is no document$/);
  });
});

describe('the option tell', () => {
  test('without it nothing is told', () => {
    const {server, clock} = openIn(fates({'/websocket': 'refuse'}));
    clock.pass(100000);
    assert.deepStrictEqual(server.reports, []);
  });
  test('where nothing is given up nothing is told', () => {
    const {server, socket, clock} = openOver(null, {socket: {tell: true}});
    clock.pass(20000);
    socket.close();
    clock.pass(100000);
    assert.deepStrictEqual(server.reports, []);
  });
  test('what was given up is told two seconds later, a line for each transport, in a POST of text/plain to the session', () => {
    const {world, server, clock} = openIn(fates({'/websocket': 'refuse'}), {tell: true});
    clock.pass(2029);
    assert.strictEqual(server.links.filter((link) => link.leaf === '/report').length, 0);
    clock.pass(100);
    assert.deepStrictEqual(server.reports, ['websocket failed, 10 ms: it was refused or cut off; a proxy may not let it through\n' +
      'xhr_poll replaced, 0 ms: xhr_stream took its place\nxhr_stream in use, 20 ms: it got through later']);
    const request = world.requests.find((xhr) => /report/.test(xhr.url));
    assert.deepStrictEqual([request.method, request.url.replace(/.*\/encke.1\//, ''), request.headers['Content-Type']],
      ['POST', `${server.session.key}/report`, 'text/plain;charset=UTF-8']);
  });
  test('once a minute at most', () => {
    const {server, clock} = openOver('websocket', {socket: {tell: true}});
    for (let i = 0; i < 300; i++) {
      server.cutAll();
      clock.pass(1000);
    }
    assert.ok(server.reports.length >= 4 && server.reports.length <= 6, String(server.reports.length));
  });
  test('an end that is not clean is told at once, with its reason in one line', () => {
    const {server, session, clock} = openOver('websocket', {socket: {tell: true}});
    session.close(1011, 'broken\nin two');
    clock.pass(200);
    assert.deepStrictEqual(lastLines(server), ['closed: 1011 broken in two']);
    assert.deepStrictEqual(clock.timers, []);
  });
  test('it is 4096 bytes at most', () => {
    const {server, session, clock} = openOver('websocket', {socket: {tell: true}});
    session.close(1011, '\u20ac'.repeat(5000));
    clock.pass(200);
    assert.strictEqual(server.reports.length, 1);
    assert.ok(Buffer.byteLength(server.reports[0]) <= 4096);
    assert.match(server.reports[0], /^websocket in use[^]*closed: 1011 \u20ac{100,}$/);
  });
  ['refuse', 'swallow', 404, '502', 'lost answer'].forEach((fate) => test(`is harmless where it fails (${fate})`, () => {
    const {world, server, socket, log, clock} = openIn(fates({'/websocket': 'refuse', '/report': fate}), {tell: true, transports: ['websocket', 'xhr_poll']});
    clock.pass(20000);
    server.session.send('x');
    socket.send('y');
    clock.pass(1000);
    assert.deepStrictEqual([log, server.session.received, clock.errors], [[['open'], ['message', 'x']], ['y'], []]);
    assert.ok(server.links.some((link) => link.leaf === '/report'));
    socket.close();
    clock.pass(20000);
    assert.deepStrictEqual([clock.timers, world.listeners], [[], []]);
  }));
  test('goes by a form where there is no request', () => {
    const {server, session, clock} = openOver('jsonp', {page: {xhr: false, webSocket: false}, socket: {tell: true}});
    session.close(1011, 'x');
    clock.pass(200);
    assert.deepStrictEqual(lastLines(server), ['closed: 1011 x']);
    clock.pass(20000);
    assert.deepStrictEqual(clock.timers, []);
  });
});
