// prosody and ejabberd as Debian ships them, each in a folder of a test's own: loopback only, STARTTLS required, with users.
'use strict';
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const kPort = '5222'; // as the files have it; the test's stands in its place
const passwords = {ada: 'engine & analytics', max: 'p\u00e4sswort <2>'};
// Pairs of their own for tests that change who sees whom: "ada.jsonp", "max.jsonp".
const users = Object.fromEntries(Object.entries(passwords).flatMap(([name, password]) =>
  ['', '.websocket', '.xhr_stream', '.xhr_poll', '.jsonp', '.faults'].map((pair) => [name + pair, password])));

/** A certificate for `name`, signed by itself: NAME.pem, NAME.key, and both in NAME.both.pem. */
function issue(folder, file, name) {
  const at = (ending) => path.join(folder, `${file}.${ending}`);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at('key'), '-out', at('pem'),
    '-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`], {stdio: 'pipe'});
  fs.writeFileSync(at('both.pem'), fs.readFileSync(at('pem'), 'utf8') + fs.readFileSync(at('key'), 'utf8'));
  ['key', 'both.pem'].forEach((ending) => fs.chmodSync(at(ending), 0o644)); // the server may give up root's rights
}

/** The gateway's configuration: "/xmpp", and "/wrong" that believes another certificate. */
const gateway = JSON.stringify({
  listen: ['127.0.0.1:8080'],
  services: {
    '/xmpp': {type: 'xmpp', connect: `127.0.0.1:${kPort}`, domains: ['localhost'], tls: {authorities: 'server.pem'}, heartbeat_seconds: 2},
    '/wrong': {type: 'xmpp', connect: `127.0.0.1:${kPort}`, domains: ['localhost'], tls: {authorities: 'other.pem'}},
    '/another': {type: 'xmpp', connect: `127.0.0.1:${kPort}`, domains: ['localhost'], tls: {authorities: 'server.pem', name: 'another.example'}}
  }
});

const prosodyConfig = `
run_as_root = true
data_path = "FOLDER/data"
pidfile = "FOLDER/prosody.pid"
log = "*console"
interfaces = { "127.0.0.1" }
c2s_ports = { ${kPort} }
modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "smacks" }
modules_disabled = { "s2s" }
c2s_require_encryption = true
authentication = "internal_hashed"
VirtualHost "localhost"
  ssl = { certificate = "FOLDER/server.pem", key = "FOLDER/server.key" }
`;

const ejabberdConfig = `
hosts: [localhost]
loglevel: warning
certfiles: [FOLDER/server.both.pem]
auth_password_format: scram
acme: {auto: false}
listen:
  - {port: ${kPort}, ip: 127.0.0.1, module: ejabberd_c2s, starttls_required: true}
modules: {mod_disco: {}, mod_ping: {}, mod_roster: {}, mod_stream_mgmt: {}}
`;

function prepare(folder) {
  issue(folder, 'server', 'localhost');
  issue(folder, 'other', 'localhost');
  fs.mkdirSync(path.join(folder, 'data'));
}

/** Parameters of stage(). */
const servers = {
  prosody: {
    programs: ['/usr/bin/prosody', '/usr/bin/prosodyctl'],
    port: kPort,
    files: () => new Map([['prosody.cfg.lua', prosodyConfig], ['encke.json', gateway]]),
    replacements: ({folder}) => {
      prepare(folder);
      return [['FOLDER', folder]];
    },
    server: ({folder}) => {
      const config = path.join(folder, 'prosody.cfg.lua');
      Object.entries(users).forEach(([user, password]) => execFileSync('prosodyctl', ['--root', '--config', config, 'register', user, 'localhost', password],
        {stdio: 'pipe'}));
      return {command: ['/usr/bin/prosody', '--config', config, '-F']};
    }
  },
  ejabberd: {
    programs: ['/usr/sbin/ejabberdctl', '/usr/bin/erl'],
    port: kPort,
    files: () => new Map([['ejabberd.yml', ejabberdConfig], ['encke.json', gateway]]),
    replacements: ({folder}) => {
      prepare(folder);
      return [['FOLDER', folder]];
    },
    // As ejabberdctl starts it, without Erlang's distribution and as whoever runs the test. The users are there before it listens.
    server: ({folder}) => {
      const bytes = (text) => `<<${Array.from(Buffer.from(text)).join(',')}>>`;
      const register = Object.entries(users).map(([user, password]) => `ok = ejabberd_auth:try_register(${bytes(user)}, <<"localhost">>, ${bytes(password)})`);
      return {
        command: ['/usr/bin/erl', '-noinput', '-mnesia', 'dir', `"${folder}/data"`, '-eval',
          `case application:ensure_all_started(ejabberd) of {ok, _} -> ${register.join(', ')}; Failed -> io:format("~p~n", [Failed]), halt(1) end.`],
        options: {env: {PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder, ERL_LIBS: '/usr/lib/x86_64-linux-gnu', EJABBERD_CONFIG_PATH: `${folder}/ejabberd.yml`,
          EJABBERD_LOG_PATH: `${folder}/ejabberd.log`}}
      };
    }
  }
};

module.exports = {servers, users};
