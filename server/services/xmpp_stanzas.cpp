// A server's stream of XMPP as messages. Stanzas are cut out of its bytes, and never written anew.
#include "server/services/xmpp_stanzas.hpp"

#include <algorithm>

namespace encke::services::xmpp {

namespace {

constexpr std::size_t kMostHeaderSpaces = 1024;  // each message that takes them from the header repeats them

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// What a page could not make use of, since it is between the gateway and the server.
bool concerns_connection(const XmlName& name) {
  return name.is(kTlsSpace, "starttls") || name.is(kCompressFeatureSpace, "compression");
}

}  // namespace

StanzaReader::StanzaReader(std::size_t longest) : longest_(longest), xml_(*this, true) {}

bool StanzaReader::feed(std::string_view bytes, std::vector<StreamEvent>& out) {
  if (xml_.fault()) return false;
  raw_ += bytes;
  fed_ += bytes.size();
  out_ = &out;
  const bool good = xml_.feed(bytes);
  out_ = nullptr;
  raw_.erase(0, needed_ - raw_begin_);
  raw_begin_ = needed_;
  if (good && raw_.size() > longest_)
    xml_.fail("policy-violation", "a stanza is longer than " + std::to_string(longest_) + " bytes");
  return !xml_.fault();
}

void StanzaReader::on_start(const XmlStart& start) {
  if (start.depth == 0) {
    if (!start.name.is(kStreamsSpace, "stream")) {
      xml_.fail("invalid-namespace",
                "found another element, expected <stream:stream> of " + std::string(kStreamsSpace));
      return;
    }
    header_spaces_ = start.spaces;
    std::size_t size = 0;
    for (const auto& [prefix, uri] : header_spaces_) size += prefix.size() + uri.size();
    if (size > kMostHeaderSpaces) {
      xml_.fail("policy-violation", "the header declares more than 1024 bytes of namespaces");
      return;
    }
    StreamEvent event;
    event.kind = StreamEvent::Kind::opened;
    event.header = {.to = std::string(start.attribute("to")),
                    .from = std::string(start.attribute("from")),
                    .id = std::string(start.attribute("id")),
                    .version = std::string(start.attribute("version")),
                    .language = std::string(start.attribute("lang", kXmlSpace))};
    tell(std::move(event), start.end);
  } else if (start.depth == 1) {
    begin_stanza(start);
  } else if (start.depth == 2 && features_ && concerns_connection(start.name)) {
    stanza_.offers_tls = stanza_.offers_tls || start.name.space == kTlsSpace;
    in_hole_ = true;
    hole_ = start.begin;
  }
}

void StanzaReader::begin_stanza(const XmlStart& start) {
  stanza_ = {};
  stanza_.space = start.name.space;
  stanza_.local = start.name.local;
  own_spaces_ = start.spaces;
  begin_ = needed_ = start.begin;
  features_ = start.name.is(kStreamsSpace, "features");
  holes_.clear();
}

void StanzaReader::on_end(unsigned depth, std::size_t end) {
  if (depth == 0) {
    StreamEvent event;
    event.kind = StreamEvent::Kind::ended;
    tell(std::move(event), end);
  } else if (depth == 1) {
    if (end - begin_ > longest_) {
      xml_.fail("policy-violation", "a stanza is longer than " + std::to_string(longest_) + " bytes");
      return;
    }
    stanza_.message = cut_out(end);
    tell(std::move(stanza_), end);
  } else if (depth == 2 && in_hole_) {
    in_hole_ = false;
    holes_.emplace_back(hole_, end);
  }
}

void StanzaReader::on_text(unsigned depth, std::string_view text, std::size_t end) {
  if (depth != 1) return;
  if (!std::all_of(text.begin(), text.end(), is_blank)) {
    xml_.fail("bad-format", "found text between stanzas, expected nothing but blanks");
  } else {
    needed_ = end;
  }
}

void StanzaReader::tell(StreamEvent event, std::size_t end) {
  told_ = needed_ = end;
  out_->push_back(std::move(event));
}

bool StanzaReader::declares(std::string_view prefix) const {
  return std::any_of(own_spaces_.begin(), own_spaces_.end(),
                     [prefix](const auto& own) { return own.first == prefix; });
}

std::string StanzaReader::cut_out(std::size_t end) const {
  const std::string_view whole = std::string_view(raw_).substr(begin_ - raw_begin_, end - begin_);
  const std::size_t name_end = std::min(whole.find_first_of(" \t\r\n/>"), whole.size());
  std::string out(whole.substr(0, name_end));
  for (const auto& [prefix, uri] : header_spaces_) {
    // Where it is not used it is not said; a prefix that stands in a text costs some bytes, and no more.
    if (declares(prefix) || (!prefix.empty() && whole.find(prefix + ":") == std::string_view::npos)) continue;
    out += " xmlns" + (prefix.empty() ? "" : ":" + prefix) + "='" + escape(uri) + "'";
  }
  std::size_t at = name_end;
  for (const auto& [from, to] : holes_) {
    out += whole.substr(at, from - begin_ - at);
    at = to - begin_;
  }
  out += whole.substr(at);
  return out;
}

}  // namespace encke::services::xmpp
