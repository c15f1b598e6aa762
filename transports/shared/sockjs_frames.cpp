// SockJS frames.
#include "transports/shared/sockjs_frames.hpp"

#include "transports/shared/sockjs_escape.hpp"

#include <algorithm>
#include <cassert>

namespace encke::sockjs {

namespace {

class JsonEncoder final : public MessageEncoder {
 public:
  void encode(const Message& message, std::string& out) const override {
    append_json_string(message.data(), out);
  }
};

constexpr JsonEncoder kJsonEncoder;

}  // namespace

const MessageEncoder& json_encoder() { return kJsonEncoder; }

void append_messages(std::span<const Frame> messages, std::string& out) {
  out += 'a';
  char before = '[';
  for (const Frame& frame : messages) {
    assert(frame.kind == Frame::Kind::message);
    out += before;
    before = ',';
    frame.message->append_encoded(kJsonEncoder, out);
  }
  out += ']';
}

void append_close(const CloseReason& reason, std::string& out) {
  out += "c[";
  out += std::to_string(reason.code);
  out += ',';
  append_json_string(reason.text, out);
  out += ']';
}

std::size_t append_frame(std::span<const Frame> frames, std::string& out, std::size_t at_most) {
  assert(!frames.empty() && at_most > 0);
  switch (frames.front().kind) {
    case Frame::Kind::open:
      out += kOpenFrame;
      return 1;
    case Frame::Kind::heartbeat:
      out += kHeartbeatFrame;
      return 1;
    case Frame::Kind::close:
      append_close(*frames.front().reason, out);
      return 1;
    case Frame::Kind::acknowledgement:
    case Frame::Kind::beginning:
      assert(false && "SockJS has no numbers");
      return 1;
    case Frame::Kind::message:
      break;
  }
  const std::size_t limit = std::min(frames.size(), at_most);
  std::size_t count = 1;
  while (count < limit && frames[count].kind == Frame::Kind::message) ++count;
  append_messages(frames.first(count), out);
  return count;
}

void append_event_data(std::string_view frame, std::string& out) {
  using namespace std::string_view_literals;
  // JSON leaves only `%` to be found; a search for one character at a time is the fastest there is.
  const auto holds = [frame](char byte) { return frame.find(byte) != std::string_view::npos; };
  if (!holds('%') && !holds('\n') && !holds('\r') && !holds('\0')) {
    out += frame;
    return;
  }
  for (std::size_t start = 0;;) {
    const std::size_t at = frame.find_first_of("%\r\n\0"sv, start);
    out.append(frame, start, at == std::string_view::npos ? at : at - start);
    if (at == std::string_view::npos) return;
    switch (frame[at]) {
      case '%':
        out += "%25";
        break;
      case '\r':
        out += "%0D";
        break;
      case '\n':
        out += "%0A";
        break;
      default:
        out += "%00";
    }
    start = at + 1;
  }
}

}  // namespace encke::sockjs
