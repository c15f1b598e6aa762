// A gateway to TCP servers: where its sessions are connected to, and how.
#pragma once

#include <encke/target_rule.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace encke {

/// Which of several backends a session is connected to, of those that answer.
enum class Balance : std::uint8_t {
  first,        ///< the first; the others stand in for it
  round_robin,  ///< each in its turn
};

/// How TLS is spoken to the backends. Their certificates are verified, always.
struct BackendTls {
  /// A file of PEM with the certificates of the authorities that are believed; empty: the system's.
  std::string authorities{};
  /// Whose certificate a backend must have; empty: that of the host in its address.
  std::string name{};

  bool operator==(const BackendTls&) const = default;
};

/// WEBIRC, by which a gateway tells a server of IRC who the client is.
struct WebIrc {
  std::string password;
  std::string gateway = "encke";

  bool operator==(const WebIrc&) const = default;
};

/// Plain values. docs/gateway.md describes what becomes of a session.
struct TcpOptions {
  /// The backends: "irc.example:6667", "127.0.0.1:6667", "[::1]:6667" or "unix:/run/irc.sock". At least one,
  /// or `targets` instead.
  std::vector<std::string> connect{};
  /// Pages name the target themselves, as their first message (docs/gateway.md), and these say which they may
  /// name.
  std::vector<TargetRule> targets{};
  std::chrono::milliseconds handshake_time{10'000};  ///< for that first message
  Balance balance = Balance::first;
  /// true: what comes from the backend reaches the page as text, its characters whole, and U+FFFD for what is
  /// no UTF-8. false: as bytes. What pages send is passed on as it is, text in UTF-8.
  bool text = false;
  std::optional<BackendTls> tls{};  ///< none: no TLS
  /// true: a session whose backend has ended its side goes on, and what the page sends still reaches it.
  bool half_close = false;
  std::chrono::milliseconds connect_time{10'000};  ///< for each backend that is tried, names and TLS included
  std::chrono::milliseconds idle_time{0};          ///< a session ends when nothing came or went; zero: never
  std::chrono::milliseconds retry_time{10'000};  ///< a backend that failed is tried after the others so long
  std::chrono::milliseconds check_time{0};  ///< from one connection that only checks to the next; zero: none
  /// 1 or 2: each connection begins with the PROXY header of that version, with the client's address and
  /// without its port. 0: no header.
  unsigned proxy_protocol = 0;
  std::optional<WebIrc> webirc{};  ///< none: that line is not sent

  bool operator==(const TcpOptions&) const = default;
};

/// What a gateway closes sessions with, beside 1000 for a backend that has ended the connection in order.
namespace gateway_close {
inline constexpr std::uint16_t kHandshake = 4102;    ///< the page has named no target
inline constexpr std::uint16_t kPageReset = 4103;    ///< the page's own: what it sent may be dropped
inline constexpr std::uint16_t kLate = 4104;         ///< no connection to the server in time
inline constexpr std::uint16_t kForbidden = 4106;    ///< the target may not be connected to
inline constexpr std::uint16_t kRefused = 4108;      ///< the server refused the connection
inline constexpr std::uint16_t kUnresolved = 4109;   ///< the server's name has no address
inline constexpr std::uint16_t kUnreachable = 4110;  ///< no way leads to the server
inline constexpr std::uint16_t kTls = 4111;          ///< the server's TLS, or its certificate, is not good
inline constexpr std::uint16_t kExhausted = 4112;    ///< the gateway has no room for one more connection
inline constexpr std::uint16_t kReset = 4202;        ///< the connection to the server broke
inline constexpr std::uint16_t kIdle = 4203;         ///< nothing came or went for too long
inline constexpr std::uint16_t kInvalid = 4204;      ///< page or server sent what the protocol does not allow
}  // namespace gateway_close

}  // namespace encke
