// The configuration of the policy server, and of who the process becomes.
#include "tests/app/config_support.hpp"

#include "server/app/config_flash.hpp"

#include <doctest/doctest.h>

namespace encke::app {
namespace {

constexpr std::string_view kServices = R"("services": {"/a": {"type": "echo"}}, )";

ConfigResult parse(std::string_view members, std::string_view before = kServices) {
  std::string text = "{";
  text.append(before).append(members).append("}");
  return parse_config(text, "no-such-base", kTestTransports);
}

ConfigResult parse_policy(std::string_view members) {
  std::string policy = R"("flash_policy": {)";
  policy.append(members).append("}");
  return parse(policy);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

constexpr std::string_view kAllow = R"("allow": [{"domain": "*.a.example", "ports": "8080,9000-9010"}])";

TEST_CASE("every key of flash_policy is read") {
  const ConfigResult result = parse_policy(
      std::string(kAllow) +
      R"(, "listen": ["0.0.0.0:843", "[::]:843", "systemd:policy"], "site_control": "master-only",)"
      R"( "public_port": 843, "connections_per_address": 7)");
  REQUIRE(joined(result.errors).empty());
  REQUIRE(result.config.flash_policy.has_value());
  const FlashPolicy& policy = *result.config.flash_policy;
  REQUIRE(policy.allow.size() == 1);
  CHECK(policy.allow[0].domain == "*.a.example");
  CHECK(policy.allow[0].ports == "8080,9000-9010");
  CHECK(policy.listen == std::vector<std::string>{"0.0.0.0:843", "[::]:843", "systemd:policy"});
  CHECK(policy.site_control == "master-only");
  CHECK(policy.public_port == 843);
  CHECK(policy.connections_per_address == 7);
}

TEST_CASE("without flash_policy there is none, and one address needs no list") {
  CHECK_FALSE(parse(R"("workers": 1)").config.flash_policy.has_value());
  const ConfigResult result = parse_policy(std::string(kAllow) + R"(, "listen": "*:843")");
  CHECK(result.config.flash_policy->listen == std::vector<std::string>{"*:843"});
}

TEST_CASE("each fault in flash_policy is told with its path") {
  const std::string form(kListenAddressForm);
  const std::string rule = R"({"domain": "*.example.com", "ports": "8080,8443"})";
  const std::pair<std::string, std::string> rows[] = {
      {R"("allow": [])",
       "$.flash_policy.allow: found none, expected at least one rule, or site_control \"none\"\n"},
      {R"("allow": "*")",
       "$.flash_policy.allow: found \"*\", expected a list of at least one " + rule + "\n"},
      {R"("allow": ["*"])", "$.flash_policy.allow[0]: found \"*\", expected an object\n"},
      {R"("allow": [{"domain": "*"}])",
       "$.flash_policy.allow[0].ports: missing, expected a rule as " + rule + "\n"},
      {R"("allow": [{"ports": 8080, "domain": "*"}])",
       "$.flash_policy.allow[0].ports: found 8080, expected a text, as in " + rule + "\n"},
      {R"("allow": [{"port": "1", "ports": "8080", "domain": "*"}])",
       "$.flash_policy.allow[0].port: unknown key; did you mean \"ports\"? (known here: domain, ports)\n"},
      {R"("allow": [{"domain": "*", "ports": "8080"}, {"domain": "", "ports": "0"}])",
       "$.flash_policy.allow[1].domain: found \"\", expected a host's name, an IPv4 address, "
       "\"*.example.com\" for "
       "all names below one, or \"*\"; no scheme, no port and no path\n"
       "$.flash_policy.allow[1].ports: found \"0\", expected ports from 1 to 65535, as \"8080\", "
       "\"8080,9000-9010\", or \"*\" for all; no blanks\n"},
      {std::string(kAllow) + R"(, "listen": "843")",
       "$.flash_policy.listen: found \"843\", expected " + form + "\n"},
      {std::string(kAllow) + R"(, "listen": [])",
       "$.flash_policy.listen: found an empty list, expected " + form + ", or a list of such\n"},
      {std::string(kAllow) + R"(, "listen": "*:843", "site_control": "some")",
       "$.flash_policy.site_control: found \"some\", expected \"all\", \"master-only\" or \"none\"\n"},
      {std::string(kAllow) + R"(, "listen": "*:843", "public_port": 0)",
       "$.flash_policy.public_port: found 0, expected a port from 1 to 65535\n"},
      {std::string(kAllow) + R"(, "connections_per_address": 0)",
       "$.flash_policy.connections_per_address: found 0, expected a number of connections from 1 to 4096\n"},
      {std::string(kAllow) + R"(, "master": true)",
       "$.flash_policy.master: unknown key (known here: listen, allow, site_control, public_port, "
       "connections_per_address)\n"},
  };
  for (const auto& [members, errors] : rows) {
    CAPTURE(members);
    CHECK(joined(parse_policy(members).errors) == errors);
  }
  CHECK(joined(parse(R"("flash_policy": "*")").errors) ==
        "$.flash_policy: found \"*\", expected an object\n");
  CHECK(joined(parse_policy(std::string(kAllow) +
                            R"(, "listen": ["*:843", "systemd:a", "*:843", "systemd:a", 843])")
                   .errors) ==
        "$.flash_policy.listen[2]: *:843 is given twice, expected once\n"
        "$.flash_policy.listen[3]: systemd:a is given twice, expected once\n"
        "$.flash_policy.listen[4]: found 843, expected " +
            form + "\n");
}

TEST_CASE("what the ports of all listeners decide is checked with the command line's part") {
  const auto faults = [](std::string_view listen, std::string_view policy, bool policy_only = false) {
    const ConfigResult result =
        parse(R"("listen": [)" + std::string(listen) + R"(], "flash_policy": {)" +
              R"("allow": [{"domain": "*", "ports": "80,8080"}])" + std::string(policy) + "}");
    REQUIRE(joined(result.errors).empty());
    return joined(faults_of_whole(result.config, policy_only));
  };
  const std::string low =
      "$.flash_policy.allow[0].ports: found \"80,8080\", expected ports from 1024 on: lower ones are granted "
      "from ports below 1024 only, and this policy is served from none (843 is the usual one)\n";
  CHECK(faults(R"("127.0.0.1:8080")", "") == low);
  CHECK(faults(R"("127.0.0.1:80")", "").empty());
  CHECK(faults(R"("127.0.0.1:8080")", R"(, "listen": "*:843")").empty());
  CHECK(faults(R"("127.0.0.1:8080")", R"(, "listen": "*:8430")") == low);
  CHECK(faults(R"("127.0.0.1:8080")", R"(, "listen": "*:8430", "public_port": 843)").empty());
  // Known once they are bound.
  CHECK(faults(R"("127.0.0.1:8080")", R"(, "listen": "systemd:policy")").empty());
  CHECK(faults(R"("127.0.0.1:0")", "").empty());
  // What else is served counts only where it is served.
  CHECK(faults(R"("127.0.0.1:80")", R"(, "listen": "*:8430")").empty());
  CHECK(faults(R"("127.0.0.1:80")", R"(, "listen": "*:8430")", true) == low);
}

TEST_CASE("an address that serves other things is not the policy's own too") {
  const auto faults = [](std::string_view listen, bool policy_only = false) {
    const ConfigResult result = parse(R"("listen": ["127.0.0.1:8080", "systemd:web"], "flash_policy": {)" +
                                      std::string(kAllow) + R"(, "listen": )" + std::string(listen) + "}");
    REQUIRE(joined(result.errors).empty());
    return joined(faults_of_whole(result.config, policy_only));
  };
  const std::string text =
      " is in the listen of the top level too, where policy requests are answered in any case; expected "
      "another address, or none\n";
  CHECK(faults(R"("127.0.0.1:8080")") == "$.flash_policy.listen: 127.0.0.1:8080" + text);
  CHECK(faults(R"(["*:843", "systemd:web"])") == "$.flash_policy.listen: systemd:web" + text);
  CHECK(faults(R"("127.0.0.1:8080")", true).empty());
  CHECK(faults(R"("127.0.0.2:8080")").empty());
  const ConfigResult any_port =
      parse(R"("listen": ["*:0"], "flash_policy": {)" + std::string(kAllow) + R"(, "listen": "*:0"})");
  CHECK(joined(faults_of_whole(any_port.config, false)).empty());
}

TEST_CASE("the policy alone is served only by itself") {
  const std::string policy = R"("flash_policy": {"listen": "*:843", )" + std::string(kAllow) + "}";
  const ConfigResult alone = parse(policy, "");
  REQUIRE(joined(alone.errors).empty());
  CHECK(faults_of_whole(alone.config, true).empty());
  CHECK(joined(faults_of_whole(alone.config, false)) ==
        "$: nothing to serve but the policy, expected an entry in services or in static, or --policy-only\n");
  const ConfigResult none = parse_policy(kAllow);
  CHECK(faults_of_whole(none.config, false).empty());
  for (const ConfigResult& config : {none, parse(R"("workers": 1)")}) {
    CHECK(joined(faults_of_whole(config.config, true)) ==
          "$.flash_policy: has no listen, expected one for --policy-only\n");
  }
  CHECK(joined(parse(R"("flash_policy": {)" + std::string(kAllow) + "}", "").errors) ==
        "$: nothing to serve, expected at least one entry in services or in static\n");
}

TEST_CASE("user and group are of this machine, and not root") {
  const ConfigResult result = parse(R"("user": "nobody", "group": "daemon")");
  REQUIRE(joined(result.errors).empty());
  REQUIRE(result.config.identity.has_value());
  CHECK(result.config.identity->name == "nobody");
  CHECK(result.config.identity->user != 0);
  CHECK(result.config.identity->group == find_group("daemon"));
  CHECK(parse(R"("user": "nobody")").config.identity->group != 0);
  const std::pair<std::string_view, std::string_view> rows[] = {
      {R"("user": "no-such-user")", "$.user: found \"no-such-user\", expected a user of this machine\n"},
      {R"("user": "")", "$.user: found \"\", expected a user's name\n"},
      {R"("user": 1)", "$.user: found 1, expected a user's name\n"},
      {R"("user": "root")", "$.user: found \"root\", expected a user without root's privileges\n"},
      {R"("user": "nobody", "group": "no-such-group")",
       "$.group: found \"no-such-group\", expected a group of this machine\n"},
      {R"("user": "nobody", "group": "root")",
       "$.group: found \"root\", expected a group without root's privileges\n"},
      {R"("user": 1, "group": "nogroup")", "$.user: found 1, expected a user's name\n"},
      {R"("group": "nogroup")", "$.group: is the user's, expected a user beside it\n"},
  };
  for (const auto& [members, errors] : rows) CHECK(joined(parse(members).errors) == errors);
}

}  // namespace
}  // namespace encke::app
