// A server's stream of XMPP as messages (RFC 6120 4 and 11, RFC 7395 3).
#include "server/services/xmpp_stanzas.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace encke::services::xmpp;

namespace {

const std::string kHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' "
    "id='a&amp;b' from='x.example' version='1.0' xml:lang='en' xmlns:db='jabber:server:dialback'>";

/// What came, a line each.
std::string text_of(const std::vector<StreamEvent>& events) {
  std::string out;
  for (const StreamEvent& event : events) {
    if (event.kind == StreamEvent::Kind::opened) out += "open " + open_message(event.header);
    if (event.kind == StreamEvent::Kind::stanza) out += event.local + " " + event.message;
    if (event.kind == StreamEvent::Kind::ended) out += "end";
    out += "\n";
  }
  return out;
}

struct Got {
  std::string text;
  std::string fault;
};

/// Fed in pieces of `size` bytes.
Got read(const std::string& stream, std::size_t size = 1u << 20, std::size_t longest = 4096) {
  StanzaReader reader(longest);
  std::vector<StreamEvent> events;
  for (std::size_t at = 0; at < stream.size() && !reader.fault(); at += size)
    reader.feed(std::string_view(stream).substr(at, size), events);
  return {text_of(events), std::string(reader.fault().condition)};
}

std::string stanza(const std::string& text) {
  const std::string all = read(kHeader + text).text;
  return all.substr(all.find('\n') + 1);
}

const std::string kOpened =
    "open <open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='x.example' id='a&amp;b' version='1.0' "
    "xml:lang='en'/>\n";

}  // namespace

TEST_CASE("a header becomes <open/>, each stanza a document of its own, and the end tag an end") {
  CHECK(read(kHeader).text == kOpened);
  CHECK(
      read(kHeader + "<presence/> \n<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq></stream:stream>")
          .text ==
      kOpened +
          "presence <presence xmlns='jabber:client'/>\n"
          "iq <iq xmlns='jabber:client' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>\nend\n");
}

TEST_CASE("however a stream is cut, the same comes of it") {
  const std::string stream =
      kHeader +
      "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
      "</mechanisms><starttls "
      "xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>\n"
      "<message from=\"a&lt;b\"><body>\xC3\xA4 \xF0\x9F\x98\x80 &amp; <![CDATA[<x>]]></body></message> "
      "<db:result>r</db:result><a xmlns='b'/></stream:stream> ";
  const std::string whole = read(stream).text;
  CHECK(whole ==
        kOpened +
            "features <stream:features xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
            "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
            "</stream:features>\n"
            "message <message xmlns='jabber:client' from=\"a&lt;b\"><body>\xC3\xA4 \xF0\x9F\x98\x80 &amp; "
            "<![CDATA[<x>]]></body></message>\n"
            "result <db:result xmlns='jabber:client' xmlns:db='jabber:server:dialback'>r</db:result>\n"
            "a <a xmlns='b'/>\nend\n");
  for (std::size_t size = 1; size < stream.size(); ++size) {
    CAPTURE(size);
    CHECK(read(stream, size).text == whole);
  }
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    StanzaReader reader(4096);
    std::vector<StreamEvent> events;
    reader.feed(stream.substr(0, cut), events);
    reader.feed(stream.substr(cut), events);
    CHECK(text_of(events) == whole);
  }
}

TEST_CASE("each message declares what it takes from the header, and nothing twice") {
  CHECK(stanza("<stream:error xmlns:stream='http://etherx.jabber.org/streams'/>") ==
        "error <stream:error xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'/>\n");
  CHECK(stanza("<x xmlns=''/>") == "x <x xmlns=''/>\n");
  CHECK(stanza("<x\n a='1'/>") == "x <x xmlns='jabber:client'\n a='1'/>\n");
  CHECK(stanza("<x><db:y/></x>") ==
        "x <x xmlns='jabber:client' xmlns:db='jabber:server:dialback'><db:y/></x>\n");
}

TEST_CASE("what concerns the connection alone is left out of features, and of nothing else") {
  const std::string tls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
  const std::string zlib =
      "<compression xmlns='http://jabber.org/features/compress'><method>zlib</method></compression>";
  CHECK(stanza("<stream:features>" + tls + "<a/>" + zlib + "</stream:features>") ==
        "features <stream:features xmlns='jabber:client' "
        "xmlns:stream='http://etherx.jabber.org/streams'><a/></stream:features>\n");
  CHECK(stanza("<x>" + tls + "</x>") == "x <x xmlns='jabber:client'>" + tls + "</x>\n");
  StanzaReader reader(4096);
  std::vector<StreamEvent> events;
  reader.feed(kHeader + "<stream:features>" + zlib + "</stream:features><stream:features>" + tls +
                  "</stream:features>",
              events);
  REQUIRE(events.size() == 3);
  CHECK_FALSE(events[1].offers_tls);
  CHECK(events[2].offers_tls);
}

TEST_CASE("what XMPP has none of is a fault, and what came before it is told") {
  const std::pair<std::string, std::string> rows[] = {
      {"<!-- x -->", "restricted-xml"},
      {"<?x y?>", "restricted-xml"},
      {"<x>&undeclared;</x>", "restricted-xml"},
      {"<x>&#0;</x>", "not-well-formed"},
      {"<a:x/>", "bad-namespace-prefix"},
      {"<x", ""},
      {"<x></y>", "not-well-formed"},
      {"<x a='1' a='2'/>", "not-well-formed"},
      {"<x>\xFF</x>", "not-well-formed"},
      {"<x>\xED\xA0\x80</x>", "not-well-formed"},
      {"text", "bad-format"},
      {"&lt;", "bad-format"},
      {"</stream:stream><x/>", "not-well-formed"},
      {"<?xml version='1.0'?>", "not-well-formed"},
      {"<!DOCTYPE x>", "not-well-formed"},
  };
  for (const auto& row : rows) {
    const std::string& text = row.first;
    const std::string& condition = row.second;
    CAPTURE(text);
    for (const std::size_t size : {std::size_t{1}, std::size_t{1} << 20}) {
      const Got got = read(kHeader + "<ok/>" + text, size);
      if (text == "<?xml version='1.0'?>") {
        CHECK_FALSE(got.fault.empty());
      } else {
        CHECK(got.fault == condition);
      }
      CHECK(got.text.starts_with(kOpened + "ok <ok xmlns='jabber:client'/>\n"));
    }
  }
  CHECK(read("<!DOCTYPE stream [<!ENTITY a 'b'>]>" + kHeader.substr(21)).fault == "restricted-xml");
  CHECK(read("<stream xmlns='jabber:client'>").fault == "invalid-namespace");
  CHECK(read("HTTP/1.1 400 Bad Request\r\n").fault == "not-well-formed");
}

TEST_CASE("what is too long, too deep or too much of anything is a fault, and what just fits is none") {
  const std::string fits = "<x>" + std::string(993, 'a') + "</x>";
  REQUIRE(fits.size() == 1000);
  for (const std::size_t size : {std::size_t{1}, std::size_t{100}, std::size_t{1} << 20}) {
    CAPTURE(size);
    CHECK(read(kHeader + fits + fits, size, 1000).fault.empty());
    CHECK(read(kHeader + "<x>a" + fits.substr(3), size, 1000).fault == "policy-violation");
    CHECK(read(kHeader + "<" + std::string(2000, 'x'), size, 1000).fault == "policy-violation");
    CHECK(read("<" + std::string(2000, 'x'), size, 1000).fault == "policy-violation");
  }
  const auto deep = [](unsigned depth) {
    std::string text;
    for (unsigned i = 1; i < depth; ++i) text += "<x>";
    return kHeader + text;
  };
  CHECK(read(deep(100)).fault.empty());
  CHECK(read(deep(101)).fault == "policy-violation");
  const auto wide = [](unsigned count, const std::string& name) {
    std::string text = "<x";
    for (unsigned i = 0; i < count; ++i) text += " " + name + std::to_string(i) + "='y'";
    return kHeader + text + "/>";
  };
  CHECK(read(wide(200, "a")).fault.empty());
  CHECK(read(wide(201, "a")).fault == "policy-violation");
  CHECK(read(wide(50, "xmlns:a")).fault.empty());
  CHECK(read(wide(51, "xmlns:a")).fault == "policy-violation");
}

TEST_CASE("what each message would repeat of the header is bounded") {
  const auto header = [](std::size_t size) {
    const std::size_t others = std::string_view("jabber:client").size() +
                               std::string_view("streamhttp://etherx.jabber.org/streams").size() + 1;
    return "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:a='" +
           std::string(size - others, 'x') + "' version='1.0'>";
  };
  CHECK(read(header(1024)).fault.empty());
  CHECK(read(header(1025)).fault == "policy-violation");
}

TEST_CASE("blanks between stanzas are no stanzas, and cost nothing, however many come") {
  StanzaReader reader(1000);
  std::vector<StreamEvent> events;
  reader.feed(kHeader, events);
  for (int count = 0; count < 10'000; ++count) REQUIRE(reader.feed(" \n", events));
  CHECK(events.size() == 1);
  CHECK(reader.behind() == 20'000);
  reader.feed("<x/>", events);
  CHECK(reader.behind() == 0);
}
