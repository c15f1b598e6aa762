// The XML that XMPP allows, over expat.
#include "server/services/xmpp_xml.hpp"

#include <expat.h>

#include <limits>
#include <new>

namespace encke::services::xmpp {

namespace {

constexpr char kBetween = '\n';  // in expat's names, between namespace and local name; in no namespace's name

XmlName name_of(const char* text) {
  const std::string_view name(text);
  const std::size_t between = name.find(kBetween);
  if (between == std::string_view::npos) return {{}, name};
  return {name.substr(0, between), name.substr(between + 1)};
}

/// A declared condition for each of expat's errors.
std::string_view condition_of(XML_Error error) {
  switch (error) {
    case XML_ERROR_UNDEFINED_ENTITY:
    case XML_ERROR_ASYNC_ENTITY:
    case XML_ERROR_MISPLACED_XML_PI:
      return "restricted-xml";
    case XML_ERROR_UNBOUND_PREFIX:
    case XML_ERROR_RESERVED_PREFIX_XML:
    case XML_ERROR_RESERVED_PREFIX_XMLNS:
    case XML_ERROR_RESERVED_NAMESPACE_URI:
      return "bad-namespace-prefix";
    case XML_ERROR_UNKNOWN_ENCODING:
    case XML_ERROR_INCORRECT_ENCODING:
      return "unsupported-encoding";
    default:
      return "not-well-formed";
  }
}

}  // namespace

/// What expat calls.
struct XmlReader::Calls {
  static XmlReader& reader(void* self) { return *static_cast<XmlReader*>(self); }

  static void space(void* self, const char* prefix, const char* uri) {
    XmlReader& its = reader(self);
    if (its.spaces_.size() == its.bounds_.spaces) {
      its.fail("policy-violation",
               "an element declares more than " + std::to_string(its.bounds_.spaces) + " namespaces");
      return;
    }
    its.spaces_.emplace_back(prefix == nullptr ? "" : prefix, uri == nullptr ? "" : uri);
  }

  static void start(void* self, const char* name, const char** attributes) {
    XmlReader& its = reader(self);
    if (its.fault_) return;
    if (its.depth_ == its.bounds_.depth) {
      its.fail("policy-violation",
               "more than " + std::to_string(its.bounds_.depth) + " elements in one another");
    } else if (::XML_GetSpecifiedAttributeCount(its.parser_.get()) >
               2 * static_cast<int>(its.bounds_.attributes)) {
      its.fail("policy-violation",
               "an element has more than " + std::to_string(its.bounds_.attributes) + " attributes");
    } else {
      its.sink_.on_start({.depth = its.depth_++,
                          .begin = its.token_begin(),
                          .end = its.token_end(),
                          .name = name_of(name),
                          .spaces = its.spaces_,
                          .pairs = attributes});
    }
    its.spaces_.clear();
  }

  static void end(void* self, const char*) {
    XmlReader& its = reader(self);
    if (!its.fault_) its.sink_.on_end(--its.depth_, its.token_end());
  }

  static void text(void* self, const char* text, int size) {
    XmlReader& its = reader(self);
    if (!its.fault_) its.sink_.on_text(its.depth_, {text, static_cast<std::size_t>(size)}, its.token_end());
  }

  static void declaration(void* self, const char*, const char*, int) {
    if (!reader(self).declaration_)
      reader(self).fail("restricted-xml", "found an XML declaration, expected an element alone");
  }
  static void instruction(void* self, const char*, const char*) {
    reader(self).fail("restricted-xml", "found a processing instruction, which XMPP has none of");
  }
  static void comment(void* self, const char*) {
    reader(self).fail("restricted-xml", "found a comment, which XMPP has none of");
  }
  static void document_type(void* self, const char*, const char*, const char*, int) {
    reader(self).fail("restricted-xml", "found a document type, which XMPP has none of");
  }
  static void entity(void* self, const char*, int, const char*, int, const char*, const char*, const char*,
                     const char*) {
    reader(self).fail("restricted-xml", "found an entity's declaration, which XMPP has none of");
  }
};

void XmlReader::Free::operator()(XML_ParserStruct* parser) const { ::XML_ParserFree(parser); }

std::string_view XmlStart::attribute(std::string_view local, std::string_view space) const {
  for (const char* const* pair = pairs; *pair != nullptr; pair += 2) {
    if (name_of(*pair).is(space, local)) return pair[1];
  }
  return {};
}

XmlReader::XmlReader(Sink& sink, bool declaration, XmlBounds bounds)
    : sink_(sink),
      bounds_(bounds),
      declaration_(declaration),
      parser_(::XML_ParserCreateNS("UTF-8", kBetween)) {
  if (!parser_) throw std::bad_alloc();
  XML_ParserStruct* const parser = parser_.get();
  ::XML_SetUserData(parser, this);
  ::XML_SetElementHandler(parser, &Calls::start, &Calls::end);
  ::XML_SetStartNamespaceDeclHandler(parser, &Calls::space);
  ::XML_SetCharacterDataHandler(parser, &Calls::text);
  ::XML_SetXmlDeclHandler(parser, &Calls::declaration);
  ::XML_SetProcessingInstructionHandler(parser, &Calls::instruction);
  ::XML_SetCommentHandler(parser, &Calls::comment);
  ::XML_SetStartDoctypeDeclHandler(parser, &Calls::document_type);
  ::XML_SetEntityDeclHandler(parser, &Calls::entity);
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 6)
  // A stanza that is whole is told at once; what waits for its end is bounded by whoever feeds.
  ::XML_SetReparseDeferralEnabled(parser, XML_FALSE);
#endif
}

XmlReader::~XmlReader() = default;

std::size_t XmlReader::token_begin() const {
  return static_cast<std::size_t>(::XML_GetCurrentByteIndex(parser_.get()));
}

std::size_t XmlReader::token_end() const {
  return token_begin() + static_cast<std::size_t>(::XML_GetCurrentByteCount(parser_.get()));
}

bool XmlReader::feed(std::string_view bytes, bool last) {
  constexpr std::size_t kMost = std::numeric_limits<int>::max() / 2;
  if (fault_) return false;
  if (bytes.size() > kMost) {
    fail("policy-violation", "more bytes at a time than can be read");
    return false;
  }
  // By such bytes, which no XML in UTF-8 has, the parser would take it for UTF-16.
  constexpr std::string_view kForeign{"\0\xFE\xFF", 3};
  if (const std::size_t good = bytes.find_first_of(kForeign); good != std::string_view::npos) {
    if (good > 0) feed(bytes.substr(0, good), false);
    fail("not-well-formed", "found a byte that no XML in UTF-8 has");
    return false;
  }
  if (::XML_Parse(parser_.get(), bytes.data(), static_cast<int>(bytes.size()), last ? 1 : 0) ==
          XML_STATUS_ERROR &&
      !fault_) {
    const XML_Error error = ::XML_GetErrorCode(parser_.get());
    fault_ = {condition_of(error), std::string("the XML is not good: ") + ::XML_ErrorString(error)};
  }
  return !fault_;
}

void XmlReader::fail(std::string_view condition, std::string text) {
  if (fault_) return;
  fault_ = {condition, std::move(text)};
  ::XML_StopParser(parser_.get(), XML_FALSE);
}

}  // namespace encke::services::xmpp
