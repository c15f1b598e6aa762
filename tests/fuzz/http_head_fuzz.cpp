// The HTTP/1.x head and chunked body: what is found does not depend on how the bytes are cut, and every view
// of a request lies within its head. Input: a byte for the body's limit, then the head and the body.
#include "server/http/head_parser.hpp"

#include "tests/fuzz/require.hpp"

#include <functional>

using namespace encke::http;
using encke::test::require;

namespace {

bool within(std::string_view part, std::string_view whole) {
  const std::less_equal<const char*> not_behind;
  return part.data() == nullptr || part.empty() ||
         (not_behind(whole.data(), part.data()) &&
          not_behind(part.data() + part.size(), whole.data() + whole.size()));
}

std::size_t find_dribbled(std::string_view bytes) {
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    const std::size_t end = find_head_end(bytes.substr(0, size), size - 1);
    if (end != 0) return end;
  }
  return 0;
}

/// What a body came to: 0 and its bytes, or the status of the refusal.
struct Outcome {
  std::uint16_t status = 0;
  bool complete = false;
  std::size_t used = 0;
  std::string body;

  bool operator==(const Outcome& other) const {
    if (status != 0 || other.status != 0) return status == other.status;
    return complete == other.complete && used == other.used && body == other.body;
  }
};

Outcome feed(std::string_view head, std::string_view bytes, std::size_t limit, std::size_t piece) {
  HeadParser parser;
  Request request;
  require(static_cast<bool>(parser.parse(head, request)), "a head that was good is good again");
  Outcome outcome;
  while (outcome.used < bytes.size() && !outcome.complete) {
    // A copy of just this piece, so that reading beyond it is seen.
    const std::string cut(bytes.substr(outcome.used, piece));
    auto fed = parser.feed_chunked(cut, outcome.body, limit);
    if (!fed) {
      outcome.status = fed.error().status;
      require(!fed.error().text.empty(), "a refusal has a text");
      return outcome;
    }
    require(fed->used <= cut.size(), "no more is used than was given");
    require(fed->complete || fed->used == cut.size(), "all is used until the body has ended");
    require(outcome.body.size() <= limit, "the limit holds");
    outcome.used += fed->used;
    outcome.complete = fed->complete;
  }
  return outcome;
}

void look_at(const Request& request, std::string_view head) {
  require(within(request.path, head) && within(request.query, head), "the target lies within the head");
  for (const Field& field : request.fields) {
    require(within(field.name, head) && within(field.value, head), "fields lie within the head");
    require(request.has_field(field.name), "a field is found by its name");
  }
  require(within(request.cookie("JSESSIONID"), head), "a cookie lies within the head");
  require(within(request.parameter("c"), head), "a parameter lies within the head");
  require(!request.http11 || request.has_field("host"), "HTTP/1.1 has a Host");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t limit = data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t end = find_head_end(bytes, 0);
  if (size < 4096) require(find_dribbled(bytes) == end, "the head ends at the same place byte by byte");
  if (end == 0) return 0;
  require(end <= bytes.size(), "the head ends within the bytes");

  const std::string head(bytes.substr(0, end));
  HeadParser parser;
  Request request;
  auto framing = parser.parse(head, request);
  if (!framing) {
    require(framing.error().status >= 400 && !framing.error().text.empty(),
            "a refusal has a status and a text");
    return 0;
  }
  look_at(request, head);
  require(!framing->chunked || framing->length == 0, "a body is chunked or has a length");
  if (!framing->chunked) return 0;

  const std::string_view body = bytes.substr(end);
  const Outcome whole = feed(head, body, limit, body.size());
  require(whole == feed(head, body, limit, 1), "byte by byte the body is the same");
  require(whole == feed(head, body, limit, 7), "in pieces the body is the same");
  return 0;
}
