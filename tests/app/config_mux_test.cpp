// Multiplexed services in a configuration: what is read, and each fault.
#include "tests/app/config_support.hpp"

#include <doctest/doctest.h>

namespace encke::app {
namespace {

/// A file with services to carry and one of the type mux with these members.
std::string mux_with(const std::string& members) {
  return R"({"services": {"/a": {"type": "echo"}, "/b": {"type": "echo", "origins": ["https://a.example"]}, )"
         R"("/m": {"type": "mux")" +
         members + "}}}";
}

std::vector<std::string> faults_of(const std::string& text) {
  return parse_config(text, "", kTestTransports).errors;
}

TEST_CASE("a multiplexed service names what it carries, and what else there is to it") {
  const ConfigResult result = parse_config(mux_with(R"(, "services": ["/a"])"), "", kTestTransports);
  CHECK(result.errors == std::vector<std::string>{});
  const ServiceConfig& plain = result.config.services.at(2);
  CHECK(plain.type == ServiceType::mux);
  CHECK(plain.options == mux_service());
  CHECK(plain.mux == MuxOptions{.services = {"/a"}});
  const ConfigResult all = parse_config(
      mux_with(R"(, "services": ["/a", "/b"], "streams": 3, "window_bytes": 1024, "partial_bytes": 7,)"
               R"( "outbox_bytes": 5, "origins": ["https://a.example"])"),
      "", kTestTransports);
  CHECK(all.errors == std::vector<std::string>{});
  CHECK(all.config.services.at(2).mux ==
        MuxOptions{.services = {"/a", "/b"}, .streams = 3, .window = 1024, .partial_bytes = 7});
  CHECK(all.config.services.at(2).options.outbox_bytes == 5);
}

TEST_CASE("each fault of a multiplexed service has its line") {
  const auto faults = [](const std::string& members) { return faults_of(mux_with(members)); };
  const std::string at = "$.services[\"/m\"].";
  CHECK(faults("") == std::vector{at + "services: missing, expected the paths of the services that it may "
                                       "carry: [\"/chat\", \"/irc\"]"});
  CHECK(faults(R"(, "services": ["/a", "/c"])") ==
        std::vector{at + "services[1]: found \"/c\", expected the path of a service of this file"});
  CHECK(
      faults(R"(, "services": ["/m"])") ==
      std::vector{at + "services[0]: \"/m\" is of the type mux itself, expected a service of another type"});
  CHECK(faults(R"(, "services": ["/b"])") ==
        std::vector{at + "services[0]: \"/b\" lists origins, expected origins in \"/m\" too: pages tell "
                         "theirs to what carries them"});
  CHECK(faults(R"(, "services": ["/a"], "slow_reader": "close")") ==
        std::vector{at + "slow_reader: expected \"block\", the only one for the type mux"});
  CHECK(faults(R"(, "services": ["/a"], "protocols": ["v1"])").size() == 1);
  CHECK(faults(R"(, "services": ["/a"], "window_bytes": 1023)").size() == 1);
  CHECK(faults(R"(, "services": ["/a"], "window_bytes": 1024)").empty());
  CHECK(
      faults(R"(, "services": ["/a"], "max_message_bytes": 32767)") ==
      std::vector{at + "max_message_bytes: is less than 32768, which frames of a multiplexed session take"});
  CHECK(faults(R"(, "services": ["/a"], "max_message_bytes": 32768)").empty());
  CHECK(faults(R"(, "services": ["/a"], "streams": 0)").size() == 1);
  CHECK(faults(R"(, "services": ["/a"], "streams": 4097)").size() == 1);
  CHECK(faults(R"(, "services": ["/a"], "partial_bytes": 0)").size() == 1);
}

TEST_CASE("the keys of a multiplexed service are no other's") {
  const std::vector<std::string> faults =
      faults_of(R"({"services": {"/a": {"type": "echo", "streams": 3}}})");
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].starts_with("$.services[\"/a\"].streams: unknown"));
}

}  // namespace
}  // namespace encke::app
