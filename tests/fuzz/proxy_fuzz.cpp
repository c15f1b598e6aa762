// PROXY headers: whole or cut anywhere they are judged alike, no byte of what follows is taken, and a text
// says what is wrong. The input's first byte is the length of the pieces, the rest is the header and what
// follows it.
#include "server/net/proxy_header.hpp"
#include "tests/fuzz/require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace encke;
using namespace encke::test;
using net::ProxyHeader;

namespace {

struct Judged {
  ProxyHeader::State state = ProxyHeader::State::more;
  std::size_t taken = 0;
  std::string source;
  bool operator==(const Judged&) const = default;
};

Judged judge(std::string_view bytes, std::size_t piece) {
  ProxyHeader header;
  Judged judged;
  while (judged.state == ProxyHeader::State::more && judged.taken < bytes.size()) {
    const std::string_view part = bytes.substr(judged.taken, piece);
    judged.state = header.feed(part);
    require(header.used() <= part.size(), "it takes no more than there is");
    require(judged.state != ProxyHeader::State::more || header.used() == part.size(),
            "it takes all of a part");
    judged.taken += header.used();
  }
  if (judged.state == ProxyHeader::State::wrong) {
    require(!header.fault().empty(), "what is wrong is said");
    judged.taken = 0;  // where it stopped is of no meaning
  }
  if (judged.state == ProxyHeader::State::done && header.source()) judged.source = header.source()->text();
  return judged;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Judged whole = judge(bytes, bytes.size() + 1);
  require(whole.taken <= 16 + ProxyHeader::kLongestRest, "a header has an end");
  require(judge(bytes, 1) == whole, "byte by byte it is the same");
  require(judge(bytes, 1 + data[0]) == whole, "in pieces it is the same");
  return 0;
}
