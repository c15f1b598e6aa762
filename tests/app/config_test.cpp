// Good configurations, defaults, and files that cannot be read.
#include "tests/app/config_support.hpp"

#include <doctest/doctest.h>

namespace encke::app {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a configuration with every key is read into its values") {
  const ScratchFolder scratch;
  std::filesystem::create_directories(scratch.path() / "www");
  const auto file = scratch.file("encke.json", R"({
    "listen": ["127.0.0.1:8080", {"address": "[::]:8081"}],
    "workers": 3,
    "services": {
      "/echo": {"type": "echo", "response_limit": 4096, "limits": {"body_bytes": 5, "empty_fragments": 6}},
      "/chat": {"type": "broadcast", "transports": ["xhr_poll", "websocket"], "origins": ["https://chat.example"],
                "protocols": ["chat.v1"], "websocket": true, "websocket_drafts": ["hybi-08", "hixie-76"],
                "unmasked_drafts_need_tls": true, "jsessionid": true, "heartbeat_seconds": 2.5,
                "heartbeat_answer_seconds": 1, "disconnect_delay_seconds": 0.25, "resume_window_seconds": 90, "max_message_bytes": 1000,
                "outbox_bytes": 2000, "slow_reader": "drop_oldest", "hosts": ["a.example", "b.example:8080"], "sockjs_url": "https://cdn.example/sockjs.js"}
    },
    "static": {"/": "www", "/same": "./www/../www"},
    "limits": {"address_messages_per_second": 7, "address_bytes_per_second": 8},
    "log": {"level": "debug"}
  })");
  const ConfigResult result = load_config(file, kTestTransports);
  REQUIRE(result.errors == std::vector<std::string>{});
  const Config& config = result.config;
  CHECK(config.listen == std::vector<ListenConfig>{{{"127.0.0.1", 8080}}, {{"::", 8081}}});
  CHECK(config.workers == 3);
  CHECK(config.log_level == log::Level::debug);
  REQUIRE(config.services.size() == 2);

  const ServiceConfig& chat = config.services[0];
  CHECK(chat.path == "/chat");
  CHECK(chat.type == ServiceType::broadcast);
  CHECK(chat.options.transports == std::vector<std::string>{"xhr_poll", "websocket"});
  CHECK(chat.options.origins == std::vector<std::string>{"https://chat.example"});
  CHECK(chat.options.protocols == std::vector<std::string>{"chat.v1"});
  CHECK(chat.options.websocket);
  CHECK(chat.options.websocket_drafts == std::vector<std::string>{"hybi-08", "hixie-76"});
  CHECK(chat.options.unmasked_drafts_need_tls);
  CHECK(chat.options.jsessionid);
  CHECK(chat.options.heartbeat == 2500ms);
  CHECK(chat.options.heartbeat_answer == 1s);
  CHECK(chat.options.disconnect_delay == 250ms);
  CHECK(chat.options.resume_window == 90s);
  CHECK(chat.options.max_message_bytes == 1000);
  CHECK(chat.options.outbox_bytes == 2000);
  CHECK(chat.options.slow_reader == SlowReader::drop_oldest);
  CHECK(chat.options.hosts == std::vector<std::string>{"a.example", "b.example:8080"});
  CHECK(chat.options.sockjs_url == "https://cdn.example/sockjs.js");

  const ServiceConfig& echo = config.services[1];
  CHECK(echo.path == "/echo");
  CHECK(echo.type == ServiceType::echo);
  CHECK(echo.options.response_limit == 4096);
  CHECK(echo.options.heartbeat == ServiceOptions{}.heartbeat);
  CHECK(echo.options.limits.body_bytes == 5);
  CHECK(echo.options.limits.empty_fragments == 6);
  CHECK(config.limits.address_messages_per_second == 7);
  CHECK(config.limits.address_bytes_per_second == 8);

  REQUIRE(config.mounts.size() == 2);
  CHECK(config.mounts[0].mount == "/");
  CHECK(config.mounts[0].folder == scratch.path() / "www");
  CHECK(config.mounts[1].folder == config.mounts[0].folder);
}

TEST_CASE("what is not given keeps the default that docs/configuration.md states") {
  const ConfigResult result = parse_config(R"({"services": {"/a": {"type": "close"}}})", "", kTestTransports);
  REQUIRE(result.errors.empty());
  CHECK(result.config.listen == std::vector<ListenConfig>{{{"127.0.0.1", 8080}}});
  CHECK(result.config.workers == 0);
  CHECK(result.config.log_level == log::Level::info);
  const ServiceOptions& options = result.config.services.at(0).options;
  CHECK(result.config.services[0].type == ServiceType::close);
  CHECK(options.transports.empty());
  CHECK(options.origins.empty());
  CHECK(options.protocols.empty());
  CHECK(options.websocket);
  CHECK(options.websocket_drafts.size() == 8);
  CHECK_FALSE(options.unmasked_drafts_need_tls);
  CHECK_FALSE(options.jsessionid);
  CHECK(options.heartbeat == 25s);
  CHECK(options.heartbeat_answer == 10s);
  CHECK(options.disconnect_delay == 5s);
  CHECK(options.resume_window == 60s);
  CHECK(options.response_limit == 131072);
  CHECK(options.max_message_bytes == 16777216);
  CHECK(options.outbox_bytes == 1048576);
  CHECK(options.slow_reader == SlowReader::close);
  CHECK(options.hosts.empty());
  CHECK(options.sockjs_url == "/sockjs.js");
  CHECK(options.limits == ServiceLimits{});
  CHECK(options.limits.empty_fragments == 65'536);
  CHECK(result.config.limits == ServerLimits{});
}

TEST_CASE("an inbox's URLs are what the file says, or the defaults that docs/configuration.md states") {
  const ConfigResult result = parse_config(
      R"({"services": {"/a": {"type": "inbox"}, "/b": {"type": "inbox", "slow_reader": "block", "inbox": {
        "most_seconds": 31536000, "most_messages": 1, "most_rate": 1000000, "most_urls": 1000, "most_live": 1,
        "max_bytes": 1073741824, "get": true, "jsonp": true, "cors_origins": ["*"]}}}})",
      "", kTestTransports);
  REQUIRE(result.errors == std::vector<std::string>{});
  const ServiceConfig& plain = result.config.services[0];
  CHECK(plain.type == ServiceType::inbox);
  CHECK(plain.options.slow_reader == SlowReader::block);
  CHECK(plain.inbox == InboxOptions{});
  CHECK(plain.inbox == InboxOptions{86'400s, 1'000, 10, 8, 10'000, 65'536, false, false, {}});
  CHECK(result.config.services[1].inbox ==
        InboxOptions{31'536'000s, 1, 1'000'000, 1'000, 1, 1u << 30, true, true, {"*"}});
}

TEST_CASE("the limits themselves are allowed") {
  for (const std::string_view member :
       {R"("response_limit": 1)", R"("response_limit": 1073741824)", R"("heartbeat_seconds": 0)",
        R"("heartbeat_seconds": 0.01)", R"("heartbeat_seconds": 86400)",
        R"("disconnect_delay_seconds": 0.01)", R"("heartbeat_answer_seconds": 3600)"}) {
    CAPTURE(member);
    const std::string text =
        R"({"workers": 256, "services": {"/a": {"type": "echo", )" + std::string(member) + "}}}";
    CHECK(parse_config(text, "", kTestTransports).errors.empty());
  }
}

TEST_CASE("a file that cannot be read says which and why") {
  const ScratchFolder scratch;
  const std::string missing = (scratch.path() / "none.json").string();
  CHECK(load_config(missing, kTestTransports).errors ==
        std::vector<std::string>{missing + ": there is no such file, expected the configuration"});
  CHECK(load_config(scratch.path(), kTestTransports).errors ==
        std::vector<std::string>{scratch.path().string() + ": is a folder, expected a file"});

  const auto secret = scratch.file("secret.json", "{}");
  std::filesystem::permissions(secret, std::filesystem::perms::none);
  if (std::ifstream(secret).fail()) {  // root reads everything
    CHECK(load_config(secret, kTestTransports).errors ==
          std::vector<std::string>{secret.string() + ": cannot be read: Permission denied"});
  }
}

TEST_CASE("each error of a file begins with its name") {
  const ScratchFolder scratch;
  const auto file = scratch.file("bad.json", "{\n  \"workers\": 1,,\n}");
  const ConfigResult result = load_config(file, kTestTransports);
  REQUIRE(result.errors.size() == 1);
  CHECK(result.errors[0].starts_with(file.string() + ": line 2, column 16: syntax error"));
}

TEST_CASE("the default configuration serves the demonstration services and the chat") {
  const Config config = default_config("somewhere");
  std::vector<std::string> paths;
  for (const ServiceConfig& service : config.services) paths.push_back(service.path);
  CHECK(paths == std::vector<std::string>{"/amplify", "/broadcast", "/chat", "/close", "/echo"});
  REQUIRE(config.mounts.size() == 1);
  CHECK(config.mounts[0].mount == "/");
  CHECK(config.mounts[0].folder == "somewhere");
}

}  // namespace
}  // namespace encke::app
