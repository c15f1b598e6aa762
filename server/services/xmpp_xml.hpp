// The XML that XMPP allows (RFC 6120 11.1): elements and text, read as they come.
#pragma once

#include "server/services/xmpp_text.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct XML_ParserStruct;

namespace encke::services::xmpp {

/// What one document may take, however well-formed it is.
struct XmlBounds {
  unsigned depth = 100;       ///< elements in one another, the root included
  unsigned attributes = 200;  ///< of one element
  unsigned spaces = 50;       ///< namespaces declared by one element
};

/// The name of an element or attribute; valid while the call lasts that tells it.
struct XmlName {
  std::string_view space;  ///< empty: in none
  std::string_view local;

  bool is(std::string_view other_space, std::string_view other_local) const {
    return space == other_space && local == other_local;
  }
};

/// An element that begins; valid while the call lasts.
struct XmlStart {
  unsigned depth;     ///< how many elements are around it
  std::size_t begin;  ///< bytes of the document before its '<'
  std::size_t end;    ///< and up to behind its start tag
  XmlName name;
  /// Namespaces that it declares itself, by prefix; an empty one is the default's.
  const std::vector<std::pair<std::string, std::string>>& spaces;
  const char* const* pairs;  ///< expat's attributes

  /// Of an attribute without a prefix, or one of XML's own ("lang" for xml:lang); empty: there is none.
  std::string_view attribute(std::string_view local, std::string_view space = {}) const;
};

/// One document in UTF-8. Comments, processing instructions, document types, entities but XML's own five, and
/// names whose prefix is not declared are faults, as is what is not well-formed. No entity is ever declared,
/// so that nothing expands.
class XmlReader {
 public:
  /// Is told what was read, within feed(); may call fail().
  class Sink {
   public:
    virtual void on_start(const XmlStart& start) = 0;
    /// `depth` as that of its start; `end` bytes of the document are up to behind its end tag.
    virtual void on_end(unsigned depth, std::size_t end) = 0;
    /// Character data within `depth` elements; `end` as above.
    virtual void on_text(unsigned depth, std::string_view text, std::size_t end) = 0;

   protected:
    ~Sink() = default;
  };

  /// `sink` outlives this. With `declaration` the document may begin with an XML declaration.
  XmlReader(Sink& sink, bool declaration, XmlBounds bounds = {});
  ~XmlReader();
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  /// The next bytes, cut anywhere; `last`: the document ends behind them. False once there is a fault.
  bool feed(std::string_view bytes, bool last = false);
  /// Nothing more is read.
  void fail(std::string_view condition, std::string text);
  const Fault& fault() const { return fault_; }

 private:
  struct Calls;
  struct Free {
    void operator()(XML_ParserStruct* parser) const;
  };

  std::size_t token_begin() const;
  std::size_t token_end() const;

  Sink& sink_;
  const XmlBounds bounds_;
  const bool declaration_;
  std::unique_ptr<XML_ParserStruct, Free> parser_;
  std::vector<std::pair<std::string, std::string>> spaces_;  // of the element that begins
  unsigned depth_ = 0;
  Fault fault_;
};

}  // namespace encke::services::xmpp
