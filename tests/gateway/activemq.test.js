// The recipe for STOMP: @stomp/stompjs as it is published to Debian's ActiveMQ, with the page and the program of RabbitMQ's recipe.
'use strict';
const {recipe} = require('./recipes.js');
const {stage} = require('./stage.js');
const {stompTests} = require('./stomp_parts.js');

const kHome = '/usr/share/activemq';

stompTests(stage('STOMP: ActiveMQ', {
  programs: [`${kHome}/bin/activemq.jar`, '/usr/bin/java'],
  port: '61613',
  files: () => new Map([...recipe('STOMP: RabbitMQ'), ...recipe('STOMP: ActiveMQ')]),
  server: ({folder}) => ({
    command: ['/usr/bin/java', '-Xmx512m', `-Dactivemq.home=${kHome}`, `-Dactivemq.base=${folder}`, `-Dactivemq.conf=${folder}`,
      '-jar', `${kHome}/bin/activemq.jar`, 'start', `xbean:file:${folder}/activemq.xml`]
  })
}));
