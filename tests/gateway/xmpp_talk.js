// strophe.js, two users of it: what runs in a page and in Node alike.
'use strict';

/* global Strophe, $iq, $msg, $pres */

const xmppTalk = {
  /** Logs in; answers {connection, next(test)}, next() resolving with the first stanza, come or to come, for which the test is true. */
  login(url, user, password, options = {}) {
    const connection = new Strophe.Connection(url, options);
    const came = [];
    let look = () => {};
    const next = (test) => new Promise((resolve) => {
      look = () => {
        const at = came.findIndex(test);
        if (at >= 0) {
          look = () => {};
          resolve(came.splice(at, 1)[0]);
        }
      };
      look();
    });
    return new Promise((resolve, reject) => {
      connection.connect(`${user}@localhost/test-${Math.random().toString(36).slice(2)}`, password, (status, condition) => {
        if (status === Strophe.Status.CONNECTED) {
          connection.addHandler((stanza) => {
            came.push(stanza);
            look();
            return true;
          }, null, null);
          resolve({connection, next});
        } else if ([Strophe.Status.CONNFAIL, Strophe.Status.AUTHFAIL, Strophe.Status.ERROR].includes(status)) {
          reject(new Error(`${user} is not let in: ${status} ${condition}`));
        }
      });
    });
  },

  logout(user) {
    return new Promise((resolve) => {
      user.connection._proto.socket?.addEventListener?.('close', () => resolve());
      user.connection.disconnect('done');
      setTimeout(resolve, 3000);
    });
  },

  /** Ada and Max: presence, a contact on the roster, and `count` messages. Answers what Max got. */
  async chat(url, passwords, count) {
    const ada = await xmppTalk.login(url, 'ada', passwords.ada);
    const max = await xmppTalk.login(url, 'max', passwords.max);
    const named = (name, more = () => true) => (stanza) => stanza.nodeName === name && more(stanza);
    const from = (user) => (stanza) => (stanza.getAttribute('from') || '').startsWith(`${user.connection.jid}`);
    ada.connection.send($pres());
    max.connection.send($pres().c('show').t('away'));
    await max.next(named('presence', from(max)));
    const ask = (request) => new Promise((resolve, reject) => ada.connection.sendIQ(request, resolve, reject));
    await ask($iq({type: 'get'}).c('query', {xmlns: Strophe.NS.ROSTER})); // who has asked is told of changes
    ada.connection.sendIQ($iq({type: 'set'}).c('query', {xmlns: Strophe.NS.ROSTER}).c('item', {jid: 'grace@localhost', name: 'Grace <Hopper> & \u00e9'}));
    const pushed = await ada.next(named('iq', (stanza) => stanza.getAttribute('type') === 'set'));
    const roster = await ask($iq({type: 'get'}).c('query', {xmlns: Strophe.NS.ROSTER}));
    const names = (stanza) => Array.from(stanza.getElementsByTagName('item')).map((item) => item.getAttribute('name'));
    const bodies = Array.from({length: count}, (none, i) => `number ${i} <&>'" \u00e9\u{1f600}${'x'.repeat(i * 37 % 2000)}`);
    bodies.forEach((body) => ada.connection.send($msg({to: max.connection.jid, type: 'chat'}).c('body').t(body)));
    const got = [];
    for (let i = 0; i < count; i++) {
      got.push((await max.next(named('message'))).getElementsByTagName('body')[0].textContent);
    }
    max.connection.send($msg({to: ada.connection.jid, type: 'chat'}).c('body').t('thanks'));
    const thanks = (await ada.next(named('message'))).getElementsByTagName('body')[0].textContent;
    const transport = (max.connection._proto.socket || {}).transport;
    await Promise.all([xmppTalk.logout(ada), xmppTalk.logout(max)]);
    return {same: JSON.stringify(got) === JSON.stringify(bodies), count: got.length, pushed: names(pushed), roster: names(roster), thanks, transport};
  }
};

if (typeof module === 'object') {
  module.exports = xmppTalk;
}
