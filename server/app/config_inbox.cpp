// The configuration of a service that gives out capability URLs.
#include "server/app/config_inbox.hpp"

#include "server/core/origin.hpp"

#include <algorithm>
#include <string_view>

namespace encke::app {

namespace {

constexpr std::size_t kMost = 1'000'000'000;
constexpr std::size_t kMostBytes = 1u << 30;
constexpr std::size_t kYearSeconds = 31'536'000;

bool is_reader(std::string_view text) { return text == "*" || is_origin_entry(text); }

}  // namespace

InboxOptions read_inbox(const nlohmann::json& value, const std::string& path, ConfigErrors& errors) {
  InboxOptions options;
  ObjectReader reader(value, path, errors);
  reader.allow({"most_seconds", "most_messages", "most_rate", "most_urls", "most_live", "max_bytes", "get",
                "jsonp", "cors_origins"});
  auto seconds = static_cast<std::size_t>(options.most_time.count());
  reader.read("most_seconds", seconds, "a number of seconds", 1, kYearSeconds);
  options.most_time = std::chrono::seconds(seconds);
  reader.read("most_messages", options.most_messages, "a number of messages", 1, kMost);
  reader.read("most_rate", options.most_rate, "a number of messages a second", 1, 1'000'000);
  reader.read("most_urls", options.most_urls, "a number of URLs", 1, 1'000);
  reader.read("most_live", options.most_live, "a number of URLs", 1, kMost);
  reader.read("max_bytes", options.max_bytes, "a number of bytes", 1, kMostBytes);
  reader.read("get", options.get);
  reader.read("jsonp", options.jsonp);
  reader.read("cors_origins", options.cors_origins, "\"*\" alone, or " + std::string(kOriginEntryForm),
              is_reader);
  const std::vector<std::string>& origins = options.cors_origins;
  if (origins.size() > 1 && std::find(origins.begin(), origins.end(), "*") != origins.end()) {
    errors.add(reader.path_of("cors_origins"), "found \"*\" among others, expected it alone");
  }
  return options;
}

}  // namespace encke::app
