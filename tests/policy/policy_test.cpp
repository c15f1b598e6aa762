// What a policy may say, and how it is written down.
#include "server/policy/policy.hpp"

#include <doctest/doctest.h>

using namespace encke;
using policy::Place;
using policy::Serving;

namespace {

FlashPolicy one_rule(std::string domain, std::string ports) {
  return {.allow = {{std::move(domain), std::move(ports)}}};
}

/// The faults as lines.
std::vector<std::string> lines(const std::vector<policy::Fault>& faults) {
  std::vector<std::string> result;
  for (const policy::Fault& fault : faults) result.push_back(fault.where + ": " + fault.text);
  return result;
}

std::string only(const std::vector<policy::Fault>& faults) {
  const std::vector<std::string> all = lines(faults);
  return all.empty() ? "good" : all.size() == 1 ? all[0] : "several";
}

}  // namespace

TEST_CASE("a NUL, which would end the policy for the player, is no part of a domain") {
  for (const std::string& domain : {std::string("192.0.2.7\0", 10), std::string("192.0.2.7\0x", 11),
                                    std::string("*\0", 2), std::string("a.example\0", 10)}) {
    CHECK(only(policy::faults_of(one_rule(domain, "8080"))) != "good");
  }
}

TEST_CASE("a domain is a name, an IPv4 address, a name behind *., or *") {
  const std::string long_label(63, 'a');
  for (const std::string& domain :
       {std::string("*"), std::string("*.example.com"), std::string("example.com"), std::string("localhost"),
        std::string("WWW.Example.com"), std::string("192.0.2.7"), std::string("a-b_c.example"),
        std::string("xn--bcher-kva.example"), long_label + ".example", std::string("1.example")}) {
    CAPTURE(domain);
    CHECK(only(policy::faults_of(one_rule(domain, "8080"))) == "good");
  }
  const std::string form =
      "expected a host's name, an IPv4 address, \"*.example.com\" for all names below one, or \"*\"; no "
      "scheme, no port and no path";
  for (const std::string& domain : {std::string(""),
                                    std::string("*."),
                                    std::string("*example.com"),
                                    std::string("www.*.com"),
                                    std::string("*.*"),
                                    std::string("**"),
                                    std::string("*.192.0.2.7"),
                                    std::string("192.0.2"),
                                    std::string("192.0.2.256"),
                                    std::string("http://example.com"),
                                    std::string("example.com:80"),
                                    std::string("example.com/"),
                                    std::string("example.com."),
                                    std::string(".example.com"),
                                    std::string("a..b"),
                                    std::string("-a.b"),
                                    std::string("a-.b"),
                                    std::string(" a"),
                                    std::string("a b"),
                                    std::string("[::1]"),
                                    std::string("a,b"),
                                    long_label + "a.example"}) {
    CAPTURE(domain);
    CHECK(only(policy::faults_of(one_rule(domain, "8080"))) ==
          "allow[0].domain: found \"" + domain.substr(0, 60) + (domain.size() > 60 ? "..." : "") + "\", " +
              form);
  }
  CHECK(only(policy::faults_of(one_rule("b\xc3\xbc\"\n.example", "8080"))) ==
        "allow[0].domain: found \"b????.example\", " + form);
}

TEST_CASE("ports are numbers and ranges between commas, or *") {
  for (const char* ports :
       {"*", "1024", "65535", "8080,8443", "8000-8010", "8080,9000-9010,10000", "8080-8080"}) {
    CAPTURE(ports);
    CHECK(only(policy::faults_of(one_rule("*", ports))) == "good");
  }
  for (const char* ports : {"", "0", "65536", "8080,", ",8080", "8080,,8081", "8080, 8081", "8010-8000",
                            "8000-", "-8000", "1-2-3", "*,8080", "http", "+80", "80.", "0-10"}) {
    CAPTURE(ports);
    CHECK(only(policy::faults_of(one_rule("*", ports))) ==
          "allow[0].ports: found \"" + std::string(ports) +
              "\", expected ports from 1 to 65535, as \"8080\", \"8080,9000-9010\", or \"*\" for all; no "
              "blanks");
  }
}

TEST_CASE("each faulty rule is told with its place") {
  const FlashPolicy both{.allow = {{"a", "1024"}, {"a b", "8080"}, {"c", "x"}}};
  const std::vector<std::string> all = lines(policy::faults_of(both));
  REQUIRE(all.size() == 2);
  CHECK(all[0].find("allow[1].domain: ") == 0);
  CHECK(all[1].find("allow[2].ports: ") == 0);
  CHECK(policy::first_of(policy::faults_of(both)).find("flash_policy.allow[1].domain: found \"a b\"") == 0);
  CHECK(policy::first_of({}).empty());
}

TEST_CASE("a policy has rules, or forbids all") {
  CHECK(only(policy::faults_of({})) ==
        "allow: found none, expected at least one rule, or site_control \"none\"");
  FlashPolicy none{.site_control = "none", .listen = {"*:843"}};
  CHECK(only(policy::faults_of(none)) == "good");
  none.allow = {{"*", "8080"}};
  CHECK(only(policy::faults_of(none)) ==
        "allow: has no effect beside site_control \"none\", expected one of the two");
}

TEST_CASE("site_control is one of the words for sockets, and needs a listener of the policy's own") {
  FlashPolicy policy = one_rule("*", "8080");
  policy.site_control = "all";
  CHECK(only(policy::faults_of(policy)) ==
        "site_control: is heeded in the policy of port 843 only, expected a listen beside it");
  policy.listen = {"*:843"};
  for (const char* word : {"all", "master-only"}) {
    policy.site_control = word;
    CHECK(only(policy::faults_of(policy)) == "good");
  }
  for (const char* word : {"by-content-type", "by-ftp-filename", "ALL", "master_only"}) {
    policy.site_control = word;
    CHECK(only(policy::faults_of(policy)) ==
          "site_control: found \"" + std::string(word) + "\", expected \"all\", \"master-only\" or \"none\"");
  }
}

TEST_CASE("a public port needs a listener, and somebody may connect") {
  FlashPolicy policy = one_rule("*", "8080");
  policy.public_port = 843;
  CHECK(only(policy::faults_of(policy)) == "public_port: is the port of listen, expected a listen beside it");
  policy.listen = {"*:8430"};
  CHECK(only(policy::faults_of(policy)) == "good");
  policy.connections_per_address = 0;
  CHECK(only(policy::faults_of(policy)) == "connections_per_address: found 0, expected at least 1");
}

TEST_CASE("a policy is short enough to leave in one piece") {
  FlashPolicy policy;
  const auto size = [&] { return policy::to_xml(policy, Place::alone).size(); };
  while (size() <= 16 * 1024) policy.allow.push_back({"www.example.com", "8080"});
  CHECK(only(policy::faults_of(policy)) ==
        "allow: makes a policy of " + std::to_string(size()) + " bytes, expected at most 16384");
  policy.allow.pop_back();
  CHECK(only(policy::faults_of(policy)) == "good");
}

TEST_CASE("a port below 1024 is granted from such a port only") {
  const Serving high{.alone = {8430}, .in_line = {8080, 65535}};
  for (const char* ports : {"80", "1023", "8080,80", "1000-2000", "1-65535"}) {
    CAPTURE(ports);
    const FlashPolicy low = one_rule("*", ports);
    CHECK(only(policy::faults_of(low, high)) ==
          "allow[0].ports: found \"" + std::string(ports) +
              "\", expected ports from 1024 on: lower ones are granted from ports below 1024 only, and this "
              "policy is served from none (843 is the usual one)");
    CHECK(only(policy::faults_of(low, {.alone = {843}, .in_line = {8080}})) == "good");
    CHECK(only(policy::faults_of(low, {.alone = {}, .in_line = {8080, 80}})) == "good");
    CHECK(only(policy::faults_of(low, {.alone = {}, .in_line = {1024}})) != "good");
    CHECK(only(policy::faults_of(low, {.alone = {}, .in_line = {1023}})) == "good");
    // A port that is not known yet decides nothing.
    CHECK(only(policy::faults_of(low, {.alone = {0}, .in_line = {8080}})) == "good");
    FlashPolicy redirected = low;
    redirected.public_port = 843;
    CHECK(only(policy::faults_of(redirected, high)) == "good");
    redirected.public_port = 1843;
    CHECK(only(policy::faults_of(redirected, high)) != "good");
  }
  // All that may be granted, and no more.
  for (const char* ports : {"*", "1024", "1024-65535"}) {
    CHECK(only(policy::faults_of(one_rule("*", ports), high)) == "good");
  }
}

TEST_CASE("a site_control needs port 843") {
  FlashPolicy policy = one_rule("*", "8080");
  policy.listen = {"*:8430"};
  policy.site_control = "master-only";
  CHECK(only(policy::faults_of(policy, {.alone = {8430}, .in_line = {843}})) ==
        "site_control: is heeded in the policy of port 843 only, expected a listen there, or public_port 843 "
        "where the system redirects that port");
  CHECK(only(policy::faults_of(policy, {.alone = {8430, 843}, .in_line = {}})) == "good");
  CHECK(only(policy::faults_of(policy, {.alone = {0}, .in_line = {}})) == "good");
  policy.public_port = 843;
  CHECK(only(policy::faults_of(policy, {.alone = {8430}, .in_line = {}})) == "good");
  policy.public_port = 8430;
  CHECK(only(policy::faults_of(policy, {.alone = {843}, .in_line = {}})) != "good");
}

TEST_CASE("the XML has a rule a line, and the site-control on the policy's own port alone") {
  const FlashPolicy policy{.allow = {{"*.example.com", "8080,8443"}, {"*", "*"}},
                           .site_control = "master-only",
                           .listen = {"*:843"}};
  CHECK(policy::to_xml(policy, Place::alone) ==
        "<?xml version=\"1.0\"?>\n"
        "<cross-domain-policy>\n"
        "  <site-control permitted-cross-domain-policies=\"master-only\"/>\n"
        "  <allow-access-from domain=\"*.example.com\" to-ports=\"8080,8443\"/>\n"
        "  <allow-access-from domain=\"*\" to-ports=\"*\"/>\n"
        "</cross-domain-policy>\n");
  CHECK(policy::to_xml(policy, Place::in_line) ==
        "<?xml version=\"1.0\"?>\n"
        "<cross-domain-policy>\n"
        "  <allow-access-from domain=\"*.example.com\" to-ports=\"8080,8443\"/>\n"
        "  <allow-access-from domain=\"*\" to-ports=\"*\"/>\n"
        "</cross-domain-policy>\n");
}

TEST_CASE("what stands in an attribute cannot leave it") {
  CHECK(policy::xml_attribute(R"(a"/><b c='&amp;'>)") == "a&quot;/&gt;&lt;b c='&amp;amp;'&gt;");
  CHECK(policy::xml_attribute("*.example.com") == "*.example.com");
  CHECK(policy::to_xml({.allow = {{"\"/><allow-access-from domain=\"*", "*"}}}, Place::in_line) ==
        "<?xml version=\"1.0\"?>\n<cross-domain-policy>\n  <allow-access-from "
        "domain=\"&quot;/&gt;&lt;allow-access-from domain=&quot;*\" "
        "to-ports=\"*\"/>\n</cross-domain-policy>\n");
}
