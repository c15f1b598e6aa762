// Negotiating permessage-deflate: Sec-WebSocket-Extensions, one pass (RFC 6455 section 9.1, RFC 7692
// section 7.1).
#include "server/http/field_text.hpp"
#include "transports/websocket/deflate.hpp"

namespace encke::websocket {
namespace {

constexpr int kMinWindowBits = 9;  // an offer may say 8, but zlib's raw deflate cannot
constexpr int kMaxWindowBits = 15;

// A decimal number from 8 to 15 without leading zeros, or 0.
int window_bits(std::string_view value) {
  if (value == "8") return 8;
  if (value == "9") return 9;
  if (value.size() == 2 && value[0] == '1' && value[1] >= '0' && value[1] <= '5')
    return 10 + (value[1] - '0');
  return 0;
}

struct Parameter {
  std::string_view name;
  std::string_view value;
  bool has_value = false;
};

// What one offer asks for, while it is being read.
class Offer {
 public:
  void add(const Parameter& parameter) {
    if (parameter.name == "server_no_context_takeover") {
      note(server_no_context_, !parameter.has_value);
    } else if (parameter.name == "client_no_context_takeover") {
      note(client_no_context_, !parameter.has_value);
    } else if (parameter.name == "server_max_window_bits") {
      const int bits = parameter.has_value ? window_bits(parameter.value) : 0;
      note(server_bits_, bits >= kMinWindowBits && bits <= kMaxWindowBits);
      accepted_.server_window_bits = bits;
      accepted_.names_window_bits = true;
    } else if (parameter.name == "client_max_window_bits") {
      note(client_bits_, !parameter.has_value || window_bits(parameter.value) != 0);
    } else {
      acceptable_ = false;
    }
  }
  bool acceptable() const { return acceptable_; }
  const DeflateParameters& accepted() const { return accepted_; }

 private:
  void note(bool& seen, bool good) {
    if (seen || !good) acceptable_ = false;
    seen = true;
  }

  DeflateParameters accepted_;
  bool acceptable_ = true;
  bool server_no_context_ = false;
  bool client_no_context_ = false;
  bool server_bits_ = false;
  bool client_bits_ = false;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }

  bool skip(char wanted) {
    if (at_end() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  void skip_blanks() {
    while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  std::string_view token() {
    const std::size_t start = at_;
    while (!at_end() && http::is_token_char(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  // A quoted string; what it holds must be a token too. Escapes are resolved into `scratch_`.
  bool quoted(std::string_view& value) {
    if (!skip('"')) return false;
    scratch_.clear();
    bool good = true;
    while (!at_end() && text_[at_] != '"') {
      if (text_[at_] == '\\' && ++at_ == text_.size()) return false;
      good = good && http::is_token_char(text_[at_]);
      if (good) scratch_.push_back(text_[at_]);
      ++at_;
    }
    value = scratch_;
    return skip('"') && good && !scratch_.empty();
  }

  // One `name [= value]`.
  bool parameter(Parameter& out) {
    out.name = token();
    if (out.name.empty()) return false;
    skip_blanks();
    if (!skip('=')) return true;
    skip_blanks();
    out.has_value = true;
    if (!at_end() && text_[at_] == '"') return quoted(out.value);
    out.value = token();
    return !out.value.empty();
  }

  // To the comma that ends a malformed offer, but not one inside a quoted string.
  void skip_offer() {
    bool inside = false;
    for (; !at_end() && (inside || text_[at_] != ','); ++at_) {
      if (text_[at_] == '"') inside = !inside;
      if (inside && text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
    }
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::string scratch_;
};

// Reads the rest of an offer up to its comma. False if it is malformed.
bool read_parameters(Reader& reader, Offer& offer) {
  for (;;) {
    reader.skip_blanks();
    if (!reader.skip(';')) return true;
    reader.skip_blanks();
    Parameter parameter;
    if (!reader.parameter(parameter)) return false;
    offer.add(parameter);
  }
}

}  // namespace

std::optional<DeflateParameters> negotiate(std::string_view sec_websocket_extensions) {
  Reader reader(sec_websocket_extensions);
  for (;;) {
    reader.skip_blanks();
    if (reader.at_end()) return std::nullopt;
    if (reader.skip(',')) continue;
    const std::string_view name = reader.token();
    Offer offer;
    const bool well_formed = !name.empty() && read_parameters(reader, offer);
    if (well_formed && (reader.at_end() || reader.skip(','))) {
      if (name == "permessage-deflate" && offer.acceptable()) return offer.accepted();
      continue;
    }
    reader.skip_offer();
  }
}

std::string DeflateParameters::header() const {
  std::string text = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  if (names_window_bits) text += "; server_max_window_bits=" + std::to_string(server_window_bits);
  return text;
}

}  // namespace encke::websocket
