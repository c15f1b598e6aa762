// What carriers with a connection of their own have in common.
#pragma once

#include "tests/soak/carrier.hpp"

#include <string>
#include <string_view>

namespace encke::soak {

class OwnConnection : public PageCarrier, protected test::EventSocket::Owner {
 public:
  ~OwnConnection() override { socket_.close(false); }

  void drop() override { socket_.close(false); }
  bool is_leaving() const override { return socket_.has_queued(); }

 protected:
  /// Begins to connect; what is written meanwhile is kept.
  OwnConnection(const Dialect& its_dialect, std::uint64_t its_number, const Target& target,
                PageCarrier::Owner& owner);

  /// Takes what is whole from the front of what has come; the rest is given again, with more behind it.
  virtual void take_in(std::string_view& bytes) = 0;
  /// The server has closed: `reply`, unless it was said before, is the last word.
  void close_with(std::string_view reply);
  void end_with(int status, bool let_it_end = false);

  PageCarrier::Owner& owner_;
  test::EventSocket socket_;
  bool closing_ = false;

 private:
  void on_input(test::EventSocket& socket) override;
  void on_drained(test::EventSocket&) override {}
  void on_end(test::EventSocket&, bool) override { end_with(0); }

  std::string pending_;
  bool told_ = false;
};

}  // namespace encke::soak
