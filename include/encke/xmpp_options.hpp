// A gateway to servers of XMPP: where its sessions are connected to, and how.
#pragma once

#include <encke/service_options.hpp>
#include <encke/tcp_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace encke {

/// How the connections to a server of XMPP are kept from those between.
enum class XmppSecurity : std::uint8_t {
  starttls,             ///< by STARTTLS; a server that does not offer it is not spoken to
  starttls_if_offered,  ///< by STARTTLS where it is offered: whoever stands between can have it left out
  tls,                  ///< by TLS from the first byte on, as on port 5223
  none,                 ///< not at all: for a server on this machine
};

/// Plain values. docs/xmpp.md describes what becomes of a session.
struct XmppOptions {
  /// The servers, as in TcpOptions: "xmpp.example:5222". At least one, and all of them serve all `domains`.
  std::vector<std::string> connect;
  /// The domains that pages may log in to, host names or numeric addresses in lower case. At least one.
  std::vector<std::string> domains;
  Balance balance = Balance::first;
  XmppSecurity security = XmppSecurity::starttls;
  /// Whom to believe, and whose certificate a server must have; no name: that of the domain (RFC 6120
  /// 13.7.2).
  BackendTls tls{};
  std::size_t max_stanza_bytes = 256 * 1024;  ///< the longest element, either way; more ends the session
  /// For each server that is tried, names and TLS included; then for it to open the stream; and for a page to
  /// ask for one.
  std::chrono::milliseconds connect_time{10'000};
  std::chrono::milliseconds idle_time{0};        ///< a session ends when nothing came or went; zero: never
  std::chrono::milliseconds retry_time{10'000};  ///< a server that failed is tried after the others so long
  std::chrono::milliseconds check_time{0};  ///< from one connection that only checks to the next; zero: none
  unsigned proxy_protocol = 0;              ///< as in TcpOptions

  bool operator==(const XmppOptions&) const = default;
};

/// What the service of a gateway to XMPP obeys where nothing else is said.
inline ServiceOptions xmpp_service() {
  ServiceOptions options;
  options.protocols = {"xmpp"};
  return options;
}

}  // namespace encke
