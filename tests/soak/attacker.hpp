// Somebody who wants a session that is another's: guesses, forges, repeats and exaggerates, in a loop.
#pragma once

#include "tests/soak/carrier.hpp"
#include "tests/soak/client.hpp"
#include "tests/soak/http_line.hpp"
#include "tests/support/dice.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace encke::soak {

/// Attacks the owner's session until one of them is gone. Every attack must be refused in the way that
/// PROTOCOL 6.9 says; that the owner loses nothing is the owner's to notice.
class Attacker final : HttpLine::Caller, PageCarrier::Owner {
 public:
  /// `old_keys` are paths of sessions that are over; it may grow and shrink.
  Attacker(event_base* base, std::uint16_t port, const Client& owner,
           const std::vector<std::string>& old_keys);

  std::uint64_t attacks() const { return attacks_; }
  /// The first that was not refused as it must be; empty: none.
  const std::string& failure() const { return failure_; }

 private:
  struct Attack {
    std::string path{};   ///< "/numbers/encke.1/KEY"
    std::string query{};  ///< without n for a WebSocket
    std::string hello{};  ///< its first frame
    std::string body{};
    bool sends = false;  ///< a send, not a carrier
    std::string fields{};
    int refused = 404;
  };
  Attack invent();
  void next();
  void judge(int status);

  void on_body(int status, std::string_view piece) override;
  void on_answered(int status) override;
  void on_frame(PageCarrier& carrier, std::string_view frame) override;
  void on_binary(PageCarrier& carrier, std::string_view bytes) override;
  void on_carrier_end(PageCarrier& carrier, int status) override;
  void on_broken(PageCarrier& carrier, std::string what) override;

  event_base* const base_;
  const std::uint16_t port_;
  const Client& owner_;
  const std::vector<std::string>& old_keys_;
  test::Dice dice_;
  HttpLine line_;
  std::unique_ptr<PageCarrier> socket_;
  Attack attack_;
  const Dialect* dialect_ = nullptr;  // null: a send
  std::string answer_;
  std::uint64_t attacks_ = 0;
  std::string failure_;
  test::EventTimer again_;
};

}  // namespace encke::soak
