// The frames of a raw socket (PROTOCOL 6.13): a letter, a length, the payload.
#pragma once

#include "transports/shared/socket_event.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace encke::flash {

using sockets::Begun;
using sockets::Event;

enum class Kind : char { hello = 'h', text = 't', binary = 'b', close = 'c' };

inline constexpr std::size_t kHeadBytes = 5;  // the letter, and the length in four bytes, the highest first

/// Reads one client's frames. Holds a buffer only while a frame is there in part; one that is whole in the
/// input is delivered in place. It remembers as many bytes as have come, never what a length announces.
class Decoder {
 public:
  /// `max_message`: payload bytes of a text or binary frame; a longer one is error 1009 as soon as its head
  /// says so.
  explicit Decoder(std::size_t max_message) : max_message_(max_message) {}

  /// Takes bytes off the front of `input` until there is something to tell; after close and error it takes
  /// all and says need_more.
  Event next(std::span<char>& input);
  /// What has begun to come, when next() has said need_more.
  Begun begun() const {
    if (partial_.empty()) return {};
    return {partial_.size() < kHeadBytes ? Begun::Part::frame : Begun::Part::message, partial_.size()};
  }

 private:
  Event head_wrong(char letter, std::size_t length);
  Event end(Event event);

  std::size_t max_message_;
  std::string partial_;     // of a frame, its head included
  bool delivered_ = false;  // what is in partial_
  bool over_ = false;
};

void append_frame(Kind kind, std::string_view payload, std::string& out);
/// 1005 stands for no code at all; one that may not be sent becomes 1000. A reason that is too long is cut.
void append_close(std::uint16_t code, std::string_view reason, std::string& out);
/// Begins a frame whose payload is appended next; end_frame() with what this returned ends it.
std::size_t begin_frame(Kind kind, std::string& out);
void end_frame(std::size_t begun, std::string& out);
/// The length in a frame's head, which has kHeadBytes.
std::size_t length_in(std::string_view head);

}  // namespace encke::flash
