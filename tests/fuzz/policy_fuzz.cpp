// Requests for the Flash policy, cut anywhere, and policies of any rules. The input's first byte says which:
// with its low bit clear the rest is sent to a desk, in pieces as long as the bits above it say; with it set
// the rest are lines, domains and ports in turn.
#include "server/policy/desk.hpp"

#include "tests/support/fake_stream.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace encke;
using namespace encke::test;
using policy::kRequest;
using policy::Place;

namespace {

/// What begins as a request does is answered when it is whole; all else gets nothing and an end.
void ask(std::size_t piece, std::string_view bytes) {
  const FlashPolicy rules{.allow = {{"*", "*"}}};
  const policy::Answers answers(rules);
  policy::LiveCounts counts;
  FakeLoop loop;
  policy::Desk desk(answers, counts, nullptr);
  FakeStream stream(loop);
  stream.set_owner(desk.open(stream, Place::alone));
  for (std::size_t at = 0; at < bytes.size() && stream.open(); at += piece)
    stream.give(bytes.substr(at, piece));
  const std::string_view begin = bytes.substr(0, kRequest.size());
  const bool whole = begin == kRequest;
  const bool may_become_one = begin.size() < kRequest.size() && kRequest.starts_with(begin);
  must(stream.open() == may_become_one, "a stream is open while its request is not whole");
  must((stream.sent() == answers.at(Place::alone)) == whole, "a whole request is answered");
  must(counts.answered == (whole ? 1u : 0u) && desk.waiting() == (may_become_one ? 1u : 0u),
       "all is counted");
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// Whatever the rules say, the XML has an element for each, and no quote or angle bracket of theirs.
void write_down(std::string_view lines) {
  FlashPolicy rules;
  while (!lines.empty()) {
    std::string words[2];
    for (std::string& word : words) {
      const std::size_t end = std::min(lines.find('\n'), lines.size());
      word = lines.substr(0, end);
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    rules.allow.push_back({words[0], words[1]});
  }
  const std::string xml = policy::to_xml(rules, Place::alone);
  must(count(xml, "<") == rules.allow.size() + 3, "an element for each rule");
  must(count(xml, "\"") == rules.allow.size() * 4 + 2, "two attributes of each");
  if (policy::faults_of(rules).empty()) {
    must(xml.find('&') == std::string::npos, "a policy without faults needs no escapes");
    for (const char byte : xml) must(byte == '\n' || (byte >= ' ' && byte <= '~'), "and is plain ASCII");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((*data & 1) == 0) {
    ask(1 + (*data >> 1), rest);
  } else {
    write_down(rest);
  }
  return 0;
}
