// STARTTLS of XMPP, as a gateway speaks it (RFC 6120 5).
#include "server/services/xmpp_starttls.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace encke::services::xmpp;
using Step = encke::net::Prelude::Step;

namespace {

const std::string kHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'>";
const std::string kFeatures =
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
const std::string kProceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

struct Talk {
  explicit Talk(bool required = true) : machine({.to = "x.example", .version = "1.0"}, required, 4096) {
    last = machine.feed({}, said);
  }
  Step hear(const std::string& text) {
    said.clear();
    return last = machine.feed(text, said);
  }
  StartTls machine;
  std::string said;
  Step last;
};

}  // namespace

TEST_CASE(
    "the stream is opened, STARTTLS is asked for once it is offered, and TLS begins behind <proceed/>") {
  Talk talk;
  CHECK(talk.last == Step::more);
  CHECK(talk.said == stream_header({.to = "x.example", .version = "1.0"}));
  CHECK(talk.hear(kHeader) == Step::more);
  CHECK(talk.said.empty());
  CHECK(talk.hear(kFeatures) == Step::more);
  CHECK(talk.said == "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  CHECK(talk.hear(kProceed) == Step::secure);
  Talk slow;
  for (const char c : kHeader + kFeatures + kProceed.substr(0, kProceed.size() - 1))
    REQUIRE(slow.hear(std::string(1, c)) == Step::more);
  CHECK(slow.hear(">") == Step::secure);
}

TEST_CASE("before TLS nobody is told who comes, and a server may say so much and no more") {
  StartTls machine({.to = "x.example", .from = "ada@x.example", .version = "1.0", .language = "de"}, true,
                   4096);
  std::string said;
  CHECK(machine.feed({}, said) == Step::more);
  CHECK(said == stream_header({.to = "x.example", .version = "1.0"}));
  Talk talk;
  REQUIRE(talk.hear(kHeader) == Step::more);
  std::size_t left = StartTls::kMostBytes - kHeader.size();
  for (; left > 1000; left -= 1000) REQUIRE(talk.hear(std::string(1000, ' ')) == Step::more);
  CHECK(talk.hear(std::string(left, ' ')) == Step::more);
  CHECK(talk.hear(" ") == Step::failed);
  CHECK(talk.machine.fault() == "the server says too much before TLS");
}

TEST_CASE("what stands behind <proceed/> in plain text fails it, for it could be another's") {
  for (const std::string behind : {"<x/>", "<x", " ", "\n", "x", "</stream:stream>", "\x16\x03"}) {
    CAPTURE(behind);
    Talk talk;
    talk.hear(kHeader + kFeatures);
    CHECK(talk.hear(kProceed + behind) == Step::failed);
    CHECK(talk.machine.fault() == "something stood behind <proceed/> that is not encrypted");
  }
}

TEST_CASE("a server without STARTTLS will do only where it is not required") {
  const std::string none = kHeader + "<stream:features/>";
  Talk required;
  CHECK(required.hear(none) == Step::failed);
  CHECK(required.machine.fault() == "the server does not offer STARTTLS");
  Talk optional(false);
  CHECK(optional.hear(none) == Step::plain);
  Talk offered(false);
  CHECK(offered.hear(kHeader + kFeatures) == Step::more);
}

TEST_CASE("whatever else a server answers fails it, in words") {
  const std::pair<std::string, std::string> rows[] = {
      {kHeader + "</stream:stream>", "the server ended the stream before TLS"},
      {kHeader + "<stream:error/>", "the server refused the stream: <stream:error"},
      {kHeader + "<message/>", "expected <stream:features>, found <message"},
      {kHeader + kProceed, "expected <stream:features>, found <proceed"},
      {kHeader + kFeatures + "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
       "expected <proceed/>, found <failure"},
      {kHeader + kFeatures + kFeatures, "expected <proceed/>, found <stream:features"},
      {kHeader + "<a>\n\xC3\xA4</a>", "expected <stream:features>, found <a xmlns='jabber:client'>   </a>"},
      {"HTTP/1.1 400\r\n", "the XML is not good: "},
      {std::string(5000, ' '), "a stanza is longer than 4096 bytes"},
  };
  for (const auto& row : rows) {
    const std::string& text = row.first;
    const std::string& fault = row.second;
    CAPTURE(text);
    Talk talk;
    CHECK(talk.hear(text) == Step::failed);
    CHECK(talk.machine.fault().starts_with(fault));
    CHECK(talk.machine.fault().size() <= 200);
  }
}
