// A resumable session, its page and the network between them, driven by the input's bytes (PROTOCOL 6):
// whatever is cut, repeated, delayed, lost or wrong in its numbers, each message arrives once, in order, and
// what is refused changes nothing. Each draw of the driver takes as many bytes as it needs; when none are
// left, nothing is lost any more, and all must arrive.
//
// ENCKE_FUZZ_TRACE=1 writes what happens to standard error.
#include "tests/core/resume_driver.hpp"
#include "tests/fuzz/require.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

using namespace encke;
using namespace encke::test;

namespace {

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : left_(data, size) {}
  bool empty() const { return left_.empty(); }
  std::size_t below(std::size_t end) {
    std::size_t number = 0;
    for (std::size_t most = end - 1; most > 0; most >>= 8) number = number << 8 | next();
    return number % end;
  }

 private:
  std::uint8_t next() {
    if (left_.empty()) return 0;
    const std::uint8_t byte = left_.front();
    left_ = left_.subspan(1);
    return byte;
  }
  std::span<const std::uint8_t> left_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool kTrace = std::getenv("ENCKE_FUZZ_TRACE") != nullptr;
  Bytes bytes(data, size);
  TimerWheel timers;
  ResumeDriver driver(
      timers, [&bytes](std::size_t end) { return bytes.below(end); }, kTrace);
  while (!bytes.empty() && driver.goes_on()) driver.step();
  driver.settle();
  require(driver.model().broken().empty(), driver.model().broken().c_str());
  return 0;
}
