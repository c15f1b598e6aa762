// A reader of HTTP/1.1 responses (RFC 9112), as far as a client of one's own server needs it.
#include "tests/support/http_reader.hpp"

#include <charconv>

namespace encke::test {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool read_size(std::string_view text, int base, std::size_t& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return result.ec == std::errc{} && result.ptr == text.data() + text.size();
}

}  // namespace

bool same_word(std::string_view one, std::string_view other) {
  return one.size() == other.size() && std::equal(one.begin(), one.end(), other.begin(),
                                                  [](char a, char b) { return lower(a) == lower(b); });
}

std::size_t HttpReader::next(std::string_view bytes, std::string_view& body) {
  switch (state_) {
    case State::Head:
      return read_head(bytes);
    case State::ChunkSize:
      return read_chunk_size(bytes);
    case State::Length:
    case State::ChunkData:
      body = bytes.substr(0, left_);
      left_ -= body.size();
      if (left_ == 0) state_ = state_ == State::Length ? State::Complete : State::ChunkEnd;
      return body.size();
    case State::UntilEnd:
      body = bytes;
      return bytes.size();
    case State::ChunkEnd:
      if (bytes.size() < 2) return 0;
      state_ = bytes.starts_with("\r\n") ? State::ChunkSize : State::Broken;
      return 2;
    case State::Trailer: {
      const auto end = bytes.find("\r\n");
      if (end == std::string_view::npos) return 0;
      if (end == 0) state_ = State::Complete;
      return end + 2;
    }
    case State::Complete:
    case State::Broken:
      break;
  }
  return 0;
}

std::size_t HttpReader::read_head(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  std::string_view head = bytes.substr(0, end + 2);
  std::size_t status = 0;
  state_ = State::Broken;
  if (!head.starts_with("HTTP/1.") || head.size() < 14 || !read_size(head.substr(9, 3), 10, status))
    return end + 4;
  status_ = static_cast<int>(status);
  keeps_alive_ = head[7] == '1';
  chunked_ = has_length_ = false;
  left_ = 0;
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const auto line = head.find("\r\n");
    if (!read_header(head.substr(0, line))) return end + 4;
    head.remove_prefix(line + 2);
  }
  if (status_ == 204 || status_ == 304 || status_ == 101 || (has_length_ && left_ == 0 && !chunked_))
    state_ = State::Complete;
  else if (chunked_)
    state_ = State::ChunkSize;
  else
    state_ = has_length_ ? State::Length : State::UntilEnd;
  return end + 4;
}

bool HttpReader::read_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const auto name = line.substr(0, colon);
  const auto value = trim(line.substr(colon + 1));
  if (same_word(name, "content-length")) {
    has_length_ = true;
    return read_size(value, 10, left_);
  }
  if (same_word(name, "transfer-encoding")) chunked_ = same_word(value, "chunked");
  if (same_word(name, "connection")) keeps_alive_ = !same_word(value, "close");
  return true;
}

std::size_t HttpReader::read_chunk_size(std::string_view bytes) {
  const auto end = bytes.find("\r\n");
  if (end == std::string_view::npos) return 0;
  const auto digits = bytes.substr(0, std::min(end, bytes.find(';')));
  if (!read_size(trim(digits), 16, left_))
    state_ = State::Broken;
  else
    state_ = left_ == 0 ? State::Trailer : State::ChunkData;
  return end + 2;
}

}  // namespace encke::test
