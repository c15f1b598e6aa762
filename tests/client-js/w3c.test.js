// The W3C's rules (support/w3c_rules.js) on the facade in a fake world: with accessors and the browser's own URL, and in a browser that has
// neither. tests/e2e/w3c.test.js has the same tables on a native socket.
'use strict';
const assert = require('node:assert');
const {describe, test} = require('node:test');
const {FakeBlob, FakeServer, openPage, transports} = require('./support/world.js');
const {behaviour, closeRules, closeRulesOfStandard, constructorRules} = require('./support/w3c_rules.js');

const host = 'example.test';
const put = (value) => JSON.parse(JSON.stringify(value).replaceAll('//$', '//' + host));
const plain = (value) => JSON.parse(JSON.stringify(value));

function openWorld(isModern) {
  const world = openPage({document: true, binary: true, eventSource: true, accessors: isModern, page: `http://${host}/echo`, install: (context) => {
    if (isModern) {
      Object.assign(context, {URL, DOMException});
    }
  }});
  const server = new FakeServer(world, {protocols: ['a', 'b']});
  const openAnswer = server.openAnswer.bind(server);
  server.onMessage = (session, message) => session.send(message);
  server.openAnswer = (link) => {
    const answer = openAnswer(link);
    if (/goodbye/.test(link.path)) {
      const {session} = server;
      world.clock.set(() => session.close(3000, 'Go away!'), 200);
    }
    return answer;
  };
  server.weather = (link) => (/nothing/.test(link.path) ? 'refuse' : undefined);
  return world;
}

[true, false].forEach((isModern) => describe(`in a browser ${isModern ? 'of today' : 'without accessors'}`, () => {
  const names = isModern ? transports : ['xhr_stream', 'jsonp'];
  describe('the constructor', () => {
    const {Encke} = openWorld(isModern);
    constructorRules.forEach(([args, expected]) => test(`new WebSocket(${JSON.stringify(args).slice(1, -1)}): ${expected}`, () => {
      if (/Error$/.test(expected)) {
        assert.throws(() => new Encke.Socket(...put(args)), {name: expected});
      } else {
        assert.strictEqual(new Encke.Socket(...put(args)).url, put(expected));
      }
    }));
  });
  describe('close', () => {
    const {Encke} = openWorld(isModern);
    closeRules.concat(closeRulesOfStandard).forEach(([args, expected]) => test(`close(${JSON.stringify(args).slice(1, -1)}): ${expected || 'fine'}`, () => {
      const socket = new Encke.Socket('/echo');
      if (expected) {
        assert.throws(() => socket.close(...args), {name: expected});
        assert.strictEqual(socket.readyState, 0);
      } else {
        socket.close(...args);
        assert.strictEqual(socket.readyState, 2);
      }
    }));
  });
  ['Encke.Socket', 'WebSocket'].forEach((which) => names.forEach((name) => describe(`${which} over ${name}`, () => {
    const fits = ([, , , more = {}]) => (isModern || !more.accessors) && (name !== 'websocket' || !more.holds); // the fake one holds nothing
    behaviour.filter(fits).forEach(([what, work, expected, more]) => test(what, () => {
      const world = openWorld(isModern);
      const results = [];
      world.Encke.install({always: true, transports: name});
      const Socket = which === 'WebSocket' ? world.context.WebSocket : class extends world.Encke.Socket {
        constructor(address, protocols) {
          super(...(address === undefined ? [] : [address, protocols, {transports: name}]));
        }
      };
      work(Socket, {echo: `ws://${host}/echo`, goodbye: `ws://${host}/goodbye`, nothing: `ws://${host}/nothing`, protocols: `ws://${host}/echo`, Blob: FakeBlob},
        (result) => results.push(plain(result)), more && more.args);
      world.clock.pass(20000);
      assert.deepStrictEqual(results, [plain(expected)]);
      assert.deepStrictEqual(world.clock.errors.filter((error) => error.message !== 'thrown by a test'), []);
    }));
  })));
}));
