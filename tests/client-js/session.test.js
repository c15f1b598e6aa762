// The session by itself: numbers, acknowledgements, the window, duplicates, batches, closing, and going on elsewhere.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {openPage} = require('./support/world.js');

const page = openPage({parts: true, binary: true}).context;
const oldPage = openPage({parts: true}).context;

/** A value of the page's realm as one of ours. */
function ours(value) {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function bytes(...values) {
  return new Uint8Array(values);
}

/** A session that notes what its owner is told. */
function open(settings = {}) {
  const log = [];
  let work = 0;
  const session = page.createSession({key: 'KEY', windowBytes: 10000, ...settings}, {
    onMessage: (data, number) => log.push([number, typeof data === 'string' ? data : Array.from(data)]),
    onEnd: (code, reason) => log.push(['end', code, reason]),
    onLapse: () => log.push(['lapse']),
    onWork: () => work++
  });
  return {session, log, work: () => work};
}

function sendAll(session, ...messages) {
  messages.forEach((message) => session.send(message));
}

describe('base64', () => {
  for (let length = 0; length <= 20; length++) {
    test(`${length} bytes come back, in browsers with typed arrays and in those without`, () => {
      const all = Array.from({length}, (unused, i) => (i * 83 + 250) & 255);
      const written = page.base64.encode(Uint8Array.from(all));
      assert.strictEqual(written, Buffer.from(all).toString('base64').replace(/=/g, ''));
      assert.deepStrictEqual(Array.from(page.base64.decode(written)), all);
      assert.deepStrictEqual(Array.from(oldPage.base64.decode(oldPage.base64.encode(all))), all);
    });
  }
  [3071, 3072, 3073, 100000].forEach((length) => test(`${length} bytes come back`, () => {
    const all = Buffer.alloc(length, 'x\u20ac\u0000\u00ff');
    assert.strictEqual(page.base64.encode(all), all.toString('base64').replace(/=/g, ''));
    assert.ok(all.equals(Buffer.from(page.base64.decode(page.base64.encode(all)))));
  }));
  ['A', 'AAAAA', 'A A=', 'AA==', 'A-_A', 'AB', 'AAB', 'A\u0141AA', '\n'].forEach((written) => {
    test(`${JSON.stringify(written)} is not base64 as it is written here`, () => assert.strictEqual(page.base64.decode(written), null));
  });
});

describe('6.14 samples of time', () => {
  test('without the option there are none', () => {
    const {session} = open();
    sendAll(session, 'a', 'b');
    assert.strictEqual(session.takeBatch().body, 'a["a","b"]');
  });
  test('one goes behind each so many messages, and the next says what was measured of it', () => {
    const {session} = open({timings: 2});
    sendAll(session, 'a');
    assert.strictEqual(session.takeBatch().body, 'a["a"]');
    sendAll(session, 'b');
    assert.strictEqual(session.takeBatch().body, 'a["b"]\nt');
    session.newReader().take('t0');
    sendAll(session, 'c', 'd', 'e');
    assert.match(session.takeBatch().body, /^a\["c","d","e"\]\nt[0-9]+,[0-9]+$/);
    sendAll(session, 'f', 'g');
    assert.strictEqual(session.takeBatch().body, 'a["f","g"]\nt', 'a sample that was not answered');
  });
  test('the close stays last, and an answer that is no number is damaged data', () => {
    const {session} = open({timings: 1});
    sendAll(session, 'a');
    session.close(1000, '');
    assert.deepStrictEqual(ours(session.takeFrames(true)), ['a["a"]', 't', 'c[1000,""]']);
    assert.match(session.newReader().take('tx'), /damaged/);
  });
});

describe('6.4 frames up', () => {
  test('texts that follow each other share a frame, and so do bytes', () => {
    const {session} = open();
    sendAll(session, 'a', 'b', bytes(0, 1, 2), bytes(3, 4), bytes(), 'c');
    const batch = session.takeBatch();
    assert.deepStrictEqual(ours(batch), {first: 0, bytes: 8, body: 'a["a","b"]\nbAAEC,AwQ,\na["c"]', closes: false});
    assert.strictEqual(session.takeBatch(), null);
  });
  test('a message of no bytes alone is b', () => {
    const {session} = open();
    session.send(bytes());
    assert.strictEqual(session.takeBatch().body, 'b');
  });
  test('on a socket bytes stay bytes', () => {
    const {session} = open();
    sendAll(session, 'a', bytes(1), bytes(2), 'b');
    assert.deepStrictEqual(Array.from(session.takeFrames(true), (frame) => (typeof frame === 'string' ? frame : Array.from(frame))),
      ['a["a"]', [1], [2], 'a["b"]']);
  });
  test('on a socket that knows no bytes they are base64', () => {
    const {session} = open();
    sendAll(session, 'a', bytes(1), bytes(2), 'b');
    assert.deepStrictEqual(ours(session.takeFrames(false)), ['a["a"]', 'bAQ,Ag', 'a["b"]']);
  });
  test('a body has at most 64 KiB, or one message', () => {
    const {session} = open({windowBytes: 10000000});
    sendAll(session, 'x'.repeat(40000), 'y'.repeat(25000), '\u0000'.repeat(11000), 'z'.repeat(100000), '\u20ac'.repeat(21843), 'v', bytes(5));
    const bodies = [];
    for (let batch = session.takeBatch(); batch; batch = session.takeBatch()) {
      bodies.push(batch);
    }
    assert.deepStrictEqual(bodies.map((batch) => batch.first), [0, 2, 3, 4, 5]);
    assert.deepStrictEqual(bodies.map((batch) => Buffer.byteLength(batch.body) <= 65536), [true, false, false, true, true]);
  });
});

describe('6.5 numbers up', () => {
  test('each message has the next one, from 0', () => {
    const {session} = open();
    assert.deepStrictEqual([session.send('a'), session.send('b'), session.send('c')], [0, 1, 2]);
  });
  test('what was taken and not acknowledged goes again after a loss', () => {
    const {session} = open();
    sendAll(session, 'a', 'b', 'c');
    session.takeBatch();
    session.send('d');
    assert.strictEqual(session.acknowledge('1'), true);
    assert.strictEqual(session.rewind(), 1);
    assert.deepStrictEqual(ours(session.takeBatch()), {first: 1, bytes: 3, body: 'a["b","c","d"]', closes: false});
  });
  test('an acknowledgement lets go, and one that is overtaken means nothing', () => {
    const {session} = open();
    sendAll(session, 'a', 'b');
    session.takeBatch();
    session.acknowledge('2');
    assert.deepStrictEqual(ours(session.unacknowledged()), []);
    assert.strictEqual(session.acknowledge('1'), true);
    assert.strictEqual(session.rewind(), 2);
  });
  test('what had arrived before its carrier was lost does not go again', () => {
    const {session} = open();
    sendAll(session, 'a', 'b', 'c');
    session.takeBatch();
    session.rewind();
    session.acknowledge('2');
    assert.deepStrictEqual(ours(session.takeBatch()), {first: 2, bytes: 1, body: 'a["c"]', closes: false});
  });
  ['3', '-1', '', 'x', '1.5', '99999999999999999', ' 1', '1e0'].forEach((written) => {
    test(`an acknowledgement of "${written}", with two messages sent, is damaged`, () => {
      const {session} = open();
      sendAll(session, 'a', 'b');
      session.takeBatch();
      assert.match(session.newReader().take('k' + written), /damaged/);
      assert.strictEqual(session.unacknowledged().length, 2);
    });
  });
});

describe('6.4 a socket counts what it carries', () => {
  test('messages that are acknowledged before it took them keep their numbers, with nothing in them', () => {
    const {session} = open({windowBytes: 200});
    sendAll(session, 'a'.repeat(100), 'b'.repeat(100), 'c', 'd');
    assert.deepStrictEqual(ours(session.takeFrames(false)), ['a["' + 'a'.repeat(100) + '"]']);
    assert.ok(session.acknowledge('3'));
    assert.deepStrictEqual(ours(session.takeFrames(false)), ['a["",""]', 'a["d"]']);
    session.send('e');
    assert.deepStrictEqual(ours(session.takeFrames(false)), ['a["e"]']);
  });
  test('a body says its number, and has no need of that', () => {
    const {session} = open({windowBytes: 200});
    sendAll(session, 'a'.repeat(100), 'b'.repeat(100), 'c', 'd');
    session.takeBatch();
    session.acknowledge('3');
    assert.deepStrictEqual(ours(session.takeBatch()), {first: 3, bytes: 1, body: 'a["d"]', closes: false});
  });
});

describe('6.8 the window up', () => {
  test('each message counts with 48 bytes more; the one that would cross it waits', () => {
    const {session} = open({windowBytes: 200});
    sendAll(session, 'x'.repeat(52), 'y'.repeat(52), 'z');
    assert.strictEqual(session.takeBatch().body, JSON.stringify(['x'.repeat(52), 'y'.repeat(52)]).replace(/^/, 'a'));
    assert.strictEqual(session.isBlocked(), true);
    assert.strictEqual(session.takeBatch(), null);
    session.acknowledge('1');
    assert.strictEqual(session.isBlocked(), false);
    assert.strictEqual(session.takeBatch().body, 'a["z"]');
  });
  test('what fills it to the last byte does not cross it', () => {
    [[248, true], [249, false]].forEach(([size, blocked]) => {
      const {session} = open({windowBytes: size});
      sendAll(session, 'x'.repeat(52), 'y'.repeat(52), 'z');
      const batch = session.takeBatch();
      assert.deepStrictEqual([session.isBlocked(), batch.bytes], [blocked, blocked ? 104 : 105]);
    });
  });
  test('less than a quarter of the window on its way stops no message, however long', () => {
    [[3, 3], [2, 502]].forEach(([size, bytes]) => { // with 48 bytes, a quarter of 204, and one less
      const {session} = open({windowBytes: 204});
      sendAll(session, 'w'.repeat(size), 'x'.repeat(500), 'y');
      assert.strictEqual(session.takeBatch().bytes, bytes);
      assert.strictEqual(session.isBlocked(), true);
    });
  });
  test('the owner is told of work with each send, and when an acknowledgement makes room', () => {
    const {session, work} = open();
    sendAll(session, 'a', 'b');
    assert.strictEqual(work(), 2);
    session.takeBatch();
    session.acknowledge('2');
    assert.strictEqual(work(), 3);
  });
});

describe('bufferedAmount', () => {
  test('what waits for a carrier counts, in bytes of UTF-8; what one has does not, until it waits again', () => {
    const {session} = open();
    sendAll(session, '\u20ac', 'ab', bytes(1, 2, 3));
    assert.strictEqual(session.waitingBytes(), 8);
    session.takeBatch();
    assert.strictEqual(session.waitingBytes(), 0);
    session.acknowledge('1');
    session.rewind();
    assert.strictEqual(session.waitingBytes(), 5);
    session.acknowledge('3');
    assert.strictEqual(session.waitingBytes(), 0);
  });
});

describe('6.5 numbers down', () => {
  test('messages are delivered with their numbers, text and bytes', () => {
    const {session, log} = open();
    const reader = session.newReader();
    ['a["x","y"]', 'bAAEC,,AwQ', 'h', 'k0', 'a["z"]'].forEach((frame) => assert.strictEqual(reader.take(frame), ''));
    reader.takeBinary(bytes(9));
    assert.deepStrictEqual(log, [[0, 'x'], [1, 'y'], [2, [0, 1, 2]], [3, []], [4, [3, 4]], [5, 'z'], [6, [9]]]);
  });
  test('of two carriers at once each message is delivered once, whichever is faster', () => {
    const {session, log} = open();
    const first = session.newReader();
    first.take('a["0","1"]');
    const second = session.newReader();
    assert.deepStrictEqual([first.from, second.from], [0, 2]);
    const third = session.newReader();
    second.take('a["2"]');
    first.take('a["2","3"]');
    third.take('a["2","3","4"]');
    second.take('a["3","4","5"]');
    first.take('a["4","5","6"]');
    assert.deepStrictEqual(log.map((entry) => entry[1]), ['0', '1', '2', '3', '4', '5', '6']);
  });
  test('a damaged frame delivers nothing, so that the next carrier brings all of it', () => {
    const {session, log} = open();
    ['a["x"', 'a{"x":1}', 'a["x",5]', 'a', 'x', '', 'bAAAA,!', 'c[]', 'c["x"]', 'c', 'kx', 'o', 'm"x"'].forEach((frame) => {
      assert.match(session.newReader().take(frame), /damaged/, frame);
    });
    assert.deepStrictEqual(log, []);
    session.newReader().take('a["whole"]');
    assert.deepStrictEqual(log, [[0, 'whole']]);
  });
  test('a carrier may begin behind A, where what is between was acknowledged meanwhile', () => {
    const {session, log} = open();
    const late = session.newReader();
    session.newReader().take('a["0","1","2"]');
    ['k0', 's2', 'a["2","3"]'].forEach((frame) => assert.strictEqual(late.take(frame), ''));
    assert.deepStrictEqual(log.map((entry) => entry[1]), ['0', '1', '2', '3']);
  });
  test('one that begins behind what has arrived tells that this page has lost its memory', () => {
    const {session, log} = open();
    session.newReader().take('a["0"]');
    assert.strictEqual(session.newReader().take('s2'), '');
    assert.deepStrictEqual(log, [[0, '0'], ['lapse']]);
  });
  ['s', 'sx', 's-1', 's0'].forEach((frame) => test(`${frame}, to a carrier that asked for 1, is damaged`, () => {
    const {session, log} = open();
    session.newReader().take('a["0"]');
    assert.match(session.newReader().take(frame), /damaged/);
    assert.strictEqual(log.length, 1);
  }));
  test('the server\'s close comes behind its messages', () => {
    const {session, log} = open();
    session.newReader().take('a["x"]');
    session.newReader().take('c[3000,"Go away!"]');
    session.newReader().take('c[1000]');
    assert.deepStrictEqual(log, [[0, 'x'], ['end', 3000, 'Go away!'], ['end', 1000, '']]);
  });
  test('nothing is delivered after the page\'s close, not even of the same frame', () => {
    const log = [];
    const session = page.createSession({key: 'K', windowBytes: 1000}, {
      onMessage(data) {
        log.push(data);
        session.close(1000, '');
      }, onWork() {}, onEnd() {}, onLapse() {}
    });
    session.newReader().take('a["x","y"]');
    assert.deepStrictEqual(log, ['x']);
    assert.strictEqual(session.state(), 2);
  });
});

describe('6.8 acknowledgements', () => {
  test('are due after a quarter of the window, each message counted with 48 bytes more', () => {
    const {session} = open({windowBytes: 400});
    const reader = session.newReader();
    reader.take(`a["${'x'.repeat(51)}"]`);
    assert.strictEqual(session.isAcknowledgementDue(), false);
    session.state();
    reader.take(`a["${'x'.repeat(52)}"]`);
    assert.strictEqual(session.isAcknowledgementDue(), true);
  });
  test('wait where mayAcknowledge says so, and so does the A of a carrier, which never goes back', () => {
    let gate = 0;
    const {session, log} = open({mayAcknowledge: () => gate});
    session.newReader().take('a["0","1","2"]');
    assert.deepStrictEqual([session.owesAcknowledgement(), session.state()], [false, 0]);
    const second = session.newReader();
    assert.strictEqual(second.from, 0);
    second.take('a["0","1","2","3"]');
    assert.deepStrictEqual(log.map((entry) => entry[1]), ['0', '1', '2', '3']);
    gate = 2;
    assert.deepStrictEqual([session.owesAcknowledgement(), session.state()], [true, 2]);
    gate = 1;
    assert.strictEqual(session.newReader().from, 2);
    gate = 100;
    assert.strictEqual(session.state(), 4);
  });
});

describe('6.10 the page\'s close', () => {
  test('is the last frame, behind what waits', () => {
    const {session} = open();
    session.send('a');
    session.close(3000, 'b"ye');
    assert.deepStrictEqual([session.isClosing(), session.hasSaidClose()], [true, false]);
    assert.deepStrictEqual(ours(session.takeBatch()), {first: 0, bytes: 1, body: 'a["a"]\nc[3000,"b\\"ye"]', closes: true});
    assert.deepStrictEqual([session.hasSaidClose(), session.isAwaiting()], [true, true]);
    assert.strictEqual(session.takeBatch(), null);
  });
  test('waits for the window', () => {
    const {session} = open({windowBytes: 100});
    sendAll(session, 'x'.repeat(60), 'y');
    session.close(1000, '');
    assert.ok(!session.takeBatch().closes);
    session.acknowledge('1');
    assert.strictEqual(session.takeBatch().body, 'a["y"]\nc[1000,""]');
  });
  test('goes again after a loss', () => {
    const {session} = open();
    session.close(1000, '');
    assert.deepStrictEqual(ours(session.takeBatch()), {first: 0, bytes: 0, body: 'c[1000,""]', closes: true});
    session.rewind();
    assert.deepStrictEqual([session.hasSaidClose(), session.isAwaiting()], [true, false]);
    assert.deepStrictEqual(ours(session.takeFrames(true)), ['c[1000,""]']);
  });
});

describe('going on in another page', () => {
  test('a snapshot is plain JSON and holds all that counts', () => {
    const {session} = open();
    sendAll(session, 'a', bytes(1, 2), '\u20ac');
    session.takeBatch();
    session.acknowledge('1');
    session.newReader().take('a["x","y"]');
    session.state();
    session.newReader().take('a["z"]');
    [1, 2, 3].forEach((number) => assert.strictEqual(session.nextCarrier(), number));
    const snapshot = ours(session.snapshot());
    assert.deepStrictEqual(snapshot, {key: 'KEY', windowBytes: 10000, carrier: 3, received: 3, stated: 2, base: 1,
      messages: [['AQI'], '\u20ac'], closing: null});

    const {session: next, log} = open({snapshot});
    assert.strictEqual(next.key, 'KEY');
    assert.strictEqual(next.waitingBytes(), 5);
    assert.strictEqual(next.nextCarrier(), 4);
    assert.deepStrictEqual(ours(next.takeBatch()), {first: 1, bytes: 5, body: 'bAQI\na["\u20ac"]', closes: false});
    assert.strictEqual(next.send('b'), 3);
    const reader = next.newReader();
    assert.strictEqual(reader.from, 3);
    reader.take('a["w"]');
    assert.deepStrictEqual(log, [[3, 'w']]);
    assert.deepStrictEqual(ours(next.snapshot()).messages, [['AQI'], '\u20ac', 'b']);
  });
  test('a close that was under way is under way there', () => {
    const {session} = open();
    session.close(3001, 'bye');
    session.takeBatch();
    const {session: next} = open({snapshot: ours(session.snapshot())});
    assert.deepStrictEqual([next.isClosing(), next.hasSaidClose()], [true, true]);
    assert.strictEqual(next.takeBatch().body, 'c[3001,"bye"]');
  });
});
