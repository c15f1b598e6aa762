// Which transport carries the session: the order, the time-outs, what is skipped, moving down and up with messages in flight.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {openOver, openPage, openSocket, FakeServer, transports, openIn, outcomes} = require('./support/world.js');

const leaves = {websocket: '/websocket', xhr_stream: '/xhr_streaming', eventsource: '/eventsource', forever_frame: '/htmlfile', xhr_poll: '/xhr', jsonp: '/jsonp'};

/** A network in which the named transports meet a fate. */
function against(fate, ...names) {
  const bad = names.map((name) => leaves[name]);
  return (link) => (bad.includes(link.leaf) ? fate : undefined);
}

const names = (socket) => outcomes(socket).sort();

/** A page whose timers count in 31 bits, as those of browsers: what is more is no time at all. */
const countingLittle = {install: (context) => {
  const {setTimeout} = context;
  context.setTimeout = (work, milliseconds) => setTimeout(work, milliseconds > 2147483647 ? 1 : milliseconds);
}};

/** Notes when each thing happens: [ms since the open request was answered, what]. */
function times(world, socket, server) {
  const log = [];
  const since = world.clock.now + 2 * server.latency;
  socket.onopen = () => log.push([world.clock.now - since, `open over ${socket.transport}`]);
  socket.onmessage = (event) => log.push([world.clock.now - since, event.data]);
  return log;
}

describe('the first connect', () => {
  test('a WebSocket and a poll start at the same moment; where the WebSocket works the socket ends on it at once', () => {
    const {server, socket, log} = openOver(null);
    assert.deepStrictEqual([log, names(socket), server.links.map((link) => link.leaf)],
      [[['open']], ['websocket in use', 'xhr_poll replaced'], ['/open', '/websocket', '/xhr', '/xhr']]);
    assert.strictEqual(socket.transport, 'websocket');
  });
  const dead = {
    'is refused at once': {websocket: 'refuse'}, 'is swallowed without an answer': {websocket: 'swallow'},
    'is accepted, and then silent': {websocket: 'silent'}, 'is accepted, and brings nothing of what the server takes': {websocket: 'mute'}
  };
  Object.keys(dead).forEach((what) => [1, 20, 150].forEach((latency) => {
    test(`a WebSocket that ${what}: open comes one round trip of the poll after the open request (${latency} ms away)`, () => {
      const {world, server, socket} = openIn((link) => dead[what][link.leaf.slice(1)], {server: {latency}});
      const log = times(world, socket, server);
      server.onMessage = (session, message) => session.send(`echo of ${message}`);
      socket.addEventListener('open', () => socket.send('x'));
      world.clock.pass(20000);
      assert.deepStrictEqual(log[0], [2 * latency, 'open over xhr_poll']);
      assert.strictEqual(log[1][1], 'echo of x');
      // Where the server took the silent one for the carrier, that has to be given up first.
      const most = 4 * latency + (dead[what].websocket === 'mute' ? 6 * latency + (latency > 50 ? 8 * latency : 2 * latency + 300) : 0);
      assert.ok(log[1][0] <= most, `the echo came after ${log[1][0]} ms, not ${most}`);
      assert.strictEqual(log.length, 2);
      assert.deepStrictEqual([server.session.received, socket.transport, server.opens], [['x'], 'xhr_stream', 1]);
    });
  }));
  test('6.5 what a poll acknowledged that came after the WebSocket\'s r is acknowledged again: a full window opens at once', () => {
    const {server, log, clock} = openIn(() => undefined);
    server.weather = (link) => {
      if (link.query.get('w') === '0') {
        server.session.send('x'.repeat(600000), 'second');
      }
    };
    clock.pass(200);
    assert.deepStrictEqual(log.map(([type, data]) => data && data.slice(0, 6) || type), ['open', 'xxxxxx', 'second']);
    assert.ok(server.links.some((link) => link.query.get('n') === '2' && link.query.get('a') === '1'), 'it was a poll\'s that came too late');
  });
  test('a poll that pauses before the next one goes on while a WebSocket is tried', () => {
    const {server, socket, clock} = openIn(against('swallow', 'websocket'), {transports: ['websocket', 'xhr_poll'], timeout: 9000});
    const late = [];
    const {weather} = server;
    server.weather = (link) => {
      if (link.leaf === '/xhr') {
        server.later(() => server.session.carrier && server.session.carrier.finish(), 15); // something on the way ends them
      }
      return weather(link);
    };
    socket.onmessage = (event) => late.push(clock.now - Number(event.data));
    for (let i = 0; i < 60; i++) {
      clock.pass(1000);
      server.session.send(String(clock.now));
    }
    clock.pass(3000);
    assert.strictEqual(late.length, 60);
    assert.ok(Math.max(...late) < 3000, late.join());
  });
  [Infinity, 1e10].forEach((timeout) => test(`the option timeout: ${timeout} ms are no less than a browser can count`, () => {
    const {socket, log, clock} = openIn(against('refuse', 'xhr_poll'), {timeout, transports: ['websocket'], page: countingLittle, server: {latency: 100}});
    clock.pass(3000);
    assert.deepStrictEqual([socket.transport, log], ['websocket', [['open']]]);
  }));
  test('streams are tried a second after the poll was the first, beside it', () => {
    const {socket, clock} = openIn(against('refuse', 'websocket'));
    clock.pass(20 + 1000);
    assert.deepStrictEqual([socket.transport, names(socket)], ['xhr_poll', ['websocket failed', 'xhr_poll in use']]);
    clock.pass(100);
    assert.deepStrictEqual([socket.transport, names(socket)], ['xhr_stream', ['websocket failed', 'xhr_poll replaced', 'xhr_stream in use']]);
  });
  transports.forEach((name, index) => test(`${name} is the ${index + 1}. in the order, all in one session`, () => {
    const {server, socket, clock} = openIn(against('refuse', ...transports.slice(0, index)));
    clock.pass(5000);
    const losers = index === 0 ? ['xhr_poll replaced'] : index < 4 ? ['xhr_poll replaced'] : [];
    assert.deepStrictEqual(names(socket), [...transports.slice(0, index).map((before) => before + ' failed'), name + ' in use', ...losers].sort());
    assert.deepStrictEqual([server.opens, socket.transport], [1, name]);
  }));
});

describe('the order of tries', () => {
  test('the page\'s own order counts', () => {
    const {socket} = openOver(null, {socket: {transports: ['xhr_poll', 'websocket']}});
    assert.deepStrictEqual(outcomes(socket), ['xhr_poll in use']);
  });
  test('the option may be one name', () => {
    assert.deepStrictEqual(outcomes(openOver(null, {socket: {transports: 'jsonp'}}).socket), ['jsonp in use']);
  });
  test('what the server\'s answer does not list is skipped, and so is what this copy or this browser does not have', () => {
    const {socket} = openOver(null, {server: {answer: {transports: ['xhr_stream', 'eventsource', 'xhr_poll']}},
      page: {cors: false, eventSource: false}, socket: {transports: ['websocket', 'telegraph', 'eventsource', 'xhr_stream', 'xhr_poll']}});
    assert.deepStrictEqual(outcomes(socket), ['websocket skipped', 'telegraph skipped', 'eventsource skipped', 'xhr_stream skipped', 'xhr_poll in use']);
    const reasons = Array.from(socket.report(), (entry) => entry.reason);
    [/switched off/, /no such transport; it has: websocket,/, /no EventSource/, /only when it has ended/, /through first/].forEach((words, i) => assert.match(reasons[i], words));
  });
  test('none at all: a close that names each and says what to check', () => {
    const {log, clock} = openIn(against('refuse', ...transports));
    clock.pass(5000);
    assert.deepStrictEqual(log.map((entry) => entry[0]), ['error', 'close']);
    assert.match(log[1][2], /^No transport got through to http:\/\/example\.test\/echo\. websocket failed: .*jsonp failed: .*Check that/);
    assert.deepStrictEqual(clock.timers, []);
  });
  test('none named: the close says so', () => {
    const {log, clock} = openIn(() => undefined, {transports: []});
    clock.pass(100);
    assert.match(log[1][2], /The option transports names none/);
  });
});

describe('time-outs', () => {
  test('a WebSocket that is swallowed gets three round trips with 300 ms more each', () => {
    const {socket, clock} = openIn(against('swallow', 'websocket'), {transports: ['websocket', 'xhr_poll']});
    clock.pass(20 + 959);
    assert.deepStrictEqual(outcomes(socket), ['xhr_poll in use']);
    clock.pass(1);
    assert.deepStrictEqual(outcomes(socket), ['xhr_poll in use', 'websocket timed out']);
    assert.match(socket.report()[1].reason, /^there was no answer within 960 ms/);
    assert.strictEqual(socket.report()[1].milliseconds, 960);
  });
  test('one that is accepted gets one of these from then on', () => {
    const {socket, clock} = openIn(against('silent', 'websocket'), {transports: ['websocket', 'xhr_poll']});
    clock.pass(20 + 20 + 319);
    assert.deepStrictEqual(outcomes(socket), ['xhr_poll in use']);
    clock.pass(1);
    assert.deepStrictEqual(outcomes(socket), ['xhr_poll in use', 'websocket timed out']);
    assert.match(socket.report()[1].reason, /^it was accepted, but there was no answer within 320 ms/);
  });
  ['swallow', 'silent'].forEach((fate) => test(`the option timeout is the least that a try gets (${fate})`, () => {
    const {socket, clock} = openIn(against(fate, 'websocket'), {transports: ['websocket', 'xhr_poll'], timeout: 4000});
    clock.pass(20 + 3999);
    assert.deepStrictEqual(outcomes(socket), ['xhr_poll in use']);
    clock.pass(1);
    assert.deepStrictEqual(outcomes(socket), ['xhr_poll in use', 'websocket timed out']);
  }));
  test('the last gets 8 s', () => {
    const {log, clock} = openIn(against('swallow', 'xhr_poll'), {transports: ['xhr_poll']});
    clock.pass(20 + 7999);
    assert.deepStrictEqual(log, []);
    clock.pass(1);
    assert.deepStrictEqual(log.map((entry) => entry[0]), ['error', 'close']);
  });
  test('a stream gets 3 s at most, however far away the server is', () => {
    const {server, socket, clock} = openIn(against('swallow', 'xhr_stream'), {transports: ['xhr_stream', 'xhr_poll'], server: {latency: 500}});
    clock.pass(1000 + 1000 + 1000 + 2000); // the opening, the poll, the pause before the stream, its time
    assert.match(server.links.at(-1).leaf, /xhr_streaming/);
    clock.pass(999);
    assert.deepStrictEqual(server.links.at(-1).leaf, '/xhr_streaming');
    clock.pass(1);
    assert.deepStrictEqual(outcomes(socket), ['xhr_poll in use', 'xhr_stream timed out']);
  });
});

describe('something on the way that holds responses back', () => {
  ['xhr_stream', 'eventsource', 'forever_frame'].forEach((name) => test(`is noticed under ${name}: an overlapping poll takes over, nothing is lost`, () => {
    const {server, socket, log, clock} = openIn(against('hold', 'xhr_stream', 'eventsource', 'forever_frame'), {transports: [name, 'xhr_poll']});
    clock.pass(1100);
    server.session.send('a', 'b');
    clock.pass(3500);
    assert.deepStrictEqual(log, [['open'], ['message', 'a'], ['message', 'b']]);
    assert.deepStrictEqual(outcomes(socket), [`${name} timed out`, 'xhr_poll in use']);
    assert.match(socket.report()[0].reason, /something on the way may hold it back/);
    const polls = server.links.filter((link) => link.leaf === '/xhr').map((link) => link.url.replace(/.*\?/, ''));
    assert.deepStrictEqual(polls.slice(0, 3), ['n=1&a=0&w=0&x=1', 'n=2&a=0&x=1', 'n=4&a=0&w=0&x=1']); // the stream had number 3
  }));
  test('leaves the other streams untried, and the poll serves', () => {
    const {socket, clock} = openIn((link) => (link.leaf === '/websocket' ? 'refuse' : against('hold', 'xhr_stream', 'eventsource')(link)));
    clock.pass(5000);
    assert.deepStrictEqual(outcomes(socket),
      ['websocket failed', 'xhr_stream timed out', 'eventsource skipped', 'forever_frame skipped', 'xhr_poll in use']);
  });
});

describe('downwards', () => {
  transports.slice(0, -1).forEach((name, index) => test(`where ${name} does not get through any more, the next goes on`, () => {
    const below = transports[index + 1];
    const {server, session, socket, log, clock} = openOver(null, {socket: {transports: [name, below]}});
    ['a', 'b'].forEach((message) => socket.send(message));
    session.send('x', 'y');
    clock.pass(15);
    server.weather = against('refuse', name);
    server.cutAll();
    socket.send('c');
    session.send('z');
    clock.pass(5000);
    assert.deepStrictEqual([session.received, socket.transport, server.opens], [['a', 'b', 'c'], below, 1]);
    assert.deepStrictEqual(log.filter(([type]) => type === 'message').map((entry) => entry[1]), ['x', 'y', 'z']);
    assert.deepStrictEqual(log.filter(([type]) => type !== 'message'), [['open'], ['interrupt'], ['resume']]);
  }));
  test('a transport that breaks off again and again gives way to the next', () => {
    const {server, socket, clock} = openOver(null, {socket: {transports: ['websocket', 'xhr_poll']}});
    for (let i = 0; i < 3; i++) {
      server.cutAll();
      clock.pass(1000);
    }
    assert.strictEqual(socket.transport, 'xhr_poll');
  });
  test('so does one beside which sends fail', () => {
    const {server, session, socket, clock} = openOver(null, {socket: {transports: ['xhr_poll', 'jsonp']}});
    server.weather = (link) => (link.leaf === '/xhr_send' ? 503 : undefined);
    socket.send('x');
    clock.pass(3000);
    assert.deepStrictEqual([socket.transport, session.received], ['jsonp', ['x']]);
  });
});

describe('upwards', () => {
  [1, 2, 3, 4, 5].forEach((index) => test(`from ${transports[index]} to websocket, when that works later, with messages in flight`, () => {
    const {server, socket, log, clock} = openIn(against('refuse', 'websocket'), {transports: ['websocket', transports[index]]});
    clock.pass(5000);
    assert.strictEqual(socket.transport, transports[index]);
    server.weather = () => undefined;
    const sent = [];
    for (let i = 0; i < 1000; i++) {
      sent.push(String(i));
      socket.send(String(i));
      server.session.send(String(i));
      clock.pass(10);
    }
    clock.pass(1000);
    assert.deepStrictEqual([server.session.received, log.filter(([type]) => type === 'message').map((entry) => entry[1])], [sent, sent]);
    assert.deepStrictEqual([socket.transport, log.filter(([type]) => type !== 'message'), server.opens], ['websocket', [['open']], 1]);
    assert.deepStrictEqual(outcomes(socket), [`${transports[index]} replaced`, 'websocket in use']);
  }));
  test('6.6.4 the carrier at work serves while a WebSocket is tried, which joins only when it is open', () => {
    const {server, socket, log, clock} = openIn(against('swallow', 'websocket'), {transports: ['websocket', 'xhr_stream']});
    clock.pass(2000);
    const carriers = server.session.carriers.length;
    for (let i = 0; i < 600; i++) {
      server.session.send(String(i));
      clock.pass(100);
    }
    assert.ok(server.links.filter((link) => link.leaf === '/websocket').length >= 3);
    assert.deepStrictEqual([server.session.carriers.length, socket.transport], [carriers, 'xhr_stream']);
    assert.strictEqual(log.filter(([type]) => type === 'message').length, 600);
  });
  test('tries come after 10 s, then at intervals that double up to 5 min', () => {
    const {server, clock} = openIn(against('refuse', 'websocket'), {transports: ['websocket', 'xhr_poll']});
    const times = [];
    const weather = server.weather;
    server.weather = (link) => {
      if (link.leaf === '/websocket') {
        times.push(clock.now);
      }
      return weather(link);
    };
    for (let i = 0; i < 200; i++) {
      clock.pass(10000);
      server.heartbeat();
    }
    const gaps = times.slice(1).map((time, i) => Math.round((time - times[i]) / 1000));
    assert.deepStrictEqual(gaps.slice(0, 7), [10, 20, 40, 80, 160, 300, 300]);
  });
  test('and at once when the network is back', () => {
    const {world, server, socket, clock} = openIn(against('refuse', 'websocket'), {transports: ['websocket', 'xhr_poll']});
    clock.pass(2000);
    server.weather = () => undefined;
    world.tellPage('window', 'online');
    clock.pass(2000);
    assert.strictEqual(socket.transport, 'websocket');
  });
  test('a stream that is still held back on the way up gives back to the poll, without an interrupt', () => {
    const {server, socket, log, clock} = openIn(against('hold', 'xhr_stream'), {transports: ['xhr_stream', 'xhr_poll']});
    clock.pass(5000);
    for (let i = 0; i < 300; i++) {
      server.session.send(String(i));
      clock.pass(100);
    }
    assert.strictEqual(server.links.filter((link) => link.leaf === '/xhr_streaming').length, 3);
    clock.pass(5000);
    assert.deepStrictEqual([socket.transport, log.filter(([type]) => type !== 'message')], ['xhr_poll', [['open']]]);
    assert.strictEqual(log.length, 301);
  });
  ['xhr_poll', 'jsonp'].forEach((name) => {
    test(`${name} goes on receiving while a WebSocket is tried that nothing comes of`, () => {
      const {server, log, clock} = openIn(against('swallow', 'websocket'), {transports: ['websocket', name]});
      clock.pass(9500);
      for (let sent = 1; sent <= 50; sent++) {
        server.session.send(String(sent));
        clock.pass(100);
        assert.deepStrictEqual(log.slice(1).map((entry) => entry[1]), Array.from({length: sent}, (unused, i) => String(i + 1)));
      }
      assert.ok(server.links.filter((link) => link.leaf === '/websocket').length >= 2, 'it was tried');
    });
  });
  test('6.6.1 a poll that the WebSocket has overtaken does not take the session back', () => {
    const {server, socket, log, clock} = openIn(against('refuse', 'websocket'), {transports: ['websocket', 'xhr_poll']});
    const {length} = server.links;
    clock.pass(1000);
    let left = 1;
    server.weather = (link) => (link.leaf === '/xhr' && server.live('/websocket').length > 0 && left-- > 0 ? 409 : undefined);
    for (let i = 0; i < 30000 && server.live('/websocket').length === 0; i++) {
      clock.pass(1);
    }
    clock.pass(2);
    server.session.send('a');
    clock.pass(200);
    assert.ok(server.links.slice(length).some((link) => link.fate === 409), 'one was overtaken');
    assert.strictEqual(server.links.filter((link) => link.leaf === '/websocket').length, 2);
    server.session.send('b');
    clock.pass(200);
    assert.deepStrictEqual([socket.transport, log], ['websocket', [['open'], ['message', 'a'], ['message', 'b']]]);
  });
});

describe('responses that end in order', () => {
  ['xhr_stream', 'eventsource', 'forever_frame'].forEach((name) => test(`${name} is opened again with the next number`, () => {
    const {server, session, log, clock} = openOver(name, {server: {limit: 100}});
    for (let i = 0; i < 50; i++) {
      session.send('x'.repeat(40));
      clock.pass(50);
    }
    clock.pass(500);
    assert.strictEqual(log.length, 51);
    assert.ok(server.links.filter((link) => link.leaf === leaves[name]).length > 10);
    assert.deepStrictEqual(log.filter(([type]) => type === 'interrupt'), []);
  }));
  test('where they end at once and bring nothing, they follow each other with pauses', () => {
    const {server, clock} = openOver('xhr_stream', {server: {limit: 1}});
    const before = server.links.length;
    clock.pass(20000);
    assert.ok(server.links.length - before < 30, `${server.links.length - before} requests in 20 s`);
  });
});

describe('a stream that is cut into pieces', () => {
  const stream = 'h'.repeat(20) + '\nk0\na["one","tw\u00f6"]\nh\nbAAEC\na["\u65e5\u672c"]\n';
  const expected = [['open'], ['message', 'one'], ['message', 'tw\u00f6'], ['message', [0, 1, 2]], ['message', '\u65e5\u672c']];
  function run(pieces) {
    const world = openPage({binary: true});
    const server = new FakeServer(world);
    const request = server.request.bind(server);
    world.onRequest = (xhr) => (/xhr_streaming/.test(xhr.url) ? pieces.forEach((piece, i) => world.clock.set(() => xhr.progress(piece), i + 1)) : request(xhr));
    const {log} = openSocket(world, {transports: ['xhr_stream']});
    world.clock.pass(100);
    return log;
  }
  test('at any two places', () => {
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second += 3) {
        assert.deepStrictEqual(run([stream.slice(0, first), stream.slice(first, second), stream.slice(second)].filter((piece) => piece !== '')), expected);
      }
    }
  });
  test('one that ends in the middle of a frame is lost, and the next brings that frame', () => {
    const {session, log, clock, world} = openOver('xhr_stream');
    const xhr = world.requests.find((request) => /xhr_streaming/.test(request.url));
    session.down.push('whole');
    session.detach(session.carrier);
    xhr.end('a["who');
    clock.pass(1000);
    assert.deepStrictEqual(log, [['open'], ['interrupt'], ['resume'], ['message', 'whole']]);
  });
  ['xhr_streaming', 'xhr'].forEach((leaf) => test(`6.6.3 a ${leaf} that is answered by something on the way proves nothing: the next transport is tried, and then the page hears of open`, () => {
    const world = openPage();
    const server = new FakeServer(world);
    const request = server.request.bind(server);
    world.onRequest = (xhr) => (xhr.url.includes(`/${leaf}?`) ? world.clock.set(() => xhr.end('<p>\nblocked\n</p>\n', 200), 10) : request(xhr));
    const {socket, log} = openSocket(world, {transports: leaf === 'xhr' ? ['xhr_poll', 'xhr_stream'] : ['xhr_stream', 'xhr_poll']});
    world.clock.pass(1500);
    assert.deepStrictEqual([log, names(socket).map((words) => words.split(' ')[1]).sort()], [[['open']], ['failed', 'in']]);
    assert.match(Array.from(socket.report()).find((entry) => entry.outcome === 'failed').reason, /^what came first \("<p>"\) is not the server's/);
  }));
  test('damaged data costs the carrier, not the session', () => {
    const {session, log, clock, world} = openOver('xhr_stream');
    session.down.push('whole');
    world.requests.find((request) => /xhr_streaming/.test(request.url)).progress('a["wh\u0000le"]\n');
    clock.pass(1000);
    assert.deepStrictEqual(log, [['open'], ['interrupt'], ['resume'], ['message', 'whole']]);
  });
});
