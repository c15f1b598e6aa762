// The recipe for STOMP: @stomp/stompjs as it is published to Debian's RabbitMQ.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const {freePort} = require('../proxies/proxies.js');
const {stage, startProgram} = require('./stage.js');
const {stompTests} = require('./stomp_parts.js');

const kFolder = '/usr/lib/rabbitmq/lib';
const scripts = fs.existsSync(kFolder) ? fs.readdirSync(kFolder).map((name) => path.join(kFolder, name, 'sbin/rabbitmq-server')) : [];
const names = {}; // of ports

const its = stage('STOMP: RabbitMQ', {
  programs: [scripts[0] || `${kFolder}/rabbitmq_server-*/sbin/rabbitmq-server`, '/usr/bin/epmd'],
  port: '61613',
  replacements: ({folder}) => [['/etc/rabbitmq', folder]],
  // Erlang's nodes find each other by epmd, which would stay when RabbitMQ starts it.
  helpers: async () => {
    names.epmd = await freePort();
    names.distribution = await freePort();
    return [startProgram(['/usr/bin/epmd', '-address', '127.0.0.1', '-port', String(names.epmd)])];
  },
  server: ({folder}) => ({
    command: [scripts[0]],
    options: {env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder, ERL_EPMD_ADDRESS: '127.0.0.1', ERL_EPMD_PORT: String(names.epmd),
      RABBITMQ_CONF_ENV_FILE: '/dev/null', RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq.conf`, RABBITMQ_DIST_PORT: String(names.distribution),
      RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/enabled_plugins`, RABBITMQ_LOGS: '-', RABBITMQ_LOG_BASE: `${folder}/log`,
      RABBITMQ_MNESIA_BASE: `${folder}/mnesia`, RABBITMQ_NODENAME: 'encke@localhost',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}'
    }}
  })
});

stompTests(its);
