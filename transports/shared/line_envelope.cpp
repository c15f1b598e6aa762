// Frames as lines.
#include "transports/shared/line_envelope.hpp"

namespace encke::sockjs {

const ReceiverKind& line_kind() {
  struct Line final : Envelope {
    void append(std::string_view frame, std::string_view, std::string& out) const override {
      out += frame;
      out += '\n';
    }
  };
  static const Line kLine;
  static const EnvelopedMessage kChunked(kLine, true);
  static const EnvelopedMessage kPlain(kLine, false);
  static const ReceiverKind kKind{kLine, kChunked, kPlain, http::kJavaScript, true};
  return kKind;
}

}  // namespace encke::sockjs
