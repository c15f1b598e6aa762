// Configuration files: whatever the text is, it is good or each of its faults is one line that says where.
#include "server/app/config.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace encke::app;
using namespace encke::test;

namespace {

constexpr std::array<std::string_view, 3> kTransports{"websocket", "xhr_stream", "xhr_poll"};

bool is_line(std::string_view text) {
  const bool has_place = text.starts_with('$') || text.starts_with("line ");
  return has_place && std::none_of(text.begin(), text.end(), [](char byte) {
           return static_cast<unsigned char>(byte) < ' ' || byte == '\x7f';
         });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ConfigResult result = parse_config(text, "/nonexistent", kTransports);
  for (const std::string& error : result.errors) require(is_line(error), "a fault is a line with its place");
  if (result.errors.empty()) {
    for (const std::string& error : faults_of_whole(result.config, false))
      require(is_line(error), "a fault of the whole is a line with its place");
  }
  require(parse_config(text, "/nonexistent", kTransports).errors == result.errors,
          "it is judged alike again");
  return 0;
}
