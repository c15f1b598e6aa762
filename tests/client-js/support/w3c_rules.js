// The rules of the W3C's WebSocket interface as tables, for the facade in a fake world (w3c.test.js) and for the facade and the native
// socket side by side in a browser (tests/e2e/w3c.test.js). `$` stands for the host of the page, whose address is http://$/echo.
'use strict';

const x = (length) => 'x'.repeat(length);

/** What is given to the constructor, and the `url` of the socket or the exception's name. Both of arguments are JSON. */
const constructorRules = [
  [[], 'TypeError'],
  [['ws://$/echo'], 'ws://$/echo'], [['WS://$/Echo'], 'ws://$/Echo'], [['wss://$/echo'], 'wss://$/echo'],
  [['http://$/echo'], 'ws://$/echo'], [['https://$/echo'], 'wss://$/echo'],
  [['ws://$'], 'ws://$/'], [['ws://$?a=b'], 'ws://$/?a=b'], [['/'], 'ws://$/'], [['/a/b?c=d'], 'ws://$/a/b?c=d'], [['a'], 'ws://$/a'],
  [['?a=b'], 'ws://$/echo?a=b'], [[''], 'ws://$/echo'], [['//$/x'], 'ws://$/x'], [['../../x'], 'ws://$/x'],
  [['ws://$/a/./b/../c/'], 'ws://$/a/c/'], [['ws://$/a/..'], 'ws://$/'],
  [['ws://$/a b'], 'ws://$/a%20b'], [['ws://$/\u00e9?\u20ac'], 'ws://$/%C3%A9?%E2%82%AC'], [['ws://$/%41%2e'], 'ws://$/%41%2e'],
  [['ws://$/\ud800'], 'ws://$/%EF%BF%BD'], [['ws://$/a\tb\nc'], 'ws://$/abc'], [['\u0000 ws://$/echo \n'], 'ws://$/echo'],
  [['ws://me@$/echo'], 'ws://me@$/echo'], [['ws://h:80/'], 'ws://h/'], [['wss://h:443/'], 'wss://h/'], [['ws://h:443/'], 'ws://h:443/'],
  [['ws://H.Test:/'], 'ws://h.test/'], [['ws://[::1]:81/'], 'ws://[::1]:81/'],
  [[null], 'ws://$/null'], [[5], 'ws://$/5'],
  [['ws://$/echo#'], 'SyntaxError'], [['ws://$/echo#x'], 'SyntaxError'], [['#x'], 'SyntaxError'], [['/echo#'], 'SyntaxError'],
  [['ftp://$/'], 'SyntaxError'], [['mailto:x'], 'SyntaxError'], [['javascript:x'], 'SyntaxError'], [['about:blank'], 'SyntaxError'],
  [['ws://'], 'SyntaxError'], [['http://'], 'SyntaxError'], [['ws://h:65536/'], 'SyntaxError'],
  [['ws://h:x/'], 'SyntaxError'], [['ws://[::1'], 'SyntaxError'], [['ws://a%b/'], 'SyntaxError'], [['ws://a<b/'], 'SyntaxError'],
  ...['a', 'a.b-c', '!#$%&\'*+-.^_`|~09azAZ', [], ['a'], ['a', 'b'], ['a', 'A']].map((protocols) => [['ws://$/echo', protocols], 'ws://$/echo']),
  ...['', ' ', 'a b', 'a,b', 'a\t', '\u00e9', 'a\u0000', '\u007f', [''], ['a', ''], ['a', 'a'], ['a', 'b', 'a'], ...'()<>@;:\\"/[]?={}']
    .map((protocols) => [['ws://$/echo', protocols], 'SyntaxError']),
  [['ws://$/echo#', 'a b'], 'SyntaxError']
];

/** What is given to close(), and the exception's name or ''. */
const closeRules = [
  [[], ''], [[1000], ''], [[3000], ''], [[4999], ''], [['1000'], ''], [['3e3'], ''], [[1000, ''], ''], [[1000, null], ''], [[3000, 5], ''],
  ...[0, -1, 1, 999, 1001, 1005, 1006, 1015, 2999, 5000, 65535, 66536, 1e10, null, true, false, '', 'x', [], {}].map((code) => [[code], 'InvalidAccessError']),
  [[1000.4], ''], [[1000.5], ''], [[999.4], 'InvalidAccessError'], [[2999.4], 'InvalidAccessError'], [[4999.4], ''],
  [[1000, x(123)], ''], [[1000, x(124)], 'SyntaxError'], [[1000, '\u20ac'.repeat(41)], ''], [[1000, '\u20ac'.repeat(42)], 'SyntaxError'],
  [[1000, '\u{1f600}'.repeat(30)], ''], [[1000, '\u{1f600}'.repeat(31)], 'SyntaxError'],
  [[1000, '\ud800'.repeat(41)], ''], [[1000, '\udc00'.repeat(42)], 'SyntaxError'],
  [[999, x(124)], 'InvalidAccessError'], [[1000, '\u00e9'.repeat(62)], 'SyntaxError']
];

/** The same where WebIDL has codes rounded and undefined taken for missing; Chromium 156 cuts, and takes undefined before a reason for 0. */
const closeRulesOfStandard = [
  [[999.5], ''], [[1000.6], 'InvalidAccessError'], [[2999.5], ''], [[4999.5], 'InvalidAccessError'], [[undefined, 'why'], ''],
  [[undefined, x(124)], 'SyntaxError']
];

/**
 * What sockets do: [what, work(WebSocket, at, done, args), expected, {args, accessors, holds, echoes}]. work() is all by itself, so that it can be sent
 * to a page; done() gets what is to be seen. `at` has the addresses echo, protocols (an echo that speaks "b" and "a"), goodbye (which closes with
 * 3000, "Go away!") and nothing, and Blob where it is not the global one. `accessors` says that it needs these,
 * `holds` that a native socket has to hold what is sent, `echoes` that the server has to give the reason of a close back.
 */
const behaviour = [
  ['constants are on the constructor, the prototype and each socket', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    done([WebSocket, WebSocket.prototype, socket].map((one) => [one.CONNECTING, one.OPEN, one.CLOSING, one.CLOSED]));
    socket.close();
  }, [[0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]]],
  ['a constructor without new is a TypeError', (WebSocket, at, done) => {
    try {
      WebSocket(at.echo);
    } catch (error) {
      done(error.name);
    }
  }, 'TypeError'],
  ['what a socket shows at first', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    done([socket.url, socket.readyState, socket.bufferedAmount, socket.extensions, socket.protocol, socket.binaryType,
      socket.onopen, socket.onmessage, socket.onerror, socket.onclose, socket instanceof WebSocket].map((value) => (value === at.echo ? 'echo' : value)));
    socket.close();
  }, ['echo', 0, 0, '', '', 'blob', null, null, null, null, true]],
  ['attributes cannot be overwritten', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const names = ['url', 'readyState', 'bufferedAmount', 'extensions', 'protocol'];
    done(names.map((name) => [Reflect.set(socket, name, 'mine'), socket[name] === 'mine', name in WebSocket.prototype]));
    socket.close();
  }, Array(5).fill([false, false, true]), {accessors: true}],
  ['binaryType takes what it knows, and nothing else', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    done(['arraybuffer', 'text', '', null, 'Blob', 'blob', 'x'].map((value) => {
      socket.binaryType = value;
      return socket.binaryType;
    }));
    socket.close();
  }, ['arraybuffer', 'arraybuffer', 'arraybuffer', 'arraybuffer', 'arraybuffer', 'blob', 'blob'], {accessors: true}],
  ['handlers are functions, objects or null', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const given = [() => {}, {}, 5, 'x', undefined, null, true];
    done(given.map((value) => {
      socket.onopen = value;
      return socket.onopen === value ? 'same' : socket.onopen;
    }));
    socket.close();
  }, ['same', 'same', null, null, null, 'same', null], {accessors: true}],
  ['the life of a socket: states and events', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const log = [];
    ['open', 'message', 'error', 'close'].forEach((type) => {
      socket['on' + type] = (event) => log.push([event.type, socket.readyState, event.target === socket, event.currentTarget === socket,
        event.eventPhase, event.bubbles, event.cancelable, event.defaultPrevented, typeof event.timeStamp]);
    });
    socket.addEventListener('open', () => socket.send('x'));
    socket.addEventListener('message', () => {
      socket.close(3001, 'enough');
      log.push(socket.readyState);
    });
    socket.addEventListener('close', () => done(log));
  }, [['open', 1, true, true, 2, false, false, false, 'number'], ['message', 1, true, true, 2, false, false, false, 'number'], 2,
    ['close', 3, true, true, 2, false, false, false, 'number']]],
  ['an event keeps its target when it is over', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    let kept;
    socket.onopen = (event) => {
      kept = event;
      socket.close();
    };
    socket.onclose = () => done([kept.target === socket, kept.currentTarget, kept.eventPhase]);
  }, [true, null, 0]],
  ['the fields of a message event', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    socket.onopen = () => socket.send('x');
    socket.onmessage = (event) => {
      done([event.data, event.origin === at.echo.replace(/^(ws:..[^/]*).*/, '$1'), event.lastEventId, event.source, event.ports.length]);
      socket.close();
    };
  }, ['x', true, '', null, 0]],
  ['text that is sent comes back as a string', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const given = ['text', '', 5, null, undefined, true, {}, [1, 2], '\u{1f600}', 'a\ud83d', '\ude00b', '\u0000\u2028\ufeff"\\\r\n',
      {toString: () => 'mine', valueOf: () => 'not mine'}];
    const got = [];
    socket.onopen = () => given.forEach((value) => socket.send(value));
    socket.onmessage = (event) => {
      if (got.push(event.data) === given.length) {
        done(got);
        socket.close();
      }
    };
  }, ['text', '', '5', 'null', 'undefined', 'true', '[object Object]', '1,2', '\u{1f600}', 'a\ufffd', '\ufffdb', '\u0000\u2028\ufeff"\\\r\n', 'mine']],
  ['bytes that are sent come back as ArrayBuffers', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const all = Uint8Array.of(0, 128, 255, 10);
    const given = [all.buffer, all, all.subarray(1, 3), new Uint16Array([258]), new DataView(all.buffer, 2, 1), new ArrayBuffer(0), new (at.Blob || Blob)([all])];
    const got = [];
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => given.forEach((value) => socket.send(value));
    socket.onmessage = (event) => {
      if (got.push([event.data instanceof ArrayBuffer, Array.from(new Uint8Array(event.data))]) === given.length) {
        done(got);
        socket.close();
      }
    };
  }, [[0, 128, 255, 10], [0, 128, 255, 10], [128, 255], [2, 1], [255], [], [0, 128, 255, 10]].map((bytes) => [true, bytes])],
  ['bytes come as Blobs where nothing else is said', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    socket.onopen = () => socket.send(Uint8Array.of(1, 2, 3));
    socket.onmessage = (event) => {
      done([event.data instanceof (at.Blob || Blob), event.data.size]);
      socket.close();
    };
  }, [true, 3]],
  ['send while connecting: what is no text is said first', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const tries = [[], [Symbol('x')], ['x'], [new ArrayBuffer(1)], [{toString() {
      throw new RangeError('mine');
    }}]];
    done(tries.map((args) => {
      try {
        socket.send(...args);
        return 'sent';
      } catch (error) {
        return [error.name, error.code];
      }
    }));
    socket.close();
  }, [['TypeError', null], ['TypeError', null], ['InvalidStateError', 11], ['InvalidStateError', 11], ['RangeError', null]]],
  ['exceptions have the codes of their names', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const tries = [() => new WebSocket('/#'), () => new WebSocket('/', ' '), () => socket.close(1), () => socket.close(1000, 'x'.repeat(124))];
    done(tries.map((work) => {
      try {
        work();
        return 'fine';
      } catch (error) {
        return [error.name, error.code, String(error).startsWith(error.name + ': ')];
      }
    }));
    socket.close();
  }, [['SyntaxError', 12, true], ['SyntaxError', 12, true], ['InvalidAccessError', 15, true], ['SyntaxError', 12, true]]],
  ['close while connecting: CLOSING at once, then error and close with 1006', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const log = [];
    ['open', 'error', 'close'].forEach((type) => socket.addEventListener(type, (event) => log.push([type, socket.readyState, event.code, event.wasClean])));
    socket.addEventListener('close', () => done(log));
    socket.close(3001, 'mine');
    log.push(socket.readyState);
  }, [2, ['error', 3, null, null], ['close', 3, 1006, false]]],
  ['a server that is not there: error, then close with 1006', (WebSocket, at, done) => {
    const socket = new WebSocket(at.nothing);
    const log = [];
    ['open', 'error', 'close'].forEach((type) => socket.addEventListener(type, (event) => log.push([type, socket.readyState, event.code, event.wasClean])));
    socket.addEventListener('close', () => done(log));
  }, [['error', 3, null, null], ['close', 3, 1006, false]]],
  ...[[[], [1005, '', true]], [[1000], [1000, '', true]], [[3001, 'enough \u20ac'], [3001, 'enough \u20ac', true]], [[4999, ''], [4999, '', true]],
    [[1000, 'a\ud800'], [1000, 'a\ufffd', true]]]
    .map(([args, expected]) => [`close(${args.map((arg) => JSON.stringify(arg)).join(', ')}) comes back in the close event`, (WebSocket, at, done, given) => {
      const socket = new WebSocket(at.echo);
      socket.onopen = () => socket.close(...given);
      socket.onclose = (event) => done([event.code, event.reason, event.wasClean]);
    }, expected, {args, echoes: true}]),
  ['a close by the server', (WebSocket, at, done) => {
    const socket = new WebSocket(at.goodbye);
    const log = [];
    ['open', 'error', 'close'].forEach((type) => socket.addEventListener(type, (event) => log.push([type, socket.readyState, event.code, event.reason,
      event.wasClean])));
    socket.addEventListener('close', () => done(log));
  }, [['open', 1, null, null, null], ['close', 3, 3000, 'Go away!', true]]],
  ['close() again changes nothing, but looks at its arguments', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const log = [];
    const again = () => {
      socket.close(4000, 'again');
      try {
        socket.close(1);
      } catch (error) {
        log.push(error.name);
      }
    };
    socket.onopen = () => {
      socket.close(3001, 'first');
      again();
    };
    socket.onclose = (event) => {
      again();
      log.push([event.code, socket.readyState]);
      done(log);
    };
  }, ['InvalidAccessError', 'InvalidAccessError', [3001, 3]]],
  ['what is sent before close() arrives, what is sent behind it only counts', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const log = [];
    socket.onopen = () => {
      socket.send('before');
      socket.close();
      const held = socket.bufferedAmount;
      socket.send('\u20ac');
      socket.send(new Uint8Array(4));
      socket.send('');
      log.push(socket.bufferedAmount - held);
    };
    socket.onclose = () => {
      const held = socket.bufferedAmount;
      socket.send('12345');
      log.push(held >= 7, socket.bufferedAmount - held);
      done(log);
    };
  }, [7, true, 5]],
  ['no message comes behind close()', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    let messages = 0;
    socket.onopen = () => ['a', 'b', 'c'].forEach((message) => socket.send(message));
    socket.onmessage = () => {
      messages++;
      socket.close();
    };
    socket.onclose = () => done(messages);
  }, 1],
  ['bufferedAmount grows with send and not before', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    socket.onopen = () => {
      const before = socket.bufferedAmount;
      socket.send('x'.repeat(1000));
      done([before, socket.bufferedAmount >= 1000]);
      socket.close();
    };
  }, [0, true], {holds: true}],
  ['listeners: order, once, duplicates, objects, those that are taken away and added meanwhile', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const log = [];
    const note = (name) => () => log.push(name);
    const twice = note('twice');
    const gone = note('gone');
    const object = {handleEvent() {
      log.push('object', this === object);
    }};
    socket.addEventListener('open', twice);
    socket.addEventListener('open', twice);
    socket.addEventListener('open', twice, false);
    socket.addEventListener('open', twice, true);
    socket.addEventListener('open', object, {});
    socket.addEventListener('open', null);
    socket.addEventListener('open', () => {
      log.push('takes away');
      socket.removeEventListener('open', gone);
      socket.addEventListener('open', note('late'));
    }, {once: true});
    socket.addEventListener('open', gone);
    socket.addEventListener('open', note('captures'), {capture: true});
    socket.addEventListener('open', note('last'));
    socket.removeEventListener('open', note('last'));
    socket.removeEventListener('message', twice);
    socket.addEventListener('open', () => {
      done(log);
      socket.close();
    });
  }, ['twice', 'twice', 'object', true, 'takes away', 'captures', 'last']],
  ['a handler is called where it was set', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const log = [];
    socket.addEventListener('open', () => log.push('first'));
    socket.onopen = () => log.push('replaced');
    socket.addEventListener('open', () => log.push('second'));
    socket.onopen = () => log.push('handler');
    socket.onmessage = () => log.push('taken away');
    socket.addEventListener('message', () => log.push('message'));
    socket.onmessage = null;
    socket.onmessage = () => {
      log.push('set again');
      done(log);
      socket.close();
    };
    socket.addEventListener('open', () => socket.send('x'));
  }, ['first', 'handler', 'second', 'message', 'set again'], {accessors: true}],
  ['a handler is called with the socket as this, and stopImmediatePropagation stops', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const log = [];
    socket.onopen = function (event) {
      log.push(this === socket);
      event.stopImmediatePropagation();
      socket.close();
    };
    socket.addEventListener('open', () => log.push('stopped'));
    socket.onclose = () => done(log);
  }, [true]],
  ['listeners that are none are a TypeError, types are strings', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const tries = [[], ['x'], ['x', 5], ['x', 'y'], ['x', null], ['x', undefined], [5, () => {}]];
    done(['addEventListener', 'removeEventListener'].map((name) => tries.map((args) => {
      try {
        return socket[name](...args) === undefined;
      } catch (error) {
        return error.name;
      }
    })));
    socket.close();
  }, Array(2).fill(['TypeError', 'TypeError', 'TypeError', 'TypeError', true, true, true])],
  ['a page may send, close and make sockets from inside of its handlers, and throw', (WebSocket, at, done) => {
    const socket = new WebSocket(at.echo);
    const log = [];
    socket.onopen = () => {
      socket.send('a');
      throw new Error('thrown by a test');
    };
    socket.onmessage = (event) => {
      log.push(event.data);
      const inner = new WebSocket(at.echo);
      inner.onopen = () => inner.close(3002);
      inner.onclose = (end) => {
        log.push(end.code);
        socket.close(3001);
      };
      throw new Error('thrown by a test');
    };
    socket.addEventListener('message', () => log.push('beside'));
    socket.onclose = (event) => {
      log.push(event.code);
      done(log);
    };
  }, ['a', 'beside', 3002, 3001]],
  ['a class may extend it', (WebSocket, at, done) => {
    class Mine extends WebSocket {
      say(what) {
        this.send(what);
      }
    }
    const socket = new Mine(at.echo);
    socket.onopen = () => socket.say('mine');
    socket.onmessage = (event) => {
      done([event.data, socket instanceof Mine, socket instanceof WebSocket]);
      socket.close();
    };
  }, ['mine', true, true]],
  ['the first sub-protocol that both know is protocol', (WebSocket, at, done) => {
    const socket = new WebSocket(at.protocols, ['unknown', 'b', 'a']);
    socket.onopen = () => {
      done(socket.protocol);
      socket.close();
    };
  }, 'b'],
  ['where there is none that both know, the socket does not open', (WebSocket, at, done) => {
    const socket = new WebSocket(at.protocols, 'unknown');
    const log = [];
    ['open', 'error', 'close'].forEach((type) => socket.addEventListener(type, (event) => log.push([type, event.code, socket.protocol])));
    socket.addEventListener('close', () => done(log));
  }, [['error', null, ''], ['close', 1006, '']]]
];

module.exports = {behaviour, closeRules, closeRulesOfStandard, constructorRules};
