// Encke.EventSource, and the reading of event streams.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {openPage} = require('./support/world.js');

/** The events, times and id that come of a stream's pieces. */
function read(pieces, id = '') {
  const {context} = openPage({parts: true});
  const seen = [];
  const stream = context.createEventStream(id, {
    event: (...args) => seen.push(args),
    retry: (milliseconds) => seen.push(milliseconds)
  });
  pieces.forEach((piece) => stream.feed(piece));
  return {seen, id: stream.lastId()};
}

test('a server that asks for more time than a browser can count gets all that there is', () => {
  const world = openPage({install: (context) => {
    const {setTimeout} = context;
    context.setTimeout = (work, milliseconds) => setTimeout(work, milliseconds > 2147483647 ? 1 : milliseconds);
  }});
  const source = new world.Encke.EventSource('/events');
  const [xhr] = world.requests;
  xhr.getResponseHeader = () => 'text/event-stream';
  xhr.end('retry: 99999999999\n\n');
  world.clock.pass(100000);
  assert.deepStrictEqual([source.readyState, world.requests.length], [0, 1]);
});

describe('reading text/event-stream', () => {
  const message = (data, id = '', type = 'message') => [type, data, id];
  const rows = [
    ['data: a\n\n', [message('a')]], ['data:a\n\n', [message('a')]], ['data:  a\n\n', [message(' a')]], ['data: a \n\n', [message('a ')]],
    ['data\n\n', [message('')]], ['data:\n\n', [message('')]], ['data\ndata\n\n', [message('\n')]], ['data: a\ndata: b\ndata:\n\n', [message('a\nb\n')]],
    ['data: a\r\rdata: b\r\n\r\ndata: c\n\n', [message('a'), message('b'), message('c')]],
    ['data: a\r\n\rdata: b\n\r\n', [message('a'), message('b')]], ['data: a\n\r', [message('a')]],
    ['data: a', []], ['data: a\n', []], ['data: a\nevent: x\n\ndata: b\n\n', [message('a', '', 'x'), message('b')]],
    ['event: x\n\ndata: b\n\n', [message('b')]], ['event: x\nevent: y\ndata\n\n', [message('', '', 'y')]], ['event\ndata: a\n\n', [message('a')]],
    [': comment\n:data: x\n:\n\n', []], [':\ndata: a\n\n', [message('a')]],
    ['id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n', [message('a', '1'), message('b', '1'), message('c', '')]],
    ['id: 1\n\n', [], '1'], ['id: 1\n', [], ''], ['id: a\x00b\ndata\n\n', [message('', '')]], ['id: 1\nid: 2\x00\ndata\n\n', [message('', '1')]],
    ['id: \u20ac\ndata\n\n', [message('', '\u20ac')]],
    ['retry: 50\n', [50]], ['retry: 5x\nretry:\nretry: -1\nretry: 1.5\n', []], ['retry:007\n', [7]],
    ['Data: a\nDATA: b\n data: c\ndata : d\nfoo: e\n\n', []], ['data: a: b\n\n', [message('a: b')]], ['data: \u2028\u0085\v\n\n', [message('\u2028\u0085\v')]],
    ['\ufeffdata: a\n\n', [message('a')]], ['\ufeff\ufeffdata: a\n\n', []], ['data: a\n\n\ufeffdata: b\n\n', [message('a')]],
    ['\n\n\r\r\n', []], ['', []], ['data: \u{1f600}\x00\n\n', [message('\u{1f600}\x00')]]
  ];
  rows.forEach(([stream, expected, id]) => test(JSON.stringify(stream), () => {
    const whole = read([stream]);
    assert.deepStrictEqual(whole.seen, expected);
    if (id !== undefined) {
      assert.strictEqual(whole.id, id);
    }
    assert.deepStrictEqual(read(stream.split('')), whole, 'a unit at a time');
    for (let at = 1; at < stream.length; at++) {
      assert.deepStrictEqual(read([stream.slice(0, at), '', stream.slice(at)]), whole, `cut at ${at}`);
    }
  }));
  test('the id of the stream before stands until another comes', () => {
    assert.deepStrictEqual(read(['data: a\n\nid: 2\ndata: b\n\n'], '1'), {seen: [message('a', '1'), message('b', '2')], id: '2'});
  });
});

/** A page with an EventSource, and its requests; what their other end does is told by head(), body() and end(). */
function open(address = '/events', options, page) {
  const world = openPage({webSocket: false, ...page});
  world.onRequest = (xhr) => {
    xhr.getResponseHeader = () => xhr.type;
  };
  const log = [];
  const source = new world.Encke.EventSource(address, options);
  source.onopen = () => log.push('open');
  source.onmessage = (event) => log.push([event.data, event.lastEventId, event.origin]);
  source.onerror = () => log.push(['error', source.readyState]);
  return {world, source, log, clock: world.clock, last: () => world.requests[world.requests.length - 1]};
}

function head(xhr, status = 200, type = 'text/event-stream') {
  Object.assign(xhr, {readyState: 2, status, type});
  xhr.onreadystatechange();
}

[false, true].forEach((accessors) => describe(`EventSource ${accessors ? 'with' : 'without'} accessors`, () => {
  const start = (address, options) => open(address, options, {accessors});
  test('attributes and constants', () => {
    const {world, source} = start('events?x=1', {withCredentials: true});
    const {EventSource} = world.Encke;
    assert.deepStrictEqual([source.url, source.withCredentials, source.readyState], ['http://example.test/page/events?x=1', true, 0]);
    assert.deepStrictEqual([EventSource.CONNECTING, EventSource.OPEN, EventSource.CLOSED, source.CONNECTING, source.OPEN, source.CLOSED], [0, 1, 2, 0, 1, 2]);
    assert.throws(() => EventSource('/x'), {name: 'TypeError'});
    assert.throws(() => new EventSource(), {name: 'TypeError'});
    assert.throws(() => new EventSource('http://'), {name: 'SyntaxError'});
  });
  test('opens with the response\'s head, and hands over events as they come', () => {
    const {source, log, last} = start();
    assert.deepStrictEqual([last().method, last().headers], ['GET', {'Accept': 'text/event-stream', 'Cache-Control': 'no-cache'}]);
    head(last());
    assert.deepStrictEqual([log, source.readyState], [['open'], 1]);
    last().progress('id: 7\ndata: a\n');
    last().progress('\ndata: b\n\n');
    assert.deepStrictEqual(log, ['open', ['a', '7', 'http://example.test'], ['b', '7', 'http://example.test']]);
  });
}));

describe('EventSource', () => {
  test('named events go to their listeners, and to no others', () => {
    const {source, log, last} = open();
    source.addEventListener('tick', (event) => log.push(`${event.type} ${event.data}`));
    head(last());
    last().progress('event: tick\ndata: 1\n\nevent: other\ndata: 2\n\n');
    assert.deepStrictEqual(log, ['open', 'tick 1']);
  });
  test('after the end it goes on where it was, when the server\'s time has passed', () => {
    const {world, source, log, clock, last} = open();
    head(last());
    last().progress('retry: 50\nid: \u20ac1\ndata: a\n\ndata: never whole');
    last().end();
    assert.deepStrictEqual([log.slice(2), source.readyState, world.requests.length], [[['error', 0]], 0, 1]);
    clock.pass(49);
    assert.strictEqual(world.requests.length, 1);
    clock.pass(1);
    assert.strictEqual(world.requests.length, 2);
    assert.strictEqual(last().headers['Last-Event-ID'], '\u00e2\u0082\u00ac1');
    head(last());
    last().progress('data: b\n\n');
    assert.deepStrictEqual(log.slice(3), ['open', ['b', '\u20ac1', 'http://example.test']]);
  });
  test('a line that breaks is tried again after 3 s, as often as it takes', () => {
    const {world, source, log, clock, last} = open();
    for (let i = 1; i <= 5; i++) {
      last().fail();
      assert.strictEqual(source.readyState, 0);
      clock.pass(3000);
      assert.strictEqual(world.requests.length, i + 1);
    }
    assert.strictEqual(log.length, 5);
  });
  [[204, 'text/event-stream'], [404, 'text/event-stream'], [500, 'text/event-stream'], [200, 'text/html'], [200, ''], [200, 'text/event-streams']]
    .forEach(([status, type]) => test(`${status} with the type "${type}" ends it`, () => {
      const {world, source, log, clock, last} = open();
      head(last(), status, type);
      clock.pass(100000);
      assert.deepStrictEqual([log, source.readyState, world.requests.length], [[['error', 2]], 2, 1]);
    }));
  ['text/event-stream;charset=utf-8', 'Text/Event-Stream ; x=y'].forEach((type) => test(`the type "${type}" is fine`, () => {
    const {log, last} = open();
    head(last(), 200, type);
    assert.deepStrictEqual(log, ['open']);
  }));
  test('where a response does not show before it is complete, its events come then', () => {
    const {source, log, last} = open();
    const xhr = last();
    Object.defineProperty(xhr, 'status', {configurable: true, get: () => {
      throw new Error('The data necessary to complete this operation is not yet available.');
    }});
    Object.assign(xhr, {readyState: 3, type: 'text/event-stream'});
    xhr.onreadystatechange();
    assert.deepStrictEqual([log, source.readyState], [[], 0]);
    Object.defineProperty(xhr, 'status', {value: 200, writable: true});
    xhr.end('data: a\n\ndata: b\n\n');
    assert.deepStrictEqual(log.map((entry) => entry[0]), ['o', 'a', 'b', 'error']);
  });
  test('close() ends it, from a listener too, and for good', () => {
    const {world, source, log, clock, last} = open();
    const xhr = last();
    head(xhr);
    source.addEventListener('message', () => source.close());
    xhr.progress('data: a\n\ndata: b\n\n');
    clock.pass(100000);
    assert.deepStrictEqual([log.map((entry) => entry[0]), source.readyState, xhr.aborted, world.requests.length], [['o', 'a'], 2, true, 1]);
  });
  test('close() between two requests, and from the error event', () => {
    [(source) => source.close(), null].forEach((later) => {
      const {world, source, clock, last} = open();
      if (!later) {
        source.onerror = () => source.close();
      }
      last().fail();
      if (later) {
        later(source);
      }
      clock.pass(100000);
      assert.deepStrictEqual([source.readyState, world.requests.length], [2, 1]);
    });
  });
  test('a listener that throws costs no event', () => {
    const {source, log, clock, last} = open();
    source.onopen = () => {
      throw new Error('mine');
    };
    head(last());
    last().progress('data: a\n\n');
    clock.pass(10);
    assert.deepStrictEqual([log.length, clock.errors.map((error) => error.message)], [1, ['mine']]);
  });
  test('another origin: credentials when they are asked for, the last id in the query, no header that needs leave', () => {
    const {clock, last} = open('http://other.test/events?x=1', {withCredentials: true});
    assert.deepStrictEqual([last().withCredentials, last().headers], [true, {Accept: 'text/event-stream'}]);
    head(last());
    last().progress('id: a&b\ndata\n\n');
    last().end();
    clock.pass(3000);
    assert.deepStrictEqual([last().url, last().headers], ['http://other.test/events?x=1&lastEventId=a%26b', {Accept: 'text/event-stream'}]);
    assert.strictEqual(open('http://other.test/events').last().withCredentials, false);
  });
  test('a browser without XMLHttpRequest, or one that refuses: an error, later', () => {
    [{xhr: false}, {refuseOpen: true}].forEach((page) => {
      const {source, log, clock} = open('/events', {}, page);
      assert.deepStrictEqual([log, source.readyState], [[], 0]);
      clock.pass(1);
      assert.deepStrictEqual([log, source.readyState], [[['error', 2]], 2]);
    });
  });
});
