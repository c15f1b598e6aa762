// The server under test, and the service that counts what its channels hear.
#pragma once

#include "tests/soak/numbered.hpp"

#include <encke/close.hpp>
#include <encke/server.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace encke::soak {

/// What the service knows of a run once its channel has closed.
struct Heard {
  std::uint64_t received = 0;  ///< messages up, behind the first
  std::uint64_t sent = 0;      ///< messages down
  CloseReason reason;
  std::string fault;  ///< the first thing that was wrong; empty: nothing
};

/// Where strays go: an echo, and a service that talks without end.
inline constexpr std::string_view kStraysPath = "/strays";
inline constexpr std::string_view kFloodPath = "/flood";

/// An Encke server on threads of its own, with the service that sends numbered messages down while it checks
/// those that come up. Its paths have options that differ: "/numbers", "/tight", "/wide".
class Host {
 public:
  explicit Host(unsigned workers);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  std::uint16_t port() const { return port_; }
  /// What was heard of a run whose channel has closed; once.
  std::optional<Heard> take(std::uint64_t id);
  /// Channels that have opened and not closed.
  std::uint64_t open_channels();

 private:
  class Talk;
  void serve(Channel& channel);
  void closed(std::uint64_t id, Heard heard);

  Server server_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::map<std::uint64_t, Heard> heard_;
  std::uint64_t open_ = 0;
  std::thread thread_;
};

}  // namespace encke::soak
