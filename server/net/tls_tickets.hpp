// The keys that session tickets are sealed with: our own, so that a ticket is good on every loop, and changed
// often, so that a key that leaks opens little.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>

namespace encke::net {

/// Any thread. A key seals for an hour, and opens for another one what it has sealed.
class TlsTickets {
 public:
  using Seconds = std::chrono::seconds;
  static constexpr Seconds kSealsFor{3600};
  /// How long a ticket may be used.
  static constexpr Seconds kLifetime = 2 * kSealsFor;

  struct Key {
    std::array<std::uint8_t, 16> name;
    std::array<std::uint8_t, 32> cipher;
    std::array<std::uint8_t, 32> mac;
  };

  /// `clock` gives monotonic time, on any thread.
  explicit TlsTickets(std::function<Seconds()> clock = &TlsTickets::now);
  ~TlsTickets();
  TlsTickets(const TlsTickets&) = delete;
  TlsTickets& operator=(const TlsTickets&) = delete;

  Key to_seal();
  struct Found {
    Key key;
    bool old;  ///< the ticket is to be replaced
  };
  /// Nothing where the key is unknown, or too old.
  std::optional<Found> to_open(std::span<const std::uint8_t, 16> name);

 private:
  struct Made {
    Key key;
    Seconds at;
  };
  static Seconds now();
  void turn_over(Seconds at);

  std::mutex mutex_;
  const std::function<Seconds()> clock_;
  std::optional<Made> current_;
  std::optional<Made> previous_;
};

}  // namespace encke::net
