// Frames as lines.
#include "transports/shared/line_envelope.hpp"

namespace encke::sockjs {

const ReceiverKind& line_kind() {
  struct Line final : Envelope {
    void append(std::string_view frame, std::string_view, std::string& out) const override {
      out += frame;
      out += '\n';
    }
    void append_padding(std::size_t bytes, std::string& out) const override {
      out.append(bytes - 1, 'h');
      out += '\n';
    }
  };
  static const Line kLine;
  static const EnvelopedMessages kMessages(kLine);
  static const ReceiverKind kKind{.envelope = kLine,
                                  .messages = kMessages,
                                  .content_type = http::kJavaScript,
                                  .cross_origin = true,
                                  .shows_status = true};
  return kKind;
}

}  // namespace encke::sockjs
