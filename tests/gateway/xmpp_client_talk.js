// Encke.XmppClient, two users of it, in a page.
'use strict';

/* global Encke */

// eslint-disable-next-line no-unused-vars
const clientTalk = {
  /** Resolves with {client, next(kind, test)} once it is open. */
  login(url, user, password, options = {}) {
    const client = new Encke.XmppClient();
    const came = [];
    let look = () => {};
    ['message', 'presence', 'roster', 'state', 'error'].forEach((kind) => {
      client['on' + kind] = (what) => {
        came.push([kind, what]);
        look();
      };
    });
    const next = (kind, test = () => true) => new Promise((resolve) => {
      look = () => {
        const at = came.findIndex(([its, what]) => its === kind && test(what));
        if (at >= 0) {
          look = () => {};
          resolve(came.splice(at, 1)[0][1]);
        }
      };
      look();
    });
    return new Promise((resolve, reject) => {
      client.onopen = () => resolve({client, next});
      client.onclose = (code, reason) => reject(new Error(`${code} ${reason} ${JSON.stringify(came)}`));
      client.connect(url, {jid: `${user}@localhost`, password, resource: `page-${Math.random().toString(36).slice(2)}`, ...options});
    });
  },

  logout(user) {
    return new Promise((resolve) => {
      user.client.onclose = (code) => resolve(code);
      user.client.close();
    });
  },

  /** Roster and subscriptions, presence, typing, and `count` messages. */
  async chat(url, passwords, pair, options, count) {
    const ada = await clientTalk.login(url, `ada.${pair}`, passwords.ada, options);
    const max = await clientTalk.login(url, `max.${pair}`, passwords.max, options);
    const knows = (jid, subscription) => (roster) => roster.some((item) => item.jid === jid && item.subscription === subscription);
    ada.client.add(`max.${pair}@localhost`, 'Max <M> & \u00e9');
    ada.client.subscribe(`max.${pair}@localhost`);
    await max.next('presence', ({type, from}) => type === 'subscribe' && from === `ada.${pair}@localhost`);
    max.client.approve(`ada.${pair}@localhost`);
    const roster = await ada.next('roster', knows(`max.${pair}@localhost`, 'to'));
    max.client.presence('dnd', 'thinks <hard>');
    const {show, status} = await ada.next('presence', (presence) => presence.from === max.client.jid && presence.show === 'dnd');
    ada.client.state(max.client.jid, 'composing');
    const {state} = await max.next('state', (what) => what.from === ada.client.jid && what.state === 'composing');
    const bodies = Array.from({length: count}, (none, i) => `number ${i} <&>'"]]> \u00e9\u{1f600}\n${'x'.repeat(i * 37 % 2000)}`);
    bodies.forEach((body) => ada.client.message(max.client.jid, body));
    const got = [];
    for (let i = 0; i < count; i++) {
      got.push((await max.next('message')).body);
    }
    const names = roster.map((item) => item.name);
    const transport = ada.client.socket_ ? ada.client.socket_.transport : '';
    const codes = [await clientTalk.logout(max)];
    await ada.next('presence', ({type, from}) => type === 'unavailable' && from === max.client.jid);
    codes.push(await clientTalk.logout(ada));
    return {same: JSON.stringify(got) === JSON.stringify(bodies), names, show, status, state, transport, codes};
  }
};
