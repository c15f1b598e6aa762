// Connects to others: names are asked for, addresses tried one after the other, TLS spoken where that is
// wanted.
#pragma once

#include "server/net/endpoint.hpp"
#include "server/net/loop.hpp"
#include "server/net/prelude.hpp"
#include "server/net/resolver.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace encke::net {

class TlsClient;
struct Where;

/// Why there is no connection.
enum class DialFault : std::uint8_t {
  none,
  unresolved,   ///< the name has no address, or nobody could tell
  forbidden,    ///< none of its addresses may be connected to
  refused,      ///< nothing listens there
  unreachable,  ///< no way leads there
  late,         ///< it took too long
  tls,          ///< the handshake failed, or the certificate is another's
  exhausted,    ///< this process has no descriptor left, or no port
};

inline constexpr std::size_t kDialFaults = 8;
/// As metrics have it: "refused".
std::string_view name_of(DialFault fault);

/// How one connects.
struct DialOptions {
  Millis time{10'000};  ///< for all of it together
  /// Asked of each address before it is tried; empty: all may be. A name that was resolved is resolved no
  /// more: what was asked about is what is connected to.
  std::function<bool(const Address&)> may{};
  /// What is said first, before TLS begins, to the address that was reached; it is none of a socket of the
  /// file system.
  std::function<std::string(const std::optional<Address>&)> preamble{};
  std::shared_ptr<const TlsClient> tls{};  ///< null: no TLS
  /// Makes what is spoken before TLS, for each connection; empty: TLS begins at once. There is `tls`.
  std::function<std::unique_ptr<Prelude>()> prelude{};
  std::string tls_name{};  ///< whose certificate it has to be; empty: the endpoint's host
};

/// What came of it.
struct Dialed {
  MovingConnection* connection;  ///< to be adopted, or it is closed; null where there is a fault
  std::optional<Address> peer;   ///< the last that was tried
  DialFault fault = DialFault::none;
  std::string text{};  ///< of a fault: what was wrong, for the log
};

/// One attempt. Its owner buries it, whether it is over or not, behind hang_up().
class Dial final : public TimerWheel::Timer, public Turn::Task {
 public:
  using Done = std::function<void(const Dialed& dialed)>;

  /// `done` is called once, and not from here. `resolver` outlives this.
  Dial(Loop& loop, Resolver& resolver, Endpoint to, DialOptions options, Done done);
  ~Dial() override;

  /// `done` is not called any more.
  void hang_up();

  // ---- called by the turn ----
  void end_of_turn();

 private:
  class Attempt;

  void resolved(const Resolver::Answer& answer);
  void try_next();
  void begin(const Where& where);
  void drop_attempt();
  void failed(DialFault fault, const std::string& text);
  void end(const Dialed& dialed);
  void on_timer() override;

  Loop& loop_;
  const Endpoint to_;
  const DialOptions options_;
  Done done_;
  std::unique_ptr<Resolver::Query> query_;
  std::vector<Address> addresses_;
  std::size_t next_ = 0;  // of addresses_; of a socket of the file system, there is one
  std::optional<Address> peer_;
  std::unique_ptr<Attempt> attempt_;
  DialFault fault_ = DialFault::forbidden;  // of the last address that was tried
  std::string text_;
};

}  // namespace encke::net
