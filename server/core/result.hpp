// What a peer did wrong, as a value: Result<T> is a T, or the status, the close code and the text to answer
// with.
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace encke {

/// A peer's mistake. `text` says what was wrong and what was expected, and is safe to send to the peer.
struct PeerError {
  std::uint16_t status = 400;       ///< the HTTP status that fits
  std::uint16_t close_code = 1002;  ///< the close code that fits where a session or a WebSocket is open
  std::string text;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Result(PeerError error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  explicit operator bool() const { return value_.has_value(); }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  const PeerError& error() const {
    assert(!value_);
    return error_;
  }

 private:
  std::optional<T> value_;
  PeerError error_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(PeerError error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  explicit operator bool() const { return !error_.has_value(); }
  const PeerError& error() const { return *error_; }

 private:
  std::optional<PeerError> error_;
};

}  // namespace encke
