// docs/configuration.md tells the truth: its example is good, and each fault that it quotes is what the
// server says.
#include "tests/app/config_support.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

namespace encke::app {
namespace {

std::string documentation() {
  std::ifstream stream(ENCKE_CONFIGURATION_MD, std::ios::binary);
  REQUIRE(stream.good());
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

TEST_CASE("the example of the documentation is a good configuration") {
  const std::string text = documentation();
  const std::size_t begin = text.find("```json\n") + 8;
  const ScratchFolder scratch;
  std::filesystem::create_directories(scratch.path() / "www");
  const ConfigResult result =
      parse_config(text.substr(begin, text.find("```", begin) - begin), scratch.path(), kTestTransports);
  CHECK(result.errors == std::vector<std::string>{});
  CHECK(result.config.services.size() == 2);
}

TEST_CASE("the documentation quotes faults as the server tells them") {
  const std::string text = documentation();
  for (
      const std::string_view config : {
          R"({"services": {"/echo": {"type": "echo", "response_limit": "big"}}})",
          R"({"servces": {}})",
          R"({"services": {"/echo": {}, "/echo": {}}})",
          "{\n  \"workers\": 1,,\n}",
          R"({"listen": ["8080"]})",
          R"({"static": {"/": "/srv/encke/www"}})",
          R"({"services": {"/echo/": {"type": "echo"}}})",
          R"({"services": {"/a": {"type": "echo"}, "/a/b": {"type": "echo"}}})",
          R"({"services": {"/echo": {"type": "ehco"}}})",
          R"({"services": {"/chat": {"type": "echo", "origins": ["https://chat.example/"]}}})",
          R"({"services": {"/chat": {"type": "echo", "transports": ["xhr_poll", "xhr_pol"]}}})",
          R"({"services": {"/inbox": {"type": "inbox", "inbox": {"most_urls": 0}}}})",
          R"({"services": {"/inbox": {"type": "inbox", "slow_reader": "close"}}})",
          R"({"services": {"/echo": {"type": "echo", "heartbeat_seconds": -1}}})",
          R"({"services": {"/ticker": {"type": "feed", "source": {"udp": "localhost:9000"}}}})",
          R"({"services": {"/ticker": {"type": "feed", "source": {"udp": "[::1]:9000"}, "slow_reader": "block"}}})",
          R"({"services": {"/chat": {"type": "echo"}, "/mux": {"type": "mux", "services": ["/chatt"]}}})",
          R"({"services": {"/chat": {"type": "echo", "origins": ["https://a.example"]}, "/mux": {"type": "mux", "services": ["/chat"]}}})",
          R"({"services": {"/chat": {"type": "echo"}, "/mux": {"type": "mux", "services": ["/chat"], "slow_reader": "close"}}})",
          R"({"services": {"/echo": {"type": "echo", "outbox_bytes": null}}})",
          R"({"flash_policy": {"allow": [{"domain": "http://chat.example", "ports": "8080"}]}})",
          R"({"flash_policy": {"allow": [{"domain": "*", "ports": "8080, 8443"}]}})",
          R"({"admin": {"listen": "0.0.0.0:9090"}})",
          R"({"admin": {"page": true}})",
          R"({"admin": {"token_file": "/etc/encke/none"}})",
          R"({"trusted_proxies": ["10.0.0.1/8"]})",
          R"({"services": {"/irc": {"type": "tcp", "connect": "irc.example"}}})",
          R"({"services": {"/irc": {"type": "tcp", "connect": "a.example:1", "slow_reader": "close"}}})",
          R"({"services": {"/tcp": {"type": "tcp", "targets": [{"hosts": ["irc.example"]}]}}})",
          R"({"services": {"/xmpp": {"type": "xmpp", "connect": "a.example:1"}}})",
          R"({"services": {"/xmpp": {"type": "xmpp", "connect": "a.example:1", "domains": ["a.example"], "security": "none", "tls": {}}}})",
          R"({"limits": {"head_bytes": 16}})",
          R"({"user": "nobody-of-this-name"})",
          R"({"user": "root"})",
          R"({"listen": [{"address": "*:1", "tls": {"certificate": "c", "key": "k", "minimum_version": "1.1"}}]})",
      }) {
    CAPTURE(config);
    const ConfigResult result = parse_config(config, "", kTestTransports);
    REQUIRE(result.errors.size() == 1);
    CAPTURE(result.errors[0]);
    CHECK(text.find(result.errors[0] + "\n") != std::string::npos);
  }
}

TEST_CASE("the documentation quotes what is wrong with tokens as the server tells it") {
  const std::string text = documentation();
  for (const std::string_view tokens : {R"({"algorithm": "none", "key_file": "k"})",
                                        R"({"algorithm": "HS256", "key_file": "/etc/encke/token.secret"})"}) {
    CAPTURE(tokens);
    const ConfigResult result =
        parse_config(R"({"services": {"/chat": {"type": "echo", "tokens": )" + std::string(tokens) + "}}}",
                     "", kTestTransports);
    REQUIRE(result.errors.size() == 1);
    CAPTURE(result.errors[0]);
    CHECK(text.find(result.errors[0] + "\n") != std::string::npos);
  }
}

TEST_CASE("the documentation quotes what is wrong with a policy's ports as the server tells it") {
  const std::string text = documentation();
  for (
      const std::string_view config :
      {R"({"flash_policy": {"listen": "*:8430", "allow": [{"domain": "*", "ports": "80,8080"}]}})",
       R"({"flash_policy": {"listen": "*:8430", "site_control": "all", "allow": [{"domain": "*", "ports": "*"}]}})"}) {
    CAPTURE(config);
    const ConfigResult result = parse_config(config, "", kTestTransports);
    REQUIRE(result.errors == std::vector<std::string>{});
    const std::vector<std::string> faults = faults_of_whole(result.config, true);
    REQUIRE(faults.size() == 1);
    CHECK(text.find(faults[0] + "\n") != std::string::npos);
  }
}

TEST_CASE("the documentation quotes what the server says of an address that is given to both") {
  const ConfigResult result =
      parse_config(R"({"services": {"/a": {"type": "echo"}}, "listen": ["127.0.0.1:8080"], "flash_policy": {)"
                   R"("listen": "127.0.0.1:8080", "allow": [{"domain": "*", "ports": "8080"}]}})",
                   "", kTestTransports);
  REQUIRE(result.errors == std::vector<std::string>{});
  const std::vector<std::string> faults = faults_of_whole(result.config, false);
  REQUIRE(faults.size() == 1);
  CHECK(documentation().find(faults[0] + "\n") != std::string::npos);
}

TEST_CASE("the documentation has every key") {
  const std::string text = documentation();
  // The texts on unknown keys list the known ones.
  for (const std::string_view config :
       {R"({"-": 1})", R"({"log": {"-": 1}})",
        R"({"listen": [{"address": "*:1", "tls": {"certificate": "c", "key": "k", "-": 1}}]})",
        R"({"services": {"/a": {"type": "echo", "-": 1}}})", R"({"limits": {"-": 1}})",
        R"({"services": {"/a": {"type": "tcp", "connect": "a.example:1", "-": 1}}})",
        R"({"services": {"/a": {"type": "tcp", "connect": "a.example:1", "tls": {"-": 1}}}})",
        R"({"services": {"/a": {"type": "tcp", "targets": [{"hosts": ["a"], "ports": [1], "-": 1}]}}})",
        R"({"services": {"/a": {"type": "feed", "source": {"udp": "[::1]:9000"}, "-": 1}}})",
        R"({"services": {"/a": {"type": "feed", "source": {"udp": "[::1]:9000", "-": 1}}}})",
        R"({"services": {"/a": {"type": "echo", "limits": {"-": 1}}}})",
        R"({"services": {"/a": {"type": "inbox", "inbox": {"-": 1}}}})",
        R"({"flash_policy": {"allow": [{"domain": "*", "ports": "*"}], "-": 1}})",
        R"({"flash_policy": {"allow": [{"domain": "*", "ports": "*", "-": 1}]}})"}) {
    const ConfigResult result = parse_config(config, "", kTestTransports);
    REQUIRE(result.errors.size() == 1);
    const std::string_view error = result.errors[0];
    std::size_t begin = error.find("(known here: ") + 13;
    while (begin < error.size()) {
      const std::size_t end = error.find_first_of(",)", begin);
      const std::string row = "| `" + std::string(error.substr(begin, end - begin)) + "` |";
      CAPTURE(row);
      if (row != "| `type` |") CHECK(text.find(row) != std::string::npos);
      begin = end + 2;
    }
  }
}

}  // namespace
}  // namespace encke::app
