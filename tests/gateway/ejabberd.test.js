// A gateway of XMPP before Debian's ejabberd.
'use strict';
const {suite} = require('./xmpp_suite.js');

suite('ejabberd');
