// What a gateway of XMPP writes itself.
#include "server/services/xmpp_text.hpp"

namespace encke::services::xmpp {

namespace {

void append(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += ' ';
  out += name;
  out += "='";
  out += escape(value);
  out += '\'';
}

std::string attributes(const Header& header) {
  std::string out;
  append(out, "to", header.to);
  append(out, "from", header.from);
  append(out, "id", header.id);
  append(out, "version", header.version);
  append(out, "xml:lang", header.language);
  return out;
}

std::string framing(std::string_view name, const std::string& attributes) {
  return std::string("<").append(name) + " xmlns='" + std::string(kFramingSpace) + "'" + attributes + "/>";
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\t':
      case '\n':
      case '\r':  // as blanks they would be lost
        out += "&#" + std::to_string(static_cast<int>(c)) + ";";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string stream_header(const Header& header) {
  return "<?xml version='1.0'?><stream:stream xmlns='" + std::string(kClientSpace) + "' xmlns:stream='" +
         std::string(kStreamsSpace) + "'" + attributes(header) + ">";
}

std::string open_message(const Header& header) { return framing("open", attributes(header)); }

std::string close_message() { return framing("close", {}); }

std::string error_message(const Fault& fault) {
  const std::string space = "xmlns='urn:ietf:params:xml:ns:xmpp-streams'";
  const std::string text =
      fault.text.empty() ? "" : "<text " + space + " xml:lang='en'>" + escape(fault.text) + "</text>";
  return "<stream:error xmlns:stream='" + std::string(kStreamsSpace) + "'><" + std::string(fault.condition) +
         " " + space + "/>" + text + "</stream:error>";
}

}  // namespace encke::services::xmpp
