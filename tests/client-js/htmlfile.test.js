// The endless frame in an htmlfile.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {fakeActiveX} = require('./support/old_ways.js');
const {openPage, openSocket, FakeServer} = require('./support/world.js');

const messages = (log) => log.filter(([type]) => type === 'message').map((entry) => entry[1]);
const all = ['', 'x', '\u20ac \u{1f600} \u0000 \u2028 % # & + " \\ \r\n', 'y'.repeat(5000), '%41'];

describe('the endless frame in an htmlfile', () => {
  function openInFile(options) {
    const tried = [];
    const world = openPage({document: true, cors: false, webSocket: false, install: (context, itself) => {
      Object.assign(itself, {context, files: [], collected: 0});
      context.document.domain = context.location.hostname = 'example.test';
      context.ActiveXObject = fakeActiveX(itself, context, ['htmlfile'], tried);
      context.CollectGarbage = () => itself.collected++;
    }});
    const server = new FakeServer(world, options);
    const {socket, log} = openSocket(world, {transports: ['forever_frame']});
    world.clock.pass(200);
    return {world, server, socket, log, session: server.session, clock: world.clock};
  }
  test('carries messages, says what domain it is of, and hands over the page\'s Encke', () => {
    const {world, session, socket, log, clock} = openInFile();
    all.forEach((text) => {
      socket.send(text);
      session.send(text);
    });
    clock.pass(1000);
    assert.deepStrictEqual([session.received, messages(log)], [all, all]);
    assert.strictEqual(world.files[0].parentWindow.Encke, world.Encke);
    assert.strictEqual(world.files[0].written, '<html><body><script>document.domain="example.test";</script></body></html>');
    assert.deepStrictEqual(world.document.body.children, []);
  });
  test('a response that has ended is given up and its memory asked for, before the next', () => {
    const {world, server, session, log, clock} = openInFile({limit: 10});
    session.send('a');
    clock.pass(500);
    session.send('b');
    clock.pass(500);
    assert.deepStrictEqual(messages(log), ['a', 'b']);
    assert.ok(world.files.length >= 2, `${world.files.length} htmlfiles`);
    assert.strictEqual(world.collected, world.files.length - 1);
    assert.strictEqual(server.live('/htmlfile').length, 1);
  });
  test('what a frame brings is taken in a turn of the page\'s own; in a hidden page, whose timers are late, at once', () => {
    const {world, log, clock} = openInFile();
    const frame = Object.values(world.Encke.calls).find((call) => call.message);
    frame.message('a["later"]');
    assert.deepStrictEqual(messages(log), []);
    clock.pass(1);
    assert.deepStrictEqual(messages(log), ['later']);
    frame.message('a["before"]');
    world.document.visibilityState = 'hidden';
    frame.message('a["at once"]');
    assert.deepStrictEqual(messages(log), ['later', 'before', 'at once']);
  });
  test('closing leaves nothing', () => {
    const {world, server, socket, clock} = openInFile();
    socket.close();
    clock.pass(6000);
    assert.deepStrictEqual([server.live('/htmlfile').length, world.collected, clock.timers], [0, 1, []]);
  });
});
