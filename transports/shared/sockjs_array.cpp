// What a browser sends up: strict JSON (RFC 8259), read in one pass.
//
// Nearly every payload is one array of strings without escapes, whose messages are views into the body. What
// must be changed is written to a scratch buffer, which moves while it grows: until the end such a message is
// known by its place there.
#include "transports/shared/sockjs_array.hpp"

#include "transports/shared/js_number.hpp"
#include "transports/shared/utf8.hpp"

#include <optional>

namespace encke::sockjs {

namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;
constexpr std::size_t kUsualMessages = 1024;
constexpr std::size_t kUsualBytes = 64 * 1024;

class Parser {
 public:
  Parser(std::string_view text, std::string& scratch) : text_(text), scratch_(scratch) {}

  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool skip(char expected) {
    if (at_end() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (!at_end() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  /// A string, from its first quote on. What it holds is in the text, or appended to the scratch buffer
  /// where `verbatim` is empty.
  bool string(std::optional<std::string_view>& verbatim);
  /// A value that is no string, appended to the scratch buffer as JavaScript writes it.
  bool other(unsigned depth);
  /// Any value inside an array, which String() writes with `null` as nothing.
  bool member(unsigned depth);

 private:
  bool escape();
  bool hex_unit(std::uint32_t& unit);
  bool word(std::string_view expected);
  bool digits();
  bool number();
  bool array(unsigned depth);
  bool object(unsigned depth);

  std::string_view text_;
  std::string& scratch_;
  std::size_t at_ = 0;
};

bool Parser::string(std::optional<std::string_view>& verbatim) {
  if (!skip('"')) return false;
  const std::string_view text = text_;
  std::size_t start = at_;  // of the run that stays as it is
  std::size_t at = at_;
  bool changed = false;
  while ((at = skip_plain(text, at)) < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x80) {
      const CodePoint code = decode_utf8(text, at);
      if (!code.valid) return false;
      at += code.size;
    } else if (byte == '"') {
      const std::string_view run = text.substr(start, at - start);
      at_ = at + 1;
      if (changed) {
        scratch_ += run;
      } else {
        verbatim = run;
      }
      return true;
    } else if (byte == '\\') {
      scratch_.append(text, start, at - start);
      changed = true;
      at_ = at + 1;
      if (!escape()) return false;
      start = at = at_;
    } else {
      return false;  // a control
    }
  }
  return false;
}

bool Parser::hex_unit(std::uint32_t& unit) {
  if (text_.size() - at_ < 4) return false;
  unit = 0;
  for (const char digit : text_.substr(at_, 4)) {
    const auto lower = static_cast<unsigned>(digit | 0x20);
    if (digit >= '0' && digit <= '9') {
      unit = unit << 4 | static_cast<unsigned>(digit - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      unit = unit << 4 | (lower - 'a' + 10);
    } else {
      return false;
    }
  }
  at_ += 4;
  return true;
}

bool Parser::escape() {
  if (at_end()) return false;
  switch (text_[at_++]) {
    case '"':
      scratch_ += '"';
      return true;
    case '\\':
      scratch_ += '\\';
      return true;
    case '/':
      scratch_ += '/';
      return true;
    case 'b':
      scratch_ += '\b';
      return true;
    case 'f':
      scratch_ += '\f';
      return true;
    case 'n':
      scratch_ += '\n';
      return true;
    case 'r':
      scratch_ += '\r';
      return true;
    case 't':
      scratch_ += '\t';
      return true;
    case 'u':
      break;
    default:
      return false;
  }
  std::uint32_t unit;
  if (!hex_unit(unit)) return false;
  if (unit >= 0xD800 && unit < 0xE000) {
    std::uint32_t low = 0;
    const std::size_t behind = at_;
    const bool first_half = unit < 0xDC00;
    if (first_half && skip('\\') && skip('u') && hex_unit(low) && low >= 0xDC00 && low < 0xE000) {
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    } else {
      unit = kReplacement;  // half a pair; what follows it is read for itself
      at_ = behind;
    }
  }
  append_utf8(unit, scratch_);
  return true;
}

bool Parser::word(std::string_view expected) {
  if (!text_.substr(at_).starts_with(expected)) return false;
  at_ += expected.size();
  return true;
}

bool Parser::digits() {
  const std::size_t start = at_;
  while (peek() >= '0' && peek() <= '9') ++at_;
  return at_ > start;
}

bool Parser::number() {
  const std::size_t start = at_;
  skip('-');
  if (!skip('0') && !digits()) return false;
  if (skip('.') && !digits()) return false;
  if (skip('e') || skip('E')) {
    if (!skip('+')) skip('-');
    if (!digits()) return false;
  }
  append_js_number(text_.substr(start, at_ - start), scratch_);
  return true;
}

bool Parser::array(unsigned depth) {
  if (depth > Payload::kMaxDepth || !skip('[')) return false;
  skip_blanks();
  if (skip(']')) return true;
  for (;;) {
    if (!member(depth)) return false;
    skip_blanks();
    if (skip(']')) return true;
    if (!skip(',')) return false;
    scratch_ += ',';
    skip_blanks();
  }
}

bool Parser::object(unsigned depth) {
  if (depth > Payload::kMaxDepth || !skip('{')) return false;
  // What is inside does not show: it is read, and dropped again.
  const std::size_t before = scratch_.size();
  skip_blanks();
  if (!skip('}')) {
    for (;;) {
      std::optional<std::string_view> key;
      skip_blanks();
      if (!string(key)) return false;
      skip_blanks();
      if (!skip(':')) return false;
      skip_blanks();
      if (!member(depth)) return false;
      skip_blanks();
      if (skip('}')) break;
      if (!skip(',')) return false;
    }
  }
  scratch_.resize(before);
  scratch_ += "[object Object]";
  return true;
}

bool Parser::member(unsigned depth) {
  if (peek() == 'n') return word("null");
  if (peek() != '"') return other(depth + 1);
  std::optional<std::string_view> verbatim;
  if (!string(verbatim)) return false;
  if (verbatim) scratch_ += *verbatim;
  return true;
}

bool Parser::other(unsigned depth) {
  const auto named = [this](std::string_view name) {
    scratch_ += name;
    return word(name);
  };
  switch (peek()) {
    case '[':
      return array(depth);
    case '{':
      return object(depth);
    case 'n':
      return named("null");
    case 't':
      return named("true");
    case 'f':
      return named("false");
    default:
      return number();
  }
}

}  // namespace

std::string_view error_text(PayloadError error) {
  switch (error) {
    case PayloadError::none:
      return {};
    case PayloadError::broken:
      return "Broken JSON encoding.";
    case PayloadError::empty:
    case PayloadError::not_array:
      break;
  }
  return "Payload expected.";
}

void Payload::done() {
  messages_.clear();
  scratch_.clear();
  if (messages_.capacity() > kUsualMessages) messages_.shrink_to_fit();
  if (scratch_.capacity() > kUsualBytes) scratch_.shrink_to_fit();
}

PayloadError Payload::parse(std::string_view body, Form form) {
  messages_.clear();
  scratch_.clear();
  if (body.empty()) return PayloadError::empty;
  const auto fail = [this](PayloadError error) {
    messages_.clear();
    return error;
  };
  Parser parser(body, scratch_);
  // A message in the scratch buffer is noted as its length at no address, until the buffer stays in place.
  const auto message = [&] {
    const std::size_t before = scratch_.size();
    std::optional<std::string_view> verbatim;
    if (!(parser.peek() == '"' ? parser.string(verbatim) : parser.other(2))) return false;
    messages_.push_back(verbatim ? *verbatim : std::string_view(nullptr, scratch_.size() - before));
    return true;
  };

  parser.skip_blanks();
  if (parser.skip('[')) {
    parser.skip_blanks();
    if (!parser.skip(']')) {
      for (;;) {
        if (!message()) return fail(PayloadError::broken);
        parser.skip_blanks();
        if (parser.skip(']')) break;
        if (!parser.skip(',')) return fail(PayloadError::broken);
        parser.skip_blanks();
      }
    }
  } else {
    const bool string = parser.peek() == '"';
    if (!message()) return fail(PayloadError::broken);
    parser.skip_blanks();
    if (!parser.at_end()) return fail(PayloadError::broken);
    if (!string || form == Form::array) return fail(PayloadError::not_array);
  }
  parser.skip_blanks();
  if (!parser.at_end()) return fail(PayloadError::broken);

  const char* place = scratch_.data();
  for (std::string_view& text : messages_) {
    if (text.data() != nullptr) continue;
    text = {place, text.size()};
    place += text.size();
  }
  return PayloadError::none;
}

}  // namespace encke::sockjs
