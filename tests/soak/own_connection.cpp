// What carriers with a connection of their own have in common.
#include "tests/soak/own_connection.hpp"

#include <event2/buffer.h>

#include <utility>

namespace encke::soak {

OwnConnection::OwnConnection(const Dialect& its_dialect, std::uint64_t its_number, const Target& target,
                             PageCarrier::Owner& owner)
    : PageCarrier(its_dialect, its_number), owner_(owner), socket_(target.base, *this) {
  socket_.connect(target.port, target.port);
}

void OwnConnection::on_input(test::EventSocket& socket) {
  const std::size_t before = pending_.size();
  const std::size_t count = evbuffer_get_length(socket.input());
  pending_.resize(before + count);
  evbuffer_remove(socket.input(), pending_.data() + before, count);
  const std::string bytes = std::exchange(pending_, {});
  std::string_view rest = bytes;
  take_in(rest);
  if (socket_.is_open()) pending_ = rest;
}

void OwnConnection::close_with(std::string_view reply) {
  if (!std::exchange(closing_, true)) socket_.write(reply);
  socket_.finish();
  end_with(200, true);
}

void OwnConnection::end_with(int status, bool let_it_end) {
  if (!let_it_end) socket_.close(false);
  if (!std::exchange(told_, true)) owner_.on_carrier_end(*this, status);
}

}  // namespace encke::soak
