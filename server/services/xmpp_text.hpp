// What a gateway of XMPP writes itself, and the names that it knows (RFC 6120, RFC 7395).
#pragma once

#include <string>
#include <string_view>

namespace encke::services::xmpp {

inline constexpr std::string_view kClientSpace = "jabber:client";
inline constexpr std::string_view kStreamsSpace = "http://etherx.jabber.org/streams";
inline constexpr std::string_view kFramingSpace = "urn:ietf:params:xml:ns:xmpp-framing";
inline constexpr std::string_view kTlsSpace = "urn:ietf:params:xml:ns:xmpp-tls";
inline constexpr std::string_view kSaslSpace = "urn:ietf:params:xml:ns:xmpp-sasl";
inline constexpr std::string_view kCompressSpace = "http://jabber.org/protocol/compress";
inline constexpr std::string_view kCompressFeatureSpace = "http://jabber.org/features/compress";
inline constexpr std::string_view kXmlSpace = "http://www.w3.org/XML/1998/namespace";

/// What was wrong with a stream: the name of a condition of RFC 6120 4.9.3, and what it was in words.
struct Fault {
  std::string_view condition{};  ///< empty: nothing is wrong
  std::string text{};

  explicit operator bool() const { return !condition.empty(); }
};

/// The attributes of a stream's header, as they are without escapes; empty: it has none.
struct Header {
  std::string to{};
  std::string from{};
  std::string id{};
  std::string version{};
  std::string language{};

  bool operator==(const Header&) const = default;
};

/// `text` as the value of an attribute in apostrophes, or as character data. It is UTF-8.
std::string escape(std::string_view text);

/// Opens a stream to a server.
std::string stream_header(const Header& header);
inline constexpr std::string_view kStreamEnd = "</stream:stream>";

/// Opens and ends a stream to a page.
std::string open_message(const Header& header);
std::string close_message();
std::string error_message(const Fault& fault);

}  // namespace encke::services::xmpp
