// STARTTLS of XMPP, as a gateway speaks it to a server (RFC 6120 5).
//
//   header --> features --> proceed --> TLS
//                 |
//                 +--> plain    none is offered, and that will do
#pragma once

#include "server/net/prelude.hpp"
#include "server/services/xmpp_stanzas.hpp"

#include <string>
#include <string_view>

namespace encke::services::xmpp {

/// What comes in plain text is believed no further than that TLS may begin: whatever stands behind the
/// server's <proceed/> fails it.
class StartTls final : public net::Prelude {
 public:
  /// Opens the stream with `header`. With `required` it fails where STARTTLS is not offered; else the
  /// connection goes on as it is, the header sent and what the server has said unread.
  StartTls(const Header& header, bool required, std::size_t longest);

  static constexpr std::size_t kMostBytes = 64u << 10;  ///< a server may say before TLS

  Step feed(std::string_view bytes, std::string& out) override;
  std::string fault() const override { return fault_; }

 private:
  Step take(const StreamEvent& event, std::string& out);
  Step fail(std::string text);

  const std::string opening_;
  const bool required_;
  StanzaReader reader_;
  std::size_t taken_ = 0;
  bool begun_ = false;
  bool asked_ = false;
  std::string fault_;
};

}  // namespace encke::services::xmpp
