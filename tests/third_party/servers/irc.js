// An IRC server, as small as its clients need: registration, channels, messages.
'use strict';
const net = require('node:net');
const readline = require('node:readline');

module.exports = async () => {
  const channels = new Map();

  return net.createServer((socket) => {
    let nick = '*';
    const write = (line) => socket.write(line + '\r\n');
    const prefix = () => `${nick}!user@client.test`;
    const membersOf = (channel) => channels.get(channel) || new Set();

    function welcome() {
      write(`:irc.test 001 ${nick} :Welcome to the test, ${nick}`);
      write(`:irc.test 005 ${nick} CHANTYPES=# PREFIX=(ov)@+ CASEMAPPING=ascii NETWORK=Test :are supported by this server`);
      write(`:irc.test 376 ${nick} :End of /MOTD command.`);
    }

    const commands = {
      CAP: ([what]) => what === 'LS' && write('CAP * LS :'),
      NICK: ([name]) => {
        nick = name;
      },
      USER: welcome,
      PING: ([token]) => write(`:irc.test PONG irc.test :${token}`),
      JOIN: ([channel]) => {
        channels.set(channel, membersOf(channel).add(write));
        membersOf(channel).forEach((member) => member(`:${prefix()} JOIN ${channel}`));
        write(`:irc.test 353 ${nick} = ${channel} :${nick}`);
        write(`:irc.test 366 ${nick} ${channel} :End of /NAMES list.`);
      },
      PRIVMSG: ([channel, text]) => membersOf(channel).forEach((member) => member(`:other!user@client.test PRIVMSG ${channel} :${text}`)),
      QUIT: ([reason]) => {
        write(`ERROR :Closing Link: ${reason || ''}`);
        socket.end();
      }
    };

    readline.createInterface({input: socket}).on('line', (line) => {
      const [head, ...rest] = line.split(' :');
      const [command, ...words] = head.trim().split(' ');
      const known = commands[command.toUpperCase()];
      if (known) {
        known(rest.length > 0 ? [...words, rest.join(' :')] : words);
      }
    });
    socket.on('close', () => channels.forEach((members) => members.delete(write)));
    socket.on('error', () => socket.destroy());
  });
};
