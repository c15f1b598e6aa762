// Bad configurations: each gives exactly this text, with the JSON path, what was found and what was expected.
#include "server/app/json_text.hpp"
#include "tests/app/config_support.hpp"

#include <doctest/doctest.h>

namespace encke::app {
namespace {

struct Row {
  std::string_view text;
  std::string_view error;
};

/// The value of a key of a service that is good but for it.
std::string service_with(std::string_view member) {
  return R"({"services": {"/a": {"type": "echo", )" + std::string(member) + "}}}";
}

void check_one_error(std::string_view text, std::string_view expected) {
  CAPTURE(text);
  const ConfigResult result = parse_config(text, "no-such-base", kTestTransports);
  REQUIRE(result.errors.size() == 1);
  CHECK(result.errors[0] == expected);
}

TEST_CASE("each fault at the top level names its path, what was found and what was expected") {
  const Row rows[] = {
      {"[]", "$: found an empty list, expected an object"},
      {"7", "$: found 7, expected an object"},
      {"{}", "$: nothing to serve, expected at least one entry in services or in static"},
      {R"({"servces": {}})",
       R"($.servces: unknown key; did you mean "services"? (known here: listen, workers, services, static, flash_policy, admin, health, limits, trusted_proxies, name_servers, user, group, log, drain))"},
      {R"({"flash_policies": {}})",
       R"($.flash_policies: unknown key; did you mean "flash_policy"? (known here: listen, workers, services, static, flash_policy, admin, health, limits, trusted_proxies, name_servers, user, group, log, drain))"},
      {R"({"a b": 1})",
       R"($["a b"]: unknown key (known here: listen, workers, services, static, flash_policy, admin, health, limits, trusted_proxies, name_servers, user, group, log, drain))"},
      {R"({"workers": -1})",
       "$.workers: found -1, expected a number of threads (0: one for each core) from 0 to 256"},
      {R"({"workers": 257})",
       "$.workers: found 257, expected a number of threads (0: one for each core) from 0 to 256"},
      {R"({"workers": 1.5})",
       "$.workers: found 1.5, expected a number of threads (0: one for each core) from 0 to 256"},
      {R"({"workers": "2"})",
       "$.workers: found \"2\", expected a number of threads (0: one for each core) from 0 to 256"},
      {R"({"services": []})",
       R"($.services: found an empty list, expected an object whose keys are paths: {"/echo": {"type": "echo"}})"},
      {R"({"log": "debug"})", R"($.log: found "debug", expected an object)"},
      {R"({"log": {"level": "warn"}})",
       R"($.log.level: found "warn", expected "trace", "debug", "info", "warning", "error" or "off"; did you mean "warning"?)"},
      {R"({"log": {"levle": "info"}})",
       R"($.log.levle: unknown key; did you mean "level"? (known here: level, format, access))"},
  };
  for (const Row& row : rows) check_one_error(row.text, row.error);
}

TEST_CASE("each fault in listen is told") {
  const std::string form(kListenAddressForm);
  const std::pair<std::string_view, std::string> rows[] = {
      {R"({"listen": "127.0.0.1:80"})",
       R"($.listen: found "127.0.0.1:80", expected a list of at least one )" + form},
      {R"({"listen": []})", "$.listen: found an empty list, expected a list of at least one " + form},
      {R"({"listen": [8080]})", "$.listen[0]: found 8080, expected " + form},
      {R"({"listen": ["127.0.0.1:1", ":8080"]})", R"($.listen[1]: found ":8080", expected )" + form},
      {R"({"listen": [{}]})", "$.listen[0].address: missing, expected " + form},
      {R"({"listen": [{"address": "x:1"}]})", R"($.listen[0].address: found "x:1", expected )" + form},
      {R"({"listen": [{"address": "127.0.0.1:1", "port": 2}]})",
       "$.listen[0].port: unknown key (known here: address, tls, proxy_protocol)"},
      {R"({"listen": ["127.0.0.1:1", "127.0.0.1:1"]})",
       "$.listen[1]: 127.0.0.1:1 is given twice, expected once"},
  };
  for (const auto& [text, error] : rows) check_one_error(text, error);
}

TEST_CASE("each bad path of a service is told") {
  const Row rows[] = {
      {"echo", "a path that begins with /"},
      {"", "a path that begins with /"},
      {"/", "a path that does not end in /"},
      {"/echo/", "a path that does not end in /"},
      {"/a//b", "a path without //, /./ and /../"},
      {"//a", "a path without //, /./ and /../"},
      {"/a/./b", "a path without //, /./ and /../"},
      {"/a/..", "a path without //, /./ and /../"},
      {"/a?b", "a path of ASCII characters without blanks and without ? # % \" \\ < >"},
      {"/a#b", "a path of ASCII characters without blanks and without ? # % \" \\ < >"},
      {"/a%20b", "a path of ASCII characters without blanks and without ? # % \" \\ < >"},
      {"/a b", "a path of ASCII characters without blanks and without ? # % \" \\ < >"},
      {"/\xc3\xa4", "a path of ASCII characters without blanks and without ? # % \" \\ < >"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const std::string text = R"({"services": {")" + std::string(row.text) + R"(": {"type": "echo"}}})";
    const ConfigResult result = parse_config(text, "", kTestTransports);
    REQUIRE(result.errors.size() == 1);
    CHECK(result.errors[0].starts_with(member_path("$.services", row.text) + ": found "));
    CHECK(result.errors[0].ends_with(", expected " + std::string(row.error)));
  }
}

TEST_CASE("paths that are dots in part only are good") {
  for (const std::string_view path : {"/a", "/.well-known", "/a/...", "/a/b/c", "/a.b", "/~x:@!$&'()*+,;="}) {
    CAPTURE(path);
    const std::string text = R"({"services": {")" + std::string(path) + R"(": {"type": "echo"}}})";
    CHECK(parse_config(text, "", kTestTransports).errors.empty());
  }
}

TEST_CASE("each fault of a service's option is told") {
  const std::pair<std::string, std::string_view> rows[] = {
      {R"({"services": {"/a": true}})", R"($.services["/a"]: found true, expected an object)"},
      {R"({"services": {"/a": {}}})",
       R"($.services["/a"].type: missing, expected "echo", "close", "amplify", "broadcast", "tcp", "inbox", "feed", "mux" or "xmpp")"},
      {R"({"services": {"/a": {"type": "ehco"}}})",
       R"($.services["/a"].type: found "ehco", expected "echo", "close", "amplify", "broadcast", "tcp", "inbox", "feed", "mux" or "xmpp"; did you mean "echo"?)"},
      {R"({"services": {"/a": {"type": 1}}})",
       R"($.services["/a"].type: found 1, expected "echo", "close", "amplify", "broadcast", "tcp", "inbox", "feed", "mux" or "xmpp")"},
      {service_with(R"("respose_limit": 1)"),
       R"($.services["/a"].respose_limit: unknown key; did you mean "response_limit"? (known here: type, transports, origins, protocols, websocket, websocket_drafts, unmasked_drafts_need_tls, jsessionid, heartbeat_seconds, heartbeat_answer_seconds, disconnect_delay_seconds, resume_window_seconds, poll_interval_seconds, response_limit, max_message_bytes, outbox_bytes, unsent_bytes, slow_reader, sockjs_url, hosts, limits, document_domain, tokens, events))"},
      {R"({"services": {"/a": {"type": "inbox", "inbox": []}}})",
       R"($.services["/a"].inbox: found an empty list, expected an object)"},
      {R"({"services": {"/a": {"type": "inbox", "inbox": {"max_byte": 1}}}})",
       R"($.services["/a"].inbox.max_byte: unknown key; did you mean "max_bytes"? (known here: most_seconds, most_messages, most_rate, most_urls, most_live, max_bytes, get, jsonp, cors_origins))"},
      {R"({"services": {"/a": {"type": "inbox", "inbox": {"most_seconds": 31536001}}}})",
       R"($.services["/a"].inbox.most_seconds: found 31536001, expected a number of seconds from 1 to 31536000)"},
      {R"({"services": {"/a": {"type": "inbox", "inbox": {"cors_origins": ["*", "https://a.example"]}}}})",
       R"($.services["/a"].inbox.cors_origins: found "*" among others, expected it alone)"},
      {R"({"services": {"/a": {"type": "inbox", "slow_reader": "drop_oldest"}}})",
       R"($.services["/a"].slow_reader: expected "block", the only one for the type inbox)"},
      {service_with(R"("response_limit": "big")"),
       R"($.services["/a"].response_limit: found "big", expected a number of bytes from 1 to 1073741824)"},
      {service_with(R"("response_limit": 0)"),
       R"($.services["/a"].response_limit: found 0, expected a number of bytes from 1 to 1073741824)"},
      {service_with(R"("max_message_bytes": 1073741825)"),
       R"($.services["/a"].max_message_bytes: found 1073741825, expected a number of bytes from 1 to 1073741824)"},
      {service_with(R"("outbox_bytes": null)"),
       R"($.services["/a"].outbox_bytes: found null, expected a number of bytes from 1 to 1073741824)"},
      {service_with(R"("outbox_bytes": {"a": 1})"),
       R"($.services["/a"].outbox_bytes: found an object, expected a number of bytes from 1 to 1073741824)"},
      {service_with(R"("websocket": "no")"),
       R"($.services["/a"].websocket: found "no", expected true or false)"},
      {service_with(R"("websocket_drafts": "hixie-76")"),
       R"($.services["/a"].websocket_drafts: found "hixie-76", expected a list, empty or each "hixie-75", "hixie-76", "hybi-01", "hybi-04", "hybi-05", "hybi-06", "hybi-07" or "hybi-08")"},
      {service_with(R"("websocket_drafts": ["hybi-08", "hybi-10"])"),
       R"($.services["/a"].websocket_drafts[1]: found "hybi-10", expected "hixie-75", "hixie-76", "hybi-01", "hybi-04", "hybi-05", "hybi-06", "hybi-07" or "hybi-08")"},
      {service_with(R"("websocket_drafts": ["hybi-08", "hybi-08"])"),
       R"($.services["/a"].websocket_drafts[1]: "hybi-08" is given twice, expected once)"},
      {service_with(R"("jsessionid": 1)"), R"($.services["/a"].jsessionid: found 1, expected true or false)"},
      {service_with(R"("heartbeat_seconds": -1)"),
       R"($.services["/a"].heartbeat_seconds: found -1, expected 0 (none), or a number of seconds from 0.01 to 86400)"},
      {service_with(R"("heartbeat_seconds": 0.001)"),
       R"($.services["/a"].heartbeat_seconds: found 0.001, expected 0 (none), or a number of seconds from 0.01 to 86400)"},
      {service_with(R"("heartbeat_answer_seconds": 3601)"),
       R"($.services["/a"].heartbeat_answer_seconds: found 3601, expected a number of seconds from 0.01 to 3600)"},
      {service_with(R"("disconnect_delay_seconds": 0)"),
       R"($.services["/a"].disconnect_delay_seconds: found 0, expected a number of seconds from 0.01 to 86400)"},
      {service_with(R"("disconnect_delay_seconds": 1e300)"),
       R"($.services["/a"].disconnect_delay_seconds: found 1e+300, expected a number of seconds from 0.01 to 86400)"},
      {service_with(R"("transports": "websocket")"),
       R"($.services["/a"].transports: found "websocket", expected a list of at least one, each one of the transports of this server: "websocket", "xhr_stream" or "xhr_poll")"},
      {service_with(R"("transports": [])"),
       R"($.services["/a"].transports: found an empty list, expected a list of at least one, each one of the transports of this server: "websocket", "xhr_stream" or "xhr_poll")"},
      {service_with(R"("transports": ["xhr_poll", "jsonp"])"),
       R"($.services["/a"].transports[1]: found "jsonp", expected one of the transports of this server: "websocket", "xhr_stream" or "xhr_poll")"},
      {service_with(R"("transports": ["xhr_poll", "xhr_poll"])"),
       R"($.services["/a"].transports[1]: "xhr_poll" is given twice, expected once)"},
      {service_with(R"("transports": ["websocket"], "websocket": false)"),
       R"($.services["/a"].websocket: found false, expected true, for transports names no other than "websocket")"},
      {service_with(R"("protocols": ["a b"])"),
       R"($.services["/a"].protocols[0]: found "a b", expected a sub-protocol's name, letters, digits and !#$%&'*+-.^_`|~ only)"},
      {service_with(R"("sockjs_url": "sockjs.js")"),
       R"($.services["/a"].sockjs_url: found "sockjs.js", expected a URL that begins with / or http:// or https://, without blanks, quotes or angle brackets)"},
      {service_with(R"("sockjs_url": "/a\"b")"),
       R"($.services["/a"].sockjs_url: found "/a\"b", expected a URL that begins with / or http:// or https://, without blanks, quotes or angle brackets)"},
      {service_with(R"("resume_window_seconds": -1)"),
       R"($.services["/a"].resume_window_seconds: found -1, expected 0 (none), or a number of seconds from 0.01 to 86400)"},
  };
  for (const auto& [text, error] : rows) check_one_error(text, error);
}

TEST_CASE("an origin that no browser would send is an error") {
  for (const std::string_view origin : {"https://a.example/", "https://A.example", "a.example",
                                        "https://a.example:443", "http://a.example:80", "*", "", "https://",
                                        "https://a.example/path", "https://*.com", "https://a.*.example"}) {
    check_one_error(
        service_with(R"("origins": [")" + std::string(origin) + R"("])"),
        R"($.services["/a"].origins[0]: found ")" + std::string(origin) +
            R"(", expected an origin as browsers send it, in lower case, without a path and without the scheme's own port: "https://chat.example", "https://*.chat.example" for all names below one, or "null")");
  }
  for (const std::string_view origin :
       {"https://a.example", "http://a.example:8080", "https://*.a.example", "https://*.a.example:8443",
        "null", "http://[::1]:8080", "https://a.example:80", "chrome-extension://abcdef"}) {
    CAPTURE(origin);
    CHECK(parse_config(service_with(R"("origins": [")" + std::string(origin) + R"("])"), "", kTestTransports)
              .errors.empty());
  }
}

TEST_CASE("what would answer at the same place collides") {
  check_one_error(
      R"({"services": {"/a": {"type": "echo"}, "/a/b": {"type": "echo"}}})",
      R"($.services["/a/b"]: collides with the service "/a", expected a path that is not below another's)");
  for (const std::string path : {"/encke.js", "/encke.min.js.map", "/encke-tcp.js", "/encke-tcp.min.js.map"})
    check_one_error(
        R"({"services": {")" + path + R"(": {"type": "echo"}}})",
        R"($.services[")" + path + R"("]: collides with the client library, which is served there)");
  CHECK(parse_config(
            R"({"services": {"/a": {"type": "echo"}, "/ab": {"type": "echo"}, "/a-b": {"type": "echo"},
                             "/encke": {"type": "echo"}, "/encke-js": {"type": "echo"}, "/own.js": {"type": "echo"}}})",
            "", kTestTransports)
            .errors.empty());
}

TEST_CASE("each fault of a static folder is told") {
  const ScratchFolder scratch;
  scratch.file("page.html", "x");
  const std::string base = scratch.path().string();
  const std::pair<std::string, std::string> rows[] = {
      {R"({"static": "www"})",
       R"($.static: found "www", expected an object of paths and folders: {"/": "www"})"},
      {R"({"static": {"/": 1}})",
       R"($.static["/"]: found 1, expected a folder, relative to the configuration file's)"},
      {R"({"static": {"/": ""}})",
       R"($.static["/"]: found "", expected a folder, relative to the configuration file's)"},
      {R"({"static": {"/": "www"}})", R"($.static["/"]: there is no )" + base + "/www, expected a folder"},
      {R"({"static": {"/": "page.html"}})", R"($.static["/"]: )" + base + "/page.html is not a folder"},
      {R"({"static": {"/x/": "."}})",
       R"($.static["/x/"]: found "/x/", expected /, or a path that does not end in /)"},
      {R"({"services": {"/a": {"type": "echo"}}, "static": {"/a": "."}})",
       R"($.static["/a"]: collides with the service "/a", which answers everything below its path)"},
      {R"({"services": {"/a": {"type": "echo"}}, "static": {"/a/www": "."}})",
       R"($.static["/a/www"]: collides with the service "/a", which answers everything below its path)"},
  };
  for (const auto& [text, error] : rows) {
    CAPTURE(text);
    const ConfigResult result = parse_config(text, scratch.path(), kTestTransports);
    REQUIRE(result.errors.size() == 1);
    CHECK(result.errors[0] == error);
  }
}

TEST_CASE("every fault of a file is told at once") {
  const ConfigResult result = parse_config(
      R"({"workers": "x", "listen": [1, "bad"], "services": {"/a": {"type": "x", "websocket": 1}}, "nothing": 1})",
      "", kTestTransports);
  CHECK(result.errors.size() == 6);
}

TEST_CASE("a long value is cut in the text") {
  const std::string text = R"({"workers": ")" + std::string(500, 'x') + R"("})";
  const ConfigResult result = parse_config(text, "", kTestTransports);
  REQUIRE(result.errors.size() == 1);
  CHECK(result.errors[0].size() < 200);
}

}  // namespace
}  // namespace encke::app
