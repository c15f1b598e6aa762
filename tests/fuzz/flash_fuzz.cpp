// The machines of a raw socket: however the bytes are cut the events are the same, what comes out keeps the
// rules, and what is encoded is read as it was. Input: a byte for the machine, one for the cuts, then what it
// is fed.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transports/flash/frames.hpp"
#include "transports/flash/hello.hpp"

using namespace encke;
using namespace encke::flash;

namespace {

constexpr std::size_t kLimit = 300;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// An event with its bytes kept.
struct Seen {
  Event::Type type;
  std::uint16_t code;
  std::string payload;
  std::string reason;
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> fed(std::string_view bytes, std::size_t cut) {
  std::vector<Seen> seen;
  Decoder decoder(kLimit);
  while (!bytes.empty()) {
    std::string piece(bytes.substr(0, cut));
    bytes.remove_prefix(piece.size());
    std::span<char> input(piece);
    for (;;) {
      const Event event = decoder.next(input);
      if (event.type == Event::Type::need_more) break;
      seen.push_back({event.type, event.code, std::string(event.payload), std::string(event.reason)});
    }
    require(input.empty(), "need_more leaves no input");
  }
  return seen;
}

void check_frames(std::string_view bytes, std::uint8_t cut) {
  const std::vector<Seen> whole = fed(bytes, bytes.size());
  require(fed(bytes, 1) == whole && fed(bytes, 1U + cut) == whole, "cuts change nothing");
  std::string again;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    const Seen& seen = whole[at];
    const bool last = seen.type == Event::Type::close || seen.type == Event::Type::error;
    require(!last || at + 1 == whole.size(), "nothing follows close and error");
    require(seen.payload.size() <= kLimit, "the limit holds");
    require(seen.type != Event::Type::error || (!seen.reason.empty() && seen.reason.size() <= 123),
            "an error's text fits a close frame");
    if (seen.type == Event::Type::text) append_frame(Kind::text, seen.payload, again);
    if (seen.type == Event::Type::binary) append_frame(Kind::binary, seen.payload, again);
    if (seen.type == Event::Type::close) append_frame(Kind::close, seen.payload, again);
  }
  require(bytes.substr(0, again.size()) == again, "what is encoded is what came");
}

void check_hello(std::string_view rest) {
  const std::string bytes = std::string(kGreeting) + std::string(rest);
  bool decided = false;
  for (std::size_t size = kGreeting.size(); size <= bytes.size(); ++size) {
    const Result<std::optional<Hello>> read = parse_hello(std::string_view(bytes).substr(0, size));
    if (!read) {
      require(!read.error().text.empty() && read.error().status == 400, "a mistake is told");
      decided = true;
    } else if (*read) {
      const Hello& hello = **read;
      require(hello.size <= size && hello.size <= kGreeting.size() + 16 + kHeadBytes + kLongestHello,
              "it takes what is there");
      require(!hello.service.empty() && hello.origin.size() <= kLongestOrigin, "it names a service");
      decided = true;
    } else {
      require(!decided, "what is decided stays so");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  if (data[0] % 2 == 0) {
    check_frames(bytes, data[1]);
  } else {
    check_hello(bytes.substr(0, 4096));
  }
  return 0;
}
