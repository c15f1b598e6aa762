// The machines of a raw socket: however the bytes are cut the events are the same, what comes out keeps the
// rules, and what is encoded is read as it was. Input: a byte for the machine, one for the cuts, then what it
// is fed.
#include "tests/fuzz/events.hpp"
#include "transports/flash/frames.hpp"
#include "transports/flash/hello.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

using namespace encke;
using namespace encke::flash;
using namespace encke::test;

namespace {

constexpr std::size_t kLimit = 300;

void check_frames(std::string_view bytes, std::uint8_t cut) {
  std::string again;
  for (const Seen& seen : fed_alike([] { return Decoder(kLimit); }, bytes, cut)) {
    require(seen.payload.size() <= kLimit, "the limit holds");
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
