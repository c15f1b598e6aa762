// A server's stream of XMPP as the messages of RFC 7395: each stanza an XML document of its own.
#pragma once

#include "server/services/xmpp_xml.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace encke::services::xmpp {

/// What came of a stream.
struct StreamEvent {
  enum class Kind : unsigned char {
    opened,  ///< the header
    stanza,  ///< an element below it, whole
    ended,   ///< the stream's end tag
  };
  Kind kind = Kind::stanza;
  Header header{};        ///< of `opened`
  std::string space{};    ///< of a stanza's name
  std::string local{};    ///< of a stanza's name
  std::string message{};  ///< the stanza as the server wrote it, the namespaces that it takes from the header
                          ///< declared; in features, what concerns the connection alone is left out
  bool offers_tls = false;  ///< features that have STARTTLS
};

/// Reads one stream, from its XML declaration to its end. A restart takes another reader.
class StanzaReader final : private XmlReader::Sink {
 public:
  /// `longest`: bytes of one stanza, or of the header.
  explicit StanzaReader(std::size_t longest);

  /// Appends what the bytes, which may be cut anywhere, complete. False once there is a fault; what was
  /// whole before it is told all the same.
  bool feed(std::string_view bytes, std::vector<StreamEvent>& out);
  const Fault& fault() const { return xml_.fault(); }
  /// How much was fed that stands behind the last event.
  std::size_t behind() const { return fed_ - told_; }

 private:
  void on_start(const XmlStart& start) override;
  void on_end(unsigned depth, std::size_t end) override;
  void on_text(unsigned depth, std::string_view text, std::size_t end) override;

  void begin_stanza(const XmlStart& start);
  void tell(StreamEvent event, std::size_t end);
  std::string cut_out(std::size_t end) const;
  bool declares(std::string_view prefix) const;

  using Spaces = std::vector<std::pair<std::string, std::string>>;

  const std::size_t longest_;
  XmlReader xml_;
  std::vector<StreamEvent>* out_ = nullptr;  // while a call lasts
  std::string raw_;                          // of the document, from raw_begin_ on
  std::size_t raw_begin_ = 0;
  std::size_t fed_ = 0;
  std::size_t told_ = 0;    // up to behind the last event
  std::size_t needed_ = 0;  // what is before that is not looked at any more
  Spaces header_spaces_;
  StreamEvent stanza_;     // the one that has begun
  Spaces own_spaces_;      // that it declares itself
  std::size_t begin_ = 0;  // of it
  bool features_ = false;  // it is those
  bool in_hole_ = false;   // within what is left out of them
  std::size_t hole_ = 0;   // where that begins
  std::vector<std::pair<std::size_t, std::size_t>> holes_;
};

}  // namespace encke::services::xmpp
