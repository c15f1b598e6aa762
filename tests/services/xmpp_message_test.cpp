// A page's message of RFC 7395: one element, and nothing else that a server's stream could take.
#include "server/services/xmpp_message.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace encke::services::xmpp;
using Kind = PageMessage::Kind;

namespace {

std::string condition(const std::string& text) {
  const PageMessage message = read_message(text, 1000);
  CHECK((message.kind == Kind::bad) == static_cast<bool>(message.fault));
  return std::string(message.fault.condition);
}

const std::string kFraming = " xmlns='urn:ietf:params:xml:ns:xmpp-framing'";

}  // namespace

TEST_CASE("<open/> and <close/> of framing are told apart from stanzas") {
  const PageMessage open = read_message(
      "<open" + kFraming + " to='x.example' from='a@x.example' version='1.0' xml:lang='de'/>", 1000);
  CHECK(open.kind == Kind::open);
  CHECK(open.header ==
        Header{.to = "x.example", .from = "a@x.example", .id = "", .version = "1.0", .language = "de"});
  CHECK(read_message("<f:open xmlns:f='urn:ietf:params:xml:ns:xmpp-framing' to='x'/>", 1000).kind ==
        Kind::open);
  CHECK(read_message("<close" + kFraming + "></close>", 1000).kind == Kind::close);
  CHECK(read_message("<open xmlns='jabber:client'/>", 1000).kind == Kind::stanza);
}

TEST_CASE("one element goes as it is, without the blanks around it") {
  for (const std::string text :
       {"<presence/>",
        "<message xmlns='jabber:client' to='a'><body>\xE2\x82\xAC &amp; <![CDATA[</x>]]></body></message>",
        "<stream:error xmlns:stream='http://etherx.jabber.org/streams'/>", "<a:x xmlns:a='b'/>"}) {
    CAPTURE(text);
    const std::string with_blanks = " \r\n\t" + text + "\n";
    const PageMessage message = read_message(with_blanks, 1000);
    CHECK(message.kind == Kind::stanza);
    CHECK(message.stanza == text);
  }
  CHECK(read_message(" \n", 1000).kind == Kind::nothing);
  CHECK(read_message("", 1000).kind == Kind::nothing);
}

TEST_CASE("nothing can be put into a server's stream but one element") {
  const std::pair<std::string, std::string> rows[] = {
      {"<a/><b/>", "not-well-formed"},
      {"</stream:stream>", "not-well-formed"},
      {"<a/></stream:stream>", "not-well-formed"},
      {"<a></a></b>", "not-well-formed"},
      {"<a>", "not-well-formed"},
      {"<a", "not-well-formed"},
      {"<a></b>", "not-well-formed"},
      {"<a/>text", "not-well-formed"},
      {"text<a/>", "not-well-formed"},
      {"text", "not-well-formed"},
      {"\xEF\xBB\xBF<a/>", "not-well-formed"},
      {"<a>\xFF</a>", "not-well-formed"},
      {"<a/>\x01", "not-well-formed"},
      {std::string("<a/>\0<b/>", 9), "not-well-formed"},
      {std::string("<\0m\0>\0</stream:stream><\0/\0m\0>\0", 30), "not-well-formed"},
      {std::string("\0<\0m\0/\0>", 8), "not-well-formed"},
      {std::string("\xFF\xFE<\0m\0/\0>\0", 10), "not-well-formed"},
      {"<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>", "bad-format"},
      {"<stream:features xmlns:stream='http://etherx.jabber.org/streams'/>", "bad-format"},
      {"<stream:message/>", "bad-namespace-prefix"},
      {"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "policy-violation"},
      {"<compress xmlns='http://jabber.org/protocol/compress'/>", "policy-violation"},
      {"<other" + kFraming + "/>", "invalid-namespace"},
      {"<open" + kFraming + "><a/></open>", "bad-format"},
      {"<?xml version='1.0'?><a/>", "restricted-xml"},
      {"<!-- x --><a/>", "not-well-formed"},
      {"<a><!-- x --></a>", "restricted-xml"},
      {"<a/><!-- x -->", "restricted-xml"},
      {"<a><?x y?></a>", "restricted-xml"},
      {"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "restricted-xml"},
      {"<a>&b;</a>", "restricted-xml"},
      {"<a>" + std::string(994, 'x') + "</a>", "policy-violation"},
  };
  for (const auto& row : rows) {
    const std::string& text = row.first;
    const std::string& expected = row.second;
    CAPTURE(text);
    if (text == "<!-- x --><a/>") {
      CHECK(condition(text) == "restricted-xml");
    } else {
      CHECK(condition(text) == expected);
    }
  }
  CHECK(condition("<a>" + std::string(993, 'x') + "</a>").empty());
}

TEST_CASE("what a gateway writes itself is escaped") {
  CHECK(escape("a<b>&'\"\n\r\t\xC3\xA4") == "a&lt;b&gt;&amp;&apos;&quot;&#10;&#13;&#9;\xC3\xA4");
  CHECK(stream_header({.to = "x'><evil/>", .version = "1.0"}) ==
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
        "xmlns:stream='http://etherx.jabber.org/streams' to='x&apos;&gt;&lt;evil/&gt;' version='1.0'>");
  CHECK(read_message(error_message({"host-unknown", "<&>"}), 1000).kind == Kind::stanza);
  CHECK(read_message(open_message({.from = "<&'>"}), 1000).header.from == "<&'>");
  CHECK(read_message(close_message(), 1000).kind == Kind::close);
}
