// Carriers over raw sockets.
#include "tests/soak/raw_carrier.hpp"

#include "tests/soak/own_connection.hpp"

#include <string>
#include <string_view>

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

class RawCarrier final : public OwnConnection {
 public:
  RawCarrier(const Dialect& its_dialect, const test::PageSession::Start& start, const Target& target,
             PageCarrier::Owner& owner)
      : OwnConnection(its_dialect, start.number, target, owner) {
    socket_.write("encke.1\n" + frame('h', target.path + "/flash\n" + origin_of(target.fields)) +
                  frame('t', start.hello));
  }

  bool takes_frames() const override { return socket_.is_open() && !closing_; }
  void send(const test::PageSession::SocketFrame& its) override {
    socket_.write(frame(its.binary ? 'b' : 't', its.bytes));
  }

 private:
  void take_in(std::string_view& bytes) override {
    while (socket_.is_open() && bytes.size() >= kHeadBytes) {
      if (bytes.starts_with("HTTP/")) {  // a proxy's
        end_with(0);
        return;
      }
      std::size_t length = 0;
      for (std::size_t i = 1; i < kHeadBytes; ++i)
        length = length << 8 | static_cast<unsigned char>(bytes[i]);
      if (bytes.size() - kHeadBytes < length) return;
      const char letter = bytes.front();
      const std::string_view payload = bytes.substr(kHeadBytes, length);
      bytes.remove_prefix(kHeadBytes + length);
      take(letter, payload);
    }
  }

  void take(char letter, std::string_view payload) {
    if (letter == 't') {
      owner_.on_frame(*this, payload);
    } else if (letter == 'b') {
      owner_.on_binary(*this, payload);
    } else if (letter == 'c') {
      close_with(frame('c', kNormalEnd));
    } else {
      owner_.on_broken(*this, std::string("a raw frame of the letter ") + letter);
    }
  }
};

}  // namespace

std::unique_ptr<PageCarrier> make_raw_carrier(const Dialect& dialect, const test::PageSession::Start& start,
                                              const Target& target, PageCarrier::Owner& owner) {
  return std::make_unique<RawCarrier>(dialect, start, target, owner);
}

}  // namespace encke::soak
