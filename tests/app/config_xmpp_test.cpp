// What a configuration says of a service of type xmpp.
#include "tests/app/config_support.hpp"
#include "tests/net/tls_support.hpp"

#include <doctest/doctest.h>

namespace encke::app {
namespace {

using namespace std::chrono_literals;

ConfigResult parse(const std::string& keys, const std::filesystem::path& base = "no-such-base") {
  return parse_config(R"({"services": {"/a": {"type": "xmpp", )" + keys + "}}}", base, kTestTransports);
}

TEST_CASE("all keys of a gateway to XMPP are read") {
  const test::Folder folder;
  test::issue_to(folder, "ca", {"x.example"});
  const ConfigResult result = parse(R"("connect": ["x.example:5222", "[::1]:5222"], "balance": "round_robin",
    "domains": ["x.example", "192.0.2.1"], "security": "starttls_if_offered", "max_stanza_bytes": 65536,
    "tls": {"authorities": "ca.pem", "name": "y.example"}, "connect_seconds": 2.5, "idle_seconds": 60,
    "retry_seconds": 1, "check_seconds": 5, "proxy_protocol": 2)",
                                    folder.path());
  REQUIRE(result.errors == std::vector<std::string>{});
  const ServiceConfig& service = result.config.services.at(0);
  CHECK(service.options.slow_reader == SlowReader::block);
  CHECK(service.options.protocols == std::vector<std::string>{"xmpp"});
  const XmppOptions expected{.connect = {"x.example:5222", "[::1]:5222"},
                             .domains = {"x.example", "192.0.2.1"},
                             .balance = Balance::round_robin,
                             .security = XmppSecurity::starttls_if_offered,
                             .tls = {.authorities = folder / "ca.pem", .name = "y.example"},
                             .max_stanza_bytes = 65536,
                             .connect_time = 2500ms,
                             .idle_time = 60s,
                             .retry_time = 1s,
                             .check_time = 5s,
                             .proxy_protocol = 2};
  CHECK(service.xmpp == expected);
}

TEST_CASE("the least that is needed is whom to connect to, and for which domains") {
  const ConfigResult result = parse(R"("connect": "x.example:5222", "domains": ["x.example"])");
  REQUIRE(result.errors == std::vector<std::string>{});
  CHECK(result.config.services.at(0).xmpp ==
        XmppOptions{.connect = {"x.example:5222"}, .domains = {"x.example"}});
  for (const auto& row : {std::pair{"starttls", XmppSecurity::starttls},
                          {"starttls_if_offered", XmppSecurity::starttls_if_offered},
                          {"tls", XmppSecurity::tls},
                          {"none", XmppSecurity::none}}) {
    const std::string word = row.first;
    CAPTURE(word);
    const ConfigResult one =
        parse(R"("connect": "x.example:5222", "domains": ["x.example"], "security": ")" + word + "\"");
    CHECK(one.config.services.at(0).xmpp->security == row.second);
  }
}

TEST_CASE("each fault of a key of the type is told") {
  const std::string at = R"($.services["/a"].)";
  const std::string to = R"("connect": "a.example:1", "domains": ["a.example"], )";
  const std::string form = R"(a domain in lower case, as "xmpp.example")";
  const std::pair<std::string, std::string> rows[] = {
      {R"("connect": "a.example:1")",
       at + "domains: missing, expected a list of those that pages log in to, each " + form},
      {R"("connect": "a.example:1", "domains": ["A.example"])",
       at + R"(domains[0]: found "A.example", expected )" + form},
      {to + R"("security": "always")",
       at + R"(security: found "always", expected "starttls", "starttls_if_offered", "tls" or "none")"},
      {to + R"("max_stanza_bytes": 1023)",
       at + "max_stanza_bytes: found 1023, expected a number of bytes from 1024 to 1073741824"},
      {to + R"("security": "none", "tls": {})",
       at + R"(tls: is of no use with security "none", expected one of the two)"},
      {to + R"("slow_reader": "close")",
       at + R"(slow_reader: expected "block", the only one for the type xmpp)"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(parse(row.first).errors == std::vector<std::string>{row.second});
  }
  const ConfigResult webirc = parse(to + R"("webirc": {"password": "x"})");
  REQUIRE(webirc.errors.size() == 1);
  CHECK(webirc.errors[0].starts_with(at + "webirc: unknown key"));
  const ConfigResult tcp =
      parse_config(R"({"services": {"/a": {"type": "tcp", "connect": "a.example:1", "domains": ["x"]}}})", "",
                   kTestTransports);
  REQUIRE(tcp.errors.size() == 1);
  CHECK(tcp.errors[0].starts_with(at + "domains: unknown key"));
}

}  // namespace
}  // namespace encke::app
