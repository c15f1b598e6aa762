// One connection of HTTP/1.1, from the browser's end.
#include "tests/soak/http_line.hpp"

#include <event2/buffer.h>

#include <utility>

namespace encke::soak {

void HttpLine::call(std::string_view request, Caller& caller) {
  if (!socket_.is_open()) {
    reader_.reset();
    pending_.clear();
    socket_.connect(port_, port_);
  }
  caller_ = &caller;
  socket_.write(request);
}

void HttpLine::drop() {
  caller_ = nullptr;
  socket_.close(false);
}

void HttpLine::on_input(test::EventSocket& socket) {
  const std::size_t before = pending_.size();
  const std::size_t count = evbuffer_get_length(socket.input());
  pending_.resize(before + count);
  evbuffer_remove(socket.input(), pending_.data() + before, count);
  if (caller_ == nullptr) {  // nobody has asked
    drop();
    return;
  }
  const std::string bytes = std::exchange(pending_, {});
  const std::size_t used = reader_.feed(bytes, [this](std::string_view piece) {
    if (caller_ != nullptr) caller_->on_body(reader_.status(), piece);
  });
  if (!socket_.is_open()) return;
  pending_.assign(bytes, used);
  if (reader_.broken()) {
    answered(0);
  } else if (reader_.complete()) {
    const bool goes_on = reader_.keeps_alive() && pending_.empty() && reader_.status() != 101;
    if (!goes_on) socket_.close(false);
    if (Caller* const caller = std::exchange(caller_, nullptr)) caller->on_answered(reader_.status());
  }
}

void HttpLine::on_end(test::EventSocket&, bool) {
  answered(reader_.ends_with_connection() ? reader_.status() : 0);
}

void HttpLine::answered(int status) {
  socket_.close(false);
  if (Caller* const caller = std::exchange(caller_, nullptr)) caller->on_answered(status);
}

}  // namespace encke::soak
