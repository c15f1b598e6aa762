// Real proxies between a page and the server, each as Debian ships it but for where it listens and what it keeps.
'use strict';
const {execFileSync, spawn} = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const {within} = require('../e2e/support.js');

/** A port that is free now. */
async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves once something listens on the port, or rejects when `child` has ended. */
function listening(port, child) {
  return new Promise((resolve, reject) => {
    let ended = false;
    child.once('error', reject);
    child.once('exit', (status, signal) => {
      ended = true;
      reject(new Error(`it ended with ${signal || status} while starting`));
    });
    const knock = () => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve();
      });
      socket.once('error', () => ended || setTimeout(knock, 50));
    };
    knock();
  });
}

const isRoot = process.getuid() === 0;

function nginxConfig(location) {
  return ({folder, port, serverPort}) => `
daemon off;
master_process off;
pid ${folder}/pid;
error_log ${folder}/log;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${serverPort};
      proxy_set_header Host $host:$server_port;
      ${location}
    }
  }
}
`;
}

/**
 * What a page may have to go through. `configure` answers the configuration file, `command` the arguments behind the
 * program's name; `forward` says that the browser is told of it, else the page is loaded from it; `ends` names the transport in the end,
 * where it is known beforehand.
 */
const proxies = [
  {
    name: 'nginx', what: 'reverse proxy with `proxy_pass` and nothing else: HTTP/1.0 to the server, responses buffered but those that ask not to be',
    program: '/usr/sbin/nginx', forward: false, configure: nginxConfig(''), command: (file) => ['-c', file], ends: 'xhr_stream'
  },
  {
    name: 'nginx-deaf', what: 'the same with `proxy_ignore_headers X-Accel-Buffering`: all responses buffered',
    program: '/usr/sbin/nginx', forward: false, configure: nginxConfig('proxy_ignore_headers X-Accel-Buffering;'), command: (file) => ['-c', file],
    ends: 'xhr_poll'
  },
  {
    name: 'nginx-upgrade', what: 'reverse proxy that passes on `Upgrade`, as docs/operations.md has it',
    program: '/usr/sbin/nginx', forward: false,
    configure: nginxConfig('proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection;'),
    command: (file) => ['-c', file]
  },
  {
    name: 'squid', what: 'forward proxy with Debian\'s rules: CONNECT to port 443 only', program: '/usr/sbin/squid', forward: true,
    configure: ({folder, port}) => `
http_port 127.0.0.1:${port}
acl SSL_ports port 443
acl CONNECT method CONNECT
http_access deny CONNECT !SSL_ports
http_access allow all
cache deny all
access_log none
cache_log ${folder}/log
cache_store_log none
pid_filename none
pinger_enable off
coredump_dir ${folder}
shutdown_lifetime 0 seconds
`,
    command: (file) => ['-N', '-f', file]
  },
  {
    name: 'privoxy', what: 'forward proxy that filters pages and scripts, for which it collects each response; CONNECT to port 443 only', program: '/usr/sbin/privoxy',
    forward: true,
    configure: ({folder, port}) => {
      fs.writeFileSync(`${folder}/filters.action`, '{ +filter{banners-by-size} +limit-connect{443} }\n/\n');
      return `
confdir /etc/privoxy
filterfile default.filter
actionsfile ${folder}/filters.action
listen-address 127.0.0.1:${port}
toggle 1
buffer-limit 4096
`;
    },
    command: (file) => ['--no-daemon', file]
  },
  {
    name: 'tinyproxy', what: 'forward proxy with Debian\'s rules: CONNECT to ports 443 and 563 only', program: '/usr/bin/tinyproxy', forward: true,
    configure: ({port}) => `
Port ${port}
Listen 127.0.0.1
Timeout 600
MaxClients 100
Allow 127.0.0.1
ConnectPort 443
ConnectPort 563
`,
    command: (file) => ['-d', '-c', file]
  }
];

/** Whether its program is here. */
function isInstalled(proxy) {
  return fs.existsSync(proxy.program);
}

/** Its version, as it tells it. */
function version(proxy) {
  const flag = {'/usr/sbin/privoxy': '--version'}[proxy.program] || '-v';
  const told = execFileSync('/bin/sh', ['-c', `${proxy.program} ${flag} 2>&1`], {encoding: 'utf8'});
  return /[0-9]+\.[0-9.]+/.exec(told)[0];
}

/** Starts it in front of a server of this machine. Answers {url, browserArguments, stop()}. */
async function start(proxy, serverPort) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `encke-${proxy.name}-`));
  const port = await freePort();
  const file = path.join(folder, 'conf');
  fs.chmodSync(folder, 0o777); // some of them give up root's rights
  fs.writeFileSync(file, (isRoot && /nginx/.test(proxy.program) ? 'user root;\n' : '') + proxy.configure({folder, port, serverPort}));
  const child = spawn(proxy.program, proxy.command(file), {stdio: ['ignore', 'ignore', 'pipe']});
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-4000);
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));

  async function stop() {
    child.kill('SIGKILL'); // it keeps nothing
    await within(exited, `the end of ${proxy.name}`);
    fs.rmSync(folder, {recursive: true, force: true});
  }

  try {
    await within(listening(port, child), `the start of ${proxy.name}`);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${proxy.name}: ${error.message}\n${said}`);
  }
  return {
    url: `http://127.0.0.1:${proxy.forward ? serverPort : port}/`,
    browserArguments: proxy.forward ? [`--proxy-server=http://127.0.0.1:${port}`, '--proxy-bypass-list=<-loopback>'] : [],
    stop
  };
}

module.exports = {freePort, isInstalled, listening, proxies, start, version};
