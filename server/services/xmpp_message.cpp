// A page's message of RFC 7395.
#include "server/services/xmpp_message.hpp"

#include "server/services/xmpp_xml.hpp"

namespace encke::services::xmpp {

namespace {

using Kind = PageMessage::Kind;

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

/// Looks at the root.
class Root final : public XmlReader::Sink {
 public:
  PageMessage message;
  XmlReader reader{*this, false};

 private:
  void on_start(const XmlStart& start) override {
    if (start.depth > 0) {
      if (message.kind == Kind::open || message.kind == Kind::close)
        reader.fail("bad-format", "an element of framing has no others in it");
      return;
    }
    const XmlName& name = start.name;
    if (name.space == kFramingSpace) {
      frame(start);
    } else if (name.space == kStreamsSpace && name.local != "error") {
      reader.fail("bad-format", "found an element of a stream, expected <open/> or a stanza");
    } else if (name.space == kTlsSpace || name.space == kCompressSpace) {
      reader.fail("policy-violation", "found what is between the gateway and the server alone");
    } else {
      message.kind = Kind::stanza;
    }
  }

  void frame(const XmlStart& start) {
    if (start.name.local == "close") {
      message.kind = Kind::close;
    } else if (start.name.local == "open") {
      message.kind = Kind::open;
      message.header = {.to = std::string(start.attribute("to")),
                        .from = std::string(start.attribute("from")),
                        .id = {},
                        .version = std::string(start.attribute("version")),
                        .language = std::string(start.attribute("lang", kXmlSpace))};
    } else {
      reader.fail("invalid-namespace", "found another element of framing, expected <open/> or <close/>");
    }
  }

  void on_end(unsigned, std::size_t) override {}
  void on_text(unsigned, std::string_view, std::size_t) override {}
};

PageMessage bad(std::string_view condition, std::string text) {
  PageMessage message;
  message.fault = {condition, std::move(text)};
  return message;
}

}  // namespace

PageMessage read_message(std::string_view text, std::size_t longest) {
  const std::string_view element = without_blanks(text);
  if (element.empty()) {
    PageMessage message;
    message.kind = Kind::nothing;
    return message;
  }
  if (element.size() > longest)
    return bad("policy-violation", "a message is longer than " + std::to_string(longest) + " bytes");
  if (element.front() != '<') return bad("not-well-formed", "found text, expected one element");
  Root root;
  if (!root.reader.feed(element, true)) return bad(root.reader.fault().condition, root.reader.fault().text);
  root.message.stanza = element;
  return root.message;
}

}  // namespace encke::services::xmpp
