// A page's message of RFC 7395: what it is, and that nothing else can come of it in a server's stream.
#pragma once

#include "server/services/xmpp_text.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace encke::services::xmpp {

struct PageMessage {
  enum class Kind : unsigned char {
    nothing,  ///< blanks
    open,     ///< <open/>, which begins a stream, or begins it anew
    close,    ///< <close/>
    stanza,   ///< one element for the server
    bad,      ///< `fault` says why
  };
  Kind kind = Kind::bad;
  Header header{};            ///< of `open`
  std::string_view stanza{};  ///< of the text that was read, without blanks around it
  Fault fault{};
};

/// Reads `text`, which is to be one element, whole and declaring all its prefixes, of at most `longest`
/// bytes.
PageMessage read_message(std::string_view text, std::size_t longest);

}  // namespace encke::services::xmpp
