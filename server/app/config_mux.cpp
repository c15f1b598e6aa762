// Multiplexed services as configured.
#include "server/app/config_mux.hpp"

#include "server/app/config_service.hpp"
#include "server/app/json_text.hpp"

#include <algorithm>
#include <string>

namespace encke::app {
namespace {

constexpr std::size_t kMostStreams = 4096;
constexpr std::size_t kMostBytes = std::size_t{1} << 30;
constexpr std::string_view kPathForm = "the path of a service of this file";

bool is_path(std::string_view text) { return path_fault(text).empty(); }

}  // namespace

MuxOptions read_mux(ObjectReader& reader, ConfigErrors& errors) {
  MuxOptions mux;
  if (reader.find("services") == nullptr) {
    errors.add(reader.path_of("services"),
               "missing, expected the paths of the services that it may carry: [\"/chat\", \"/irc\"]");
  }
  reader.read("services", mux.services, kPathForm, is_path);
  reader.read("streams", mux.streams, "a number of streams", 1, kMostStreams);
  reader.read("window_bytes", mux.window, "a number of bytes", 1024, kMostBytes);
  reader.read("partial_bytes", mux.partial_bytes, "a number of bytes", 1, kMostBytes);
  return mux;
}

void check_carried(const std::vector<ServiceConfig>& services, ConfigErrors& errors) {
  for (const ServiceConfig& service : services) {
    if (!service.mux) continue;
    for (std::size_t index = 0; index < service.mux->services.size(); ++index) {
      const std::string& path = service.mux->services[index];
      const std::string at = element_path(member_path("$.services", service.path) + ".services", index);
      const auto found = std::find_if(services.begin(), services.end(),
                                      [&](const ServiceConfig& other) { return other.path == path; });
      if (found == services.end()) {
        errors.expected(at, path, kPathForm);
      } else if (found->mux) {
        errors.add(at, "\"" + path + "\" is of the type mux itself, expected a service of another type");
      } else if (!found->options.origins.empty() && service.options.origins.empty()) {
        errors.add(at, "\"" + path + "\" lists origins, expected origins in \"" + service.path +
                           "\" too: pages tell theirs to what carries them");
      }
    }
  }
}

}  // namespace encke::app
