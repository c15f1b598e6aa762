// Rules of who may be connected where: each form of a rule with what it stands for, and what nearly is that.
#include "server/core/target_rules.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace encke {
namespace {

using Hosts = std::vector<std::string>;

constexpr std::string_view kOrigin = "https://a.example";

TargetRules rules(Hosts hosts, std::vector<PortRange> ports = {{6667, 6669}}, Hosts origins = {}) {
  const TargetRule rule{.origins = std::move(origins), .hosts = std::move(hosts), .ports = std::move(ports)};
  CHECK(target_rule_fault(rule).empty());
  return TargetRules({rule});
}

/// Whether a page may be connected to `host`; where that is a name, all of its addresses being public.
bool may(const TargetRules& by, std::string_view host, std::uint16_t port = 6667,
         std::string_view origin = kOrigin) {
  const TargetRules::Target target{.origin = origin, .host = host, .port = port};
  const Address address = Address::parse(host).value_or(*Address::parse("1.1.1.1"));
  return by.name(target) && by.may_reach(target, address);
}

TEST_CASE("without rules nothing is allowed") {
  CHECK_FALSE(may(TargetRules{}, "irc.example"));
  CHECK_FALSE(may(TargetRules{}, "1.1.1.1"));
}

TEST_CASE("a rule's host is what it says, and no more") {
  struct Row {
    std::string host;
    Hosts is;
    Hosts is_not;
  };
  const Row rows[] = {
      {"irc.example",
       {"irc.example"},
       {"irc.example.net", "xirc.example", "x.irc.example", "example", "irc-example", "irc.exampl",
        "1.1.1.1"}},
      {"IRC.Example", {"irc.example"}, {"irc.example.net"}},
      {"*.example.net",
       {"a.example.net", "b.a.example.net"},
       {"example.net", "xexample.net", "a.example.net.evil.example", "a.example.com", "net", "1.1.1.1"}},
      {"1.1.1.1", {"1.1.1.1"}, {"1.1.1.2", "irc.example", "11.1.1.1"}},
      {"1.1.0.0/16", {"1.1.0.0", "1.1.255.255"}, {"1.0.255.255", "1.2.0.0"}},
      {"2606:4700::/32", {"2606:4700::1"}, {"2606:4701::1", "1.1.1.1"}},
      {"127.0.0.1", {"127.0.0.1"}, {"127.0.0.2", "::1", "0.0.0.0"}},
      {"::ffff:127.0.0.1", {"127.0.0.1"}, {"127.0.0.2"}},
      {"127.0.0.0/8", {"127.0.0.1", "127.255.255.255"}, {"128.0.0.0", "126.255.255.255"}},
      {"10.1.0.0/16", {"10.1.2.3", "64:ff9b::a01:203"}, {"10.2.0.0", "10.0.255.255", "64:ff9b::a02:1"}},
      {"fd00:1::/32", {"fd00:1::7"}, {"fd00:2::7"}},
      {"::1", {"::1"}, {"::", "::2", "127.0.0.1"}},
      // Those that hold more than a special range do not mean it.
      {"0.0.0.0/0",
       {"1.1.1.1", "64:ff9b::101:101"},
       {"127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "64:ff9b::7f00:1",
        "2606:4700::1"}},
      {"::/0", {"2606:4700::1", "1.1.1.1"}, {"::1", "fe80::1", "127.0.0.1", "ff02::1", "2002:7f00:1::"}},
      {"*",
       {"irc.example", "localhost", "1.1.1.1", "2606:4700::1", "64:ff9b::101:101"},
       {"127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "::", "64:ff9b::a00:1",
        "2002:a00:1::", "2001::1", "192.168.1.1", "100.64.0.1", "fe80::1", "fd00::1", "::7f00:1"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.host);
    const TargetRules by = rules({row.host});
    for (const std::string& host : row.is) {
      CAPTURE(host);
      CHECK(may(by, host));
      CHECK_FALSE(may(by, host, 6666));
      CHECK_FALSE(may(by, host, 6670));
      CHECK_FALSE(may(by, host, 0));
    }
    for (const std::string& host : row.is_not) {
      CAPTURE(host);
      CHECK_FALSE(may(by, host));
    }
  }
}

TEST_CASE("ports are those listed, and ranges have both ends") {
  const TargetRules by = rules({"*"}, {{1, 1}, {6667, 6669}, {65535, 65535}});
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{1, 6667, 6668, 6669, 65535})
    CHECK(may(by, "a.example", port));
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{0, 2, 6666, 6670, 65534})
    CHECK_FALSE(may(by, "a.example", port));
}

TEST_CASE("origins are those of the rule, and none is told of none") {
  const TargetRules by = rules({"irc.example"}, {{6667, 6667}}, {"https://a.example", "https://*.b.example"});
  for (const char* origin : {"https://a.example", "https://x.b.example"})
    CHECK(may(by, "irc.example", 6667, origin));
  for (const char* origin : {"", "null", "http://a.example", "https://a.example:8443", "https://b.example",
                             "https://a.example.evil.example", "https://xa.example"})
    CHECK_FALSE(may(by, "irc.example", 6667, origin));
  CHECK(may(rules({"irc.example"}), "irc.example", 6667, ""));
}

TEST_CASE("what stands in one rule is not mixed with another's") {
  const TargetRules by({{.origins = {"https://a.example"}, .hosts = {"one.example"}, .ports = {{1, 1}}},
                        {.origins = {"https://b.example"}, .hosts = {"two.example"}, .ports = {{2, 2}}}});
  CHECK(may(by, "one.example", 1, "https://a.example"));
  CHECK(may(by, "two.example", 2, "https://b.example"));
  CHECK_FALSE(may(by, "one.example", 2, "https://a.example"));
  CHECK_FALSE(may(by, "two.example", 2, "https://a.example"));
  CHECK_FALSE(may(by, "one.example", 1, "https://b.example"));
}

TEST_CASE("an address of a name is public, or listed itself for that origin and port") {
  const TargetRules by({{.hosts = {"db.example", "*.corp.example"}, .ports = {{1, 9}}},
                        {.hosts = {"10.1.0.0/16"}, .ports = {{1, 5}}},
                        {.origins = {"https://other.example"}, .hosts = {"127.0.0.1"}, .ports = {{1, 9}}}});
  const auto reach = [&](const char* host, std::uint16_t port, const char* address) {
    return by.may_reach({.origin = kOrigin, .host = host, .port = port}, *Address::parse(address));
  };
  CHECK(reach("db.example", 9, "1.1.1.1"));
  CHECK(reach("db.example", 5, "10.1.2.3"));
  CHECK(reach("db.example", 5, "64:ff9b::a01:203"));
  CHECK_FALSE(reach("db.example", 6, "10.1.2.3"));   // not at that port
  CHECK_FALSE(reach("db.example", 5, "10.2.2.3"));   // not in that network
  CHECK_FALSE(reach("db.example", 5, "127.0.0.1"));  // not for that origin
  CHECK_FALSE(reach("db.example", 5, "0.0.0.0"));
  CHECK_FALSE(reach("db.example", 5, "::1"));
  CHECK_FALSE(reach("other.example", 5, "1.1.1.1"));  // the name itself is not allowed
  CHECK_FALSE(reach("other.example", 5, "10.1.2.3"));
}

TEST_CASE("a rule's host has one of four forms, and somebody can be there") {
  for (const char* good :
       {"*", "a", "irc.example", "*.example", "192.0.2.7", "::1", "10.0.0.0/8", "0.0.0.0/0"}) {
    CAPTURE(good);
    CHECK(is_target_host(good));
  }
  for (const char* bad : {"",
                          "**",
                          "*.",
                          "*example",
                          "a.*",
                          "*.*.example",
                          "*.1.1.1",
                          "a b",
                          "irc.example.",
                          "irc.example:6667",
                          "127.1",
                          "0177.0.0.1",
                          "0x7f000001",
                          "2130706433",
                          "1.1.1.1/33",
                          "10.1.0.0/8",
                          "[::1]",
                          "fe80::1%lo",
                          "0.0.0.0",
                          "::",
                          "0.0.0.0/8",
                          "224.0.0.1",
                          "ff02::1",
                          "255.255.255.255",
                          "unix:/run/x",
                          "http://a.example"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_target_host(bad));
  }
}

TEST_CASE("ports are read as numbers or ranges") {
  CHECK(parse_ports("1") == PortRange{1, 1});
  CHECK(parse_ports("6667-6697") == PortRange{6667, 6697});
  CHECK(parse_ports("65535-65535") == PortRange{65535, 65535});
  for (const char* bad : {"", "0", "65536", "-1", "1-", "-", "2-1", "1-0", "1-65536", "01", "1 ", "+1",
                          "1-2-3", "0x10", "any", "*"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_ports(bad));
  }
}

TEST_CASE("what is wrong with a rule is told") {
  const auto fault = [](const TargetRule& rule) { return target_rule_fault(rule); };
  CHECK(fault({.hosts = {}, .ports = {{1, 1}}}) == "hosts: expected at least one");
  CHECK(fault({.hosts = {"a"}, .ports = {}}) == "ports: expected at least one");
  CHECK(fault({.hosts = {"a"}, .ports = {{2, 1}}}) ==
        "ports: expected numbers from 1 to 65535, the lower first");
  CHECK(fault({.hosts = {"a"}, .ports = {{0, 1}}}) ==
        "ports: expected numbers from 1 to 65535, the lower first");
  CHECK(fault({.hosts = {"a b"}, .ports = {{1, 1}}}) ==
        "hosts: found \"a b\", expected " + std::string(kTargetHostForm));
  CHECK(fault({.origins = {"a.example"}, .hosts = {"a"}, .ports = {{1, 1}}})
            .starts_with("origins: found \"a.example\", expected an origin"));
}

}  // namespace
}  // namespace encke
