// Carriers over raw sockets.
#include "tests/soak/raw_carrier.hpp"

#include <event2/buffer.h>

#include <string>
#include <string_view>
#include <utility>

namespace encke::soak {
namespace {

constexpr std::size_t kHeadBytes = 5;
constexpr std::string_view kNormalEnd("\x03\xe8", 2);

std::string frame(char letter, std::string_view payload) {
  std::string out(1, letter);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(payload.size() >> shift & 0xff);
  return out.append(payload);
}

/// What the page's origin is, as `fields` of a request tell it; empty where they do not.
std::string origin_of(std::string_view fields) {
  const std::size_t begin = fields.find("http://");
  if (begin == std::string_view::npos) return {};
  return std::string(fields.substr(begin, fields.find_first_of("/\r", begin + 7) - begin));
}

class RawCarrier final : public PageCarrier, test::EventSocket::Owner {
 public:
  RawCarrier(const Dialect& its_dialect, const test::PageSession::Start& start, const Target& target,
             PageCarrier::Owner& owner)
      : PageCarrier(its_dialect, start.number), owner_(owner), socket_(target.base, *this) {
    socket_.connect(target.port, target.port);
    socket_.write("encke.1\n" + frame('h', target.path + "/flash\n" + origin_of(target.fields)) +
                  frame('t', start.hello));
  }
  ~RawCarrier() override { socket_.close(false); }

  void drop() override { socket_.close(false); }
  bool is_leaving() const override { return socket_.has_queued(); }
  bool takes_frames() const override { return socket_.is_open() && !closing_; }
  void send(const test::PageSession::SocketFrame& its) override {
    socket_.write(frame(its.binary ? 'b' : 't', its.bytes));
  }

 private:
  void on_input(test::EventSocket& socket) override {
    const std::size_t before = pending_.size();
    const std::size_t count = evbuffer_get_length(socket.input());
    pending_.resize(before + count);
    evbuffer_remove(socket.input(), pending_.data() + before, count);
    const std::string bytes = std::exchange(pending_, {});
    std::string_view rest = bytes;
    while (socket_.is_open() && rest.size() >= kHeadBytes) {
      if (rest.starts_with("HTTP/")) {  // a proxy's
        end_with(0);
        return;
      }
      std::size_t length = 0;
      for (std::size_t i = 1; i < kHeadBytes; ++i) length = length << 8 | static_cast<unsigned char>(rest[i]);
      if (rest.size() - kHeadBytes < length) break;
      const char letter = rest.front();
      const std::string_view payload = rest.substr(kHeadBytes, length);
      rest.remove_prefix(kHeadBytes + length);
      take(letter, payload);
    }
    if (socket_.is_open()) pending_ = rest;
  }

  void take(char letter, std::string_view payload) {
    if (letter == 't') {
      owner_.on_frame(*this, payload);
    } else if (letter == 'b') {
      owner_.on_binary(*this, payload);
    } else if (letter == 'c') {
      if (!closing_) socket_.write(frame('c', kNormalEnd));
      closing_ = true;
      socket_.finish();
      end_with(200, true);
    } else {
      owner_.on_broken(*this, std::string("a raw frame of the letter ") + letter);
    }
  }

  void on_drained(test::EventSocket&) override {}
  void on_end(test::EventSocket&, bool) override { end_with(0); }

  void end_with(int status, bool let_it_end = false) {
    if (!let_it_end) socket_.close(false);
    if (!std::exchange(told_, true)) owner_.on_carrier_end(*this, status);
  }

  PageCarrier::Owner& owner_;
  test::EventSocket socket_;
  std::string pending_;
  bool closing_ = false;
  bool told_ = false;
};

}  // namespace

std::unique_ptr<PageCarrier> make_raw_carrier(const Dialect& dialect, const test::PageSession::Start& start,
                                              const Target& target, PageCarrier::Owner& owner) {
  return std::make_unique<RawCarrier>(dialect, start, target, owner);
}

}  // namespace encke::soak
