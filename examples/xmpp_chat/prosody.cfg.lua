-- A server for trying the page out, on this machine alone, and so without TLS.
run_as_root = true -- where root starts it
data_path = "/tmp/encke-xmpp-chat"
pidfile = "/tmp/encke-xmpp-chat/prosody.pid"
log = "*console"
interfaces = { "127.0.0.1" }
c2s_ports = { 5222 }
modules_enabled = { "roster", "saslauth", "disco", "ping", "offline" }
modules_disabled = { "s2s", "tls" }
c2s_require_encryption = false
authentication = "internal_hashed"
VirtualHost "localhost"
