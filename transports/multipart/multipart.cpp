// Multipart: parts that take each other's place.
#include "transports/multipart/multipart.hpp"

#include "transports/shared/receiver.hpp"

#include <algorithm>
#include <array>

namespace encke {

namespace {

constexpr std::array kRoutes{Route{.leaf = "multipart", .method = Route::Method::get, .cross_origin = true}};
constexpr TransportInfo kInfo{
    .name = "multipart", .routes = kRoutes, .greeting = {}, .can = {.streams = true, .cross_origin = true}};

// Line ends are bare, as in the servers that spoke this to browsers of its time.
constexpr std::string_view kAscii = "Content-Type: text/plain; charset=us-ascii\n\n";
constexpr std::string_view kUtf8 = "Content-Type: text/plain; charset=UTF-8\n\n";
// A browser hands a part over when the next boundary arrives: so that stands right behind each part.
constexpr std::string_view kBoundary = "\n--encke\n";
// A page is not told that all parts have come: an empty one says so.
constexpr std::string_view kEnd = "Content-Type: text/plain; charset=us-ascii\n\n\n--encke--\n";

struct PartEnvelope final : sockjs::Envelope {
  void append(std::string_view frame, std::string_view, std::string& out) const override {
    // What says that it is ASCII is not guessed at.
    const bool ascii =
        std::all_of(frame.begin(), frame.end(), [](char letter) { return (letter & 0x80) == 0; });
    out += ascii ? kAscii : kUtf8;
    out += frame;
    out += '\n';  // of the frame: a part that was cut off does not have it
    out += kBoundary;
  }
};

const sockjs::ReceiverKind& kind() {
  static const PartEnvelope kPart;
  static const sockjs::EnvelopedMessages kMessages(kPart);
  static const sockjs::ReceiverKind kKind{.envelope = kPart,
                                          .messages = kMessages,
                                          .content_type = "multipart/x-mixed-replace;boundary=\"encke\"",
                                          .cross_origin = true,
                                          .end = kEnd};
  return kKind;
}

class Multipart final : public Transport {
 public:
  const TransportInfo& info() const override { return kInfo; }
  Result<void> serve(const Route&, http::Exchange& exchange, Sessions& sessions) override {
    return sockjs::stream(exchange, sessions, kInfo.name, kind(), "--encke\n");
  }
};

}  // namespace

std::unique_ptr<Transport> make_multipart() { return std::make_unique<Multipart>(); }

}  // namespace encke
