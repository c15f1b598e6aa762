// The forever frame.
#include "transports/forever_frame/forever_frame.hpp"

#include "tests/transports/receiver_rules.hpp"

using namespace encke;
using namespace encke::test;

namespace {

std::string quoted(std::string_view frame) {
  std::string out = "\"";
  for (const char letter : frame) {
    if (letter == '"' || letter == '\\') out += '\\';
    out += letter;
  }
  return out + '"';
}

std::string page(std::string_view callback) {
  std::string text = R"(<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.)" +
                     std::string(callback) +
                     R"(;
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>)";
  return text + std::string(1024 - text.size(), ' ') + "\r\n\r\n";
}

ReceiverRules rules() {
  return {.make = &make_forever_frame,
          .method = "GET",
          .target = "htmlfile?c=%63all.back",
          .type = "text/html; charset=UTF-8",
          .more_fields = "",
          .cross_origin = false,
          .prelude = page("call.back"),
          .enveloped = [](std::string_view frame) {
            return "<script>\np(" + quoted(frame) + ");\n</script>\r\n";
          }};
}

}  // namespace

TEST_CASE("forever_frame: a page of over 1024 bytes, then a frame a script") { check_stream(rules()); }

TEST_CASE("the callback is needed, and must be plain (facts 6)") {
  ServiceSite site(make_forever_frame());
  const auto asked = [&](std::string_view query) {
    return site.ask("GET /s/0/x/htmlfile" + std::string(query) + " HTTP/1.1\r\nHost: h\r\n\r\n");
  };
  for (const char* query : {"", "?c=", "?x=y"}) {
    CHECK(asked(query).find("\"callback\" parameter required") != std::string::npos);
  }
  for (const char* query : {"?c=%20", "?c=*", "?c=abc(", "?c=abc%28", "?callback=a;b"}) {
    CHECK(asked(query).find("invalid \"callback\" parameter") != std::string::npos);
    CHECK(asked(query).substr(9, 3) == "500");
  }
  CHECK(site.sessions() == 0);
  CHECK(asked("?callback=f").find("parent.f;") != std::string::npos);
}

TEST_CASE("a message cannot end the script") {
  ServiceSite site(make_forever_frame());
  FakeStream& browser = site.connect();
  site.ask(browser, rules().request());
  site.say("</script><script>alert(1)</script>");
  const std::string sent = browser.sent();
  CHECK(sent.find("</script>") == sent.rfind("</script>"));
}

TEST_CASE("the facade's endless frame claims its domain only where it is shut off from the page around it") {
  ServiceSite site(make_forever_frame());
  const std::string opened =
      site.ask("POST /s/encke.1/open HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  const std::string key = opened.substr(opened.find("\"session\":\"") + 11, 36);
  const std::string answer =
      site.ask("GET /s/encke.1/" + key + "/htmlfile?n=1&a=0&c=Encke.calls.c1 HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::size_t tries = answer.find("try {\n      c = parent.Encke.calls.c1;");
  REQUIRE(tries != std::string::npos);
  CHECK(answer.find("document.domain") > answer.find("catch (e)"));
}

TEST_CASE(
    "the facade's frame takes the domain that the service allows, where its host is below that, else 403") {
  ServiceOptions options;
  options.document_domain = "example.com";
  ServiceSite site(make_forever_frame(), options);
  const std::string answer =
      site.ask("POST /s/encke.1/open HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  CHECK(answer.find("\"document_domain\":\"example.com\"") != std::string::npos);
  const std::string key = answer.substr(answer.find("\"session\":\"") + 11, 36);
  int number = 0;
  const auto asked = [&](std::string_view host, std::string_view domain) {
    return site.ask("GET /s/encke.1/" + key + "/htmlfile?c=cb&n=" + std::to_string(++number) + "&a=0" +
                    std::string(domain) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
  };
  for (const char* host :
       {"push.example.com", "a.b.example.com:8080", "example.com", "PUSH.Example.COM:80"}) {
    CAPTURE(host);
    const std::string page = asked(host, "&d=example.com");
    CHECK(page.find("Origin-Agent-Cluster: ?0\r\n") != std::string::npos);
    CHECK(page.find("    document.domain = \"example.com\";\n    var c = parent.cb;\n") != std::string::npos);
  }
  for (const char* host : {"badexample.com", "example.com.evil", "com", "h", "", "[::1]:8080", ":8080"}) {
    CAPTURE(host);
    const std::string page = asked(host, "&d=example.com");
    CHECK(page.starts_with("HTTP/1.1 403"));
    CHECK(page.find("<script") == std::string::npos);
  }
  for (const char* domain : {"&d=", "&d=com", "&d=push.example.com", "&d=.example.com", "&d=Example.com",
                             "&d=example.com%22%3Balert(1)%2F%2F", "&d=xample.com"}) {
    CAPTURE(domain);
    CHECK(asked("push.example.com", domain).starts_with("HTTP/1.1 403"));
  }
  CHECK(asked("push.example.com", "").find("Origin-Agent-Cluster") == std::string::npos);
}

TEST_CASE("without document_domain no frame takes one, and SockJS's knows nothing of it") {
  ServiceSite site(make_forever_frame());
  const std::string answer =
      site.ask("POST /s/encke.1/open HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  CHECK(answer.find("document_domain") == std::string::npos);
  const std::string key = answer.substr(answer.find("\"session\":\"") + 11, 36);
  CHECK(site.ask("GET /s/encke.1/" + key + "/htmlfile?c=cb&n=1&a=0&d=h.h HTTP/1.1\r\nHost: h.h\r\n\r\n")
            .starts_with("HTTP/1.1 403"));
  CHECK(site.ask("GET /s/0/x/htmlfile?c=cb&d=h.h HTTP/1.1\r\nHost: h.h\r\n\r\n").find("h.h") ==
        std::string::npos);
}
