#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace encke::test {

/// Reads HTTP/1.1 responses one after another: a body of a stated length, in chunks, or up to the end of the
/// connection. It holds no bytes: what it cannot use yet must be offered again together with what follows.
class HttpReader {
 public:
  /// Reads at most up to the end of one response and passes pieces of its body to `on_body`. Returns how many
  /// bytes are used up. After complete() the next call starts the next response.
  template <typename OnBody>
  std::size_t feed(std::string_view bytes, OnBody&& on_body) {
    std::size_t used = 0;
    if (state_ == State::Complete) state_ = State::Head;
    while (state_ != State::Complete && state_ != State::Broken) {
      std::string_view body;
      const std::size_t step = next(bytes.substr(used), body);
      if (step == 0 && state_ != State::Complete) break;
      used += step;
      if (!body.empty()) on_body(body);
    }
    return used;
  }

  /// Forgets a response half read: its connection has ended.
  void reset() { state_ = State::Head; }

  bool complete() const { return state_ == State::Complete; }
  bool broken() const { return state_ == State::Broken; }
  int status() const { return status_; }
  /// Whether the connection serves another request after this response.
  bool keeps_alive() const { return keeps_alive_; }
  /// Whether the end of the connection is the end of the body.
  bool ends_with_connection() const { return state_ == State::UntilEnd; }

 private:
  enum class State { Head, Length, UntilEnd, ChunkSize, ChunkData, ChunkEnd, Trailer, Complete, Broken };

  std::size_t next(std::string_view bytes, std::string_view& body);
  std::size_t read_head(std::string_view bytes);
  std::size_t read_chunk_size(std::string_view bytes);
  bool read_header(std::string_view line);

  State state_ = State::Head;
  int status_ = 0;
  bool keeps_alive_ = true;
  bool chunked_ = false;
  bool has_length_ = false;
  std::size_t left_ = 0;  // of the body, or of the chunk
};

/// Whether two header words are the same but for the case of ASCII letters.
bool same_word(std::string_view one, std::string_view other);

}  // namespace encke::test
