// A gateway of XMPP before Debian's prosody.
'use strict';
const {suite} = require('./xmpp_suite.js');

suite('prosody');
