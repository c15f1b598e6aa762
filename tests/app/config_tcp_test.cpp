// Services of type tcp: good ones, and each fault.
#include "tests/app/config_support.hpp"
#include "tests/net/tls_support.hpp"

#include <doctest/doctest.h>

namespace encke::app {
namespace {

using namespace std::chrono_literals;

std::string tcp_with(const std::string& more) {
  return R"({"services": {"/a": {"type": "tcp", )" + more + "}}}";
}

std::vector<std::string> faults(const std::string& more) {
  return parse_config(tcp_with(more), "no-such-base", kTestTransports).errors;
}

TEST_CASE("a service with every key of the type is read into its values") {
  const test::Folder folder;
  test::issue_to(folder, "ca", {"irc.example"});
  const ConfigResult result = parse_config(tcp_with(R"(
    "connect": ["irc.example:6697", "[::1]:6697"], "balance": "round_robin", "data": "text",
    "tls": {"authorities": "ca.pem", "name": "irc.example"}, "half_close": true, "connect_seconds": 2.5,
    "idle_seconds": 60, "retry_seconds": 1, "check_seconds": 5, "proxy_protocol": 2,
    "webirc": {"password": "secret", "gateway": "web"})"),
                                           folder.path(), kTestTransports);
  REQUIRE(result.errors == std::vector<std::string>{});
  const ServiceConfig& service = result.config.services.at(0);
  CHECK(service.type == ServiceType::tcp);
  CHECK(service.options.slow_reader == SlowReader::block);
  REQUIRE(service.tcp);
  const TcpOptions expected{.connect = {"irc.example:6697", "[::1]:6697"},
                            .balance = Balance::round_robin,
                            .text = true,
                            .tls = BackendTls{.authorities = folder / "ca.pem", .name = "irc.example"},
                            .half_close = true,
                            .connect_time = 2500ms,
                            .idle_time = 60s,
                            .retry_time = 1s,
                            .check_time = 5s,
                            .proxy_protocol = 2,
                            .webirc = WebIrc{.password = "secret", .gateway = "web"}};
  CHECK(*service.tcp == expected);
}

TEST_CASE("the least that is needed is whom to connect to") {
  const ConfigResult result = parse_config(tcp_with(R"("connect": "127.0.0.1:1")"), "", kTestTransports);
  REQUIRE(result.errors == std::vector<std::string>{});
  CHECK(*result.config.services.at(0).tcp == TcpOptions{.connect = {"127.0.0.1:1"}});
  const ConfigResult secure =
      parse_config(tcp_with(R"("connect": "127.0.0.1:1", "tls": true)"), "", kTestTransports);
  CHECK(secure.config.services.at(0).tcp->tls == BackendTls{});
  const ConfigResult plain =
      parse_config(tcp_with(R"("connect": "127.0.0.1:1", "tls": false)"), "", kTestTransports);
  CHECK_FALSE(plain.config.services.at(0).tcp->tls);
}

TEST_CASE("rules for targets of the page's are read") {
  const ConfigResult result = parse_config(tcp_with(R"(
    "targets": [{"hosts": ["irc.example", "*.irc.example"], "ports": [6667, "6697-6699"]},
                {"origins": ["https://a.example"], "hosts": ["10.1.0.0/16", "::1", "*"], "ports": [65535]}],
    "handshake_seconds": 2, "origins": ["https://a.example"])"),
                                           "", kTestTransports);
  REQUIRE(result.errors == std::vector<std::string>{});
  CHECK(*result.config.services.at(0).tcp ==
        TcpOptions{
            .targets = {{.hosts = {"irc.example", "*.irc.example"}, .ports = {{6667, 6667}, {6697, 6699}}},
                        {.origins = {"https://a.example"},
                         .hosts = {"10.1.0.0/16", "::1", "*"},
                         .ports = {{65535, 65535}}}},
            .handshake_time = 2s});
  CHECK(result.warnings == std::vector<std::string>{
                               R"($.services["/a"].targets[1].hosts: lets pages connect to all hosts of the )"
                               "internet at these ports"});
}

TEST_CASE("each fault of a rule for targets is told") {
  const std::string at = R"($.services["/a"].)";
  const std::string ports = R"(, expected a port from 1 to 65535, or a range of them, as "6667-6697")";
  const std::string hosts =
      R"(expected a host's name, as "irc.example" or "*.example", an address or a network, as "192.0.2.7" or "10.1.0.0/16", or "*"; not one that nobody can be connected to)";
  const auto rule = [](const std::string& of) { return R"("targets": [{)" + of + "}]"; };
  const std::pair<std::string, std::string> rows[] = {
      {R"("targets": [])",
       at +
           R"(targets: found an empty list, expected a list of at least one rule: [{"hosts": ["irc.example"], "ports": [6667]}])"},
      {R"("targets": [1])", at + "targets[0]: found 1, expected an object"},
      {rule(R"("hosts": ["a.example"])"),
       at + R"(targets[0].ports: missing, expected a list of ports: [6667, "6697-6699"])"},
      {rule(R"("ports": [1])"), at + "targets[0].hosts: missing, expected a list of " + hosts.substr(9)},
      {rule(R"("ports": [1], "hosts": ["a.example"], "port": 1)"),
       at + R"(targets[0].port: unknown key; did you mean "ports"? (known here: origins, hosts, ports))"},
      {rule(R"("ports": [], "hosts": ["a.example"])"),
       at + R"(targets[0].ports: found an empty list, expected a list of at least one: [6667, "6697-6699"])"},
      {rule(R"("ports": [1], "hosts": ["a.example"], "origins": ["https://a.example"])"),
       at + "targets[0].origins: are no proof where the service itself lists none, expected origins beside "
            "targets"},
      {rule(R"("ports": [0], "hosts": ["a.example"])"), at + "targets[0].ports[0]: found 0" + ports},
      {rule(R"("ports": [1, 65536], "hosts": ["a.example"])"),
       at + "targets[0].ports[1]: found 65536" + ports},
      {rule(R"("ports": ["2-1"], "hosts": ["a.example"])"),
       at + R"(targets[0].ports[0]: found "2-1")" + ports},
      {rule(R"("ports": [-1], "hosts": ["a.example"])"), at + "targets[0].ports[0]: found -1" + ports},
      {rule(R"("ports": [1], "hosts": ["0x7f.1"])"), at + R"(targets[0].hosts[0]: found "0x7f.1", )" + hosts},
      {rule(R"("ports": [1], "hosts": ["10.1.0.0/8"])"),
       at + R"(targets[0].hosts[0]: found "10.1.0.0/8", )" + hosts},
      {rule(R"("ports": [1], "hosts": ["0.0.0.0"])"),
       at + R"(targets[0].hosts[0]: found "0.0.0.0", )" + hosts},
      {rule(R"("ports": [1], "hosts": ["a.*"])"), at + R"(targets[0].hosts[0]: found "a.*", )" + hosts},
      {rule(R"("ports": [1], "hosts": ["a.example"])") + R"(, "connect": "a.example:1")",
       at + R"(connect: is for servers that are configured, expected none beside "targets")"},
      {rule(R"("ports": [1], "hosts": ["a.example"])") + R"(, "balance": "first")",
       at + R"(balance: is for servers that are configured, expected none beside "targets")"},
      {R"("connect": "a.example:1", "handshake_seconds": 1)",
       at + R"(handshake_seconds: is for pages that name the target, expected "targets")"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(faults(row.first) == std::vector<std::string>{row.second});
  }
}

TEST_CASE("each fault of a key of the type is told") {
  const std::string form =
      R"(expected "HOST:PORT", as "irc.example:6667", "127.0.0.1:6667" or "[::1]:6667", or "unix:/run/irc.sock")";
  const std::string at = R"($.services["/a"].)";
  const std::string to = R"("connect": "a.example:1", )";
  const std::pair<std::string, std::string> rows[] = {
      {R"("data": "text")", at + "connect: missing, " + form + R"(; or rules in "targets")"},
      {R"("connect": "irc.example")", at + R"(connect: found "irc.example", )" + form},
      {R"("connect": "127.1:80")", at + R"(connect: found "127.1:80", )" + form},
      {R"("connect": "a.example:0")", at + R"(connect: found "a.example:0", )" + form},
      {R"("connect": "a.example:65536")", at + R"(connect: found "a.example:65536", )" + form},
      {R"("connect": [])",
       at + "connect: found an empty list, expected a list of at least one, each " + form.substr(9)},
      {R"("connect": ["a.example:1", "b"])", at + R"(connect[1]: found "b", )" + form},
      {R"("connect": ["a.example:1", "a.example:1"])",
       at + R"(connect[1]: "a.example:1" is given twice, expected once)"},
      {to + R"("balance": "least")", at + R"(balance: found "least", expected "first" or "round_robin")"},
      {to + R"("data": "bytes")", at + R"(data: found "bytes", expected "binary" or "text")"},
      {to + R"("tls": 1)",
       at + R"(tls: found 1, expected true, false or {"authorities": "ca.pem", "name": "irc.example"})"},
      {to + R"("tls": {"ca": "x"})", at + "tls.ca: unknown key (known here: authorities, name)"},
      {to + R"("tls": {"name": "a b"})",
       at + R"(tls.name: found "a b", expected the host name or address that the server's certificate has)"},
      {R"("connect": "unix:/x", "tls": true)",
       at + R"(tls: has no name, expected {"name": ...}: whose certificate "unix:/x" has)"},
      {to + R"("connect_seconds": 0)",
       at + "connect_seconds: found 0, expected a number of seconds from 0.1 to 600"},
      {to + R"("idle_seconds": 0.5)",
       at + "idle_seconds: found 0.5, expected 0 (none), or a number of seconds from 1 to 86400"},
      {to + R"("proxy_protocol": 3)",
       at + "proxy_protocol: found 3, expected the version of the PROXY protocol (0: none) from 0 to 2"},
      {to + R"("webirc": {"gateway": "x"})",
       at + "webirc.password: missing, expected the one that the server of IRC knows"},
      {to + R"("webirc": {"password": "two words"})",
       at +
           R"(webirc.password: found "two words", expected one word without blanks that does not begin with a colon)"},
      {to + R"("slow_reader": "close")",
       at + R"(slow_reader: expected "block", the only one for the type tcp)"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(faults(row.first) == std::vector<std::string>{row.second});
  }
  const std::vector<std::string> missing = faults(to + R"("tls": {"authorities": "none.pem"})");
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].starts_with(at + "tls.authorities: no-such-base/none.pem: "));
}

TEST_CASE("other services do not know these keys, and where the type is wrong there is one error") {
  const ConfigResult echo = parse_config(
      R"({"services": {"/a": {"type": "echo", "connect": "a.example:1"}}})", "", kTestTransports);
  REQUIRE(echo.errors.size() == 1);
  CHECK(echo.errors[0].starts_with(R"($.services["/a"].connect: unknown key)"));
  const ConfigResult wrong =
      parse_config(R"({"services": {"/a": {"type": "tpc", "connect": "a.example:1"}}})", "", kTestTransports);
  CHECK(wrong.errors.size() == 1);
}

TEST_CASE("servers of names are numeric addresses") {
  const auto config = [](const std::string& server) {
    return parse_config(R"({"services": {"/a": {"type": "echo"}}, "name_servers": [")" + server + "\"]}", "",
                        kTestTransports);
  };
  for (const char* good : {"192.0.2.1", "192.0.2.1:5353", "::1", "[::1]:53"}) {
    CAPTURE(good);
    CHECK(config(good).config.name_servers == std::vector<std::string>{good});
    CHECK(config(good).errors.empty());
  }
  for (const std::string bad : {"", "dns.example", "dns.example:53", "unix:/x", "192.0.2.1:0", "127.1"}) {
    CAPTURE(bad);
    CHECK(config(bad).errors ==
          std::vector<std::string>{
              "$.name_servers[0]: found \"" + bad +
              "\", expected the numeric address of a server of DNS, as \"192.0.2.1\" or \"192.0.2.1:53\""});
  }
}

}  // namespace
}  // namespace encke::app
