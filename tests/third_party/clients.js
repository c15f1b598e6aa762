// What each client does in the page, by its own documentation: connects, sends so many numbered messages to itself, waits for all, and
// leaves. Each function runs in the page and answers what it received. With `transports` the client is given a socket by its own option,
// else WebSocket is the facade.
'use strict';

/* global StompJs, Strophe, $msg, mqtt */

async function stomp({address, texts, transports}) {
  const received = [];
  const client = new StompJs.Client({
    ...(transports ? {webSocketFactory: () => new window.Encke.Socket(address + '/stomp', ['v12.stomp'], {transports})} :
      {brokerURL: address + '/stomp'}),
    reconnectDelay: 0,
    connectionTimeout: 20000
  });
  await new Promise((resolve, reject) => {
    client.onConnect = () => {
      client.subscribe('/topic/test', (message) => {
        received.push(message.body);
        if (received.length === texts.length) {
          resolve();
        }
      });
      texts.forEach((body) => client.publish({destination: '/topic/test', body}));
    };
    client.onStompError = (frame) => reject(new Error(frame.headers.message));
    client.onWebSocketClose = (event) => reject(new Error(`closed: ${event.code} ${event.reason}`));
    client.activate();
  });
  client.onWebSocketClose = () => {};
  await client.deactivate();
  return received;
}

async function xmpp({address, texts}) {
  const received = [];
  const connection = new Strophe.Connection(address + '/xmpp', {protocol: 'ws'});
  await new Promise((resolve, reject) => connection.connect('user@xmpp.test', 'secret', (status, condition) => {
    if (status === Strophe.Status.CONNECTED) {
      connection.addHandler((stanza) => {
        received.push(stanza.getElementsByTagName('body')[0].textContent);
        if (received.length === texts.length) {
          resolve();
        }
        return true;
      }, null, 'message');
      texts.forEach((body) => connection.send($msg({to: 'user@xmpp.test/page', type: 'chat'}).c('body').t(body)));
    } else if ([Strophe.Status.CONNFAIL, Strophe.Status.AUTHFAIL, Strophe.Status.ERROR].includes(status)) {
      reject(new Error(`status ${status}: ${condition}`));
    }
  }));
  connection.disconnect('done');
  return received;
}

async function mqttJs({address, texts, transports}) {
  const received = [];
  const client = mqtt.connect(address + '/mqtt', {
    ...(transports ? {createWebsocket: (url, protocols) => new window.Encke.Socket(url, protocols, {transports})} : {}),
    reconnectPeriod: 0,
    connectTimeout: 20000,
    protocolVersion: 4
  });
  await new Promise((resolve, reject) => {
    client.on('connect', async () => {
      await client.subscribeAsync('test/topic', {qos: 1});
      texts.forEach((text) => client.publish('test/topic', text, {qos: 1}));
    });
    client.on('message', (topic, payload) => {
      received.push(new TextDecoder().decode(payload));
      if (received.length === texts.length) {
        resolve();
      }
    });
    client.on('error', reject);
    client.on('close', () => reject(new Error('closed')));
  });
  await client.endAsync();
  return received;
}

async function irc({address, texts}) {
  const received = [];
  // Its published bundle expects its page's bundler to supply Node's process.
  window.process = {env: {}, nextTick: (work, ...all) => setTimeout(work, 0, ...all)};
  const {hostname, port} = new URL(address);
  const client = new window['irc-framework'].Client({host: hostname, port, path: '/irc', nick: 'page', username: 'page', gecos: 'page', auto_reconnect: false,
    message_max_length: 400});
  await new Promise((resolve, reject) => {
    client.on('registered', () => {
      client.join('#test');
      texts.forEach((text) => client.say('#test', text));
    });
    client.on('privmsg', (event) => {
      received.push(event.message);
      if (received.length === texts.length) {
        resolve();
      }
    });
    client.on('close', () => reject(new Error('closed')));
    client.connect();
  });
  client.quit('done');
  return received;
}

module.exports = {
  '@stomp/stompjs': {script: '@stomp/stompjs/bundles/stomp.umd.js', run: stomp, protocol: 'v12.stomp'},
  'strophe.js': {script: 'strophe.js/dist/strophe.umd.min.js', run: xmpp, protocol: 'xmpp'},
  'mqtt.js': {script: 'mqtt/dist/mqtt.min.js', run: mqttJs, protocol: 'mqtt'},
  'irc-framework': {script: 'irc-framework/dist/browser/static/browser.js', run: irc, protocol: 'text.ircv3.net'}
};
