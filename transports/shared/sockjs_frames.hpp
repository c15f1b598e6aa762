// SockJS frames, as they leave (PROTOCOL 2.2): o, h, a["m1","m2"], c[code,"reason"].
#pragma once

#include "server/core/transport.hpp"

#include <encke/close.hpp>
#include <encke/message.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace encke::sockjs {

inline constexpr std::string_view kOpenFrame = "o";
inline constexpr std::string_view kHeartbeatFrame = "h";

/// Makes a message a JSON string; what append_messages() joins. A binary message is read as UTF-8.
const MessageEncoder& json_encoder();

/// Appends `a[...]`; every one of `messages`, at least one, is of the kind `message`.
void append_messages(std::span<const Frame> messages, std::string& out);

/// Appends `c[code,"text"]`.
void append_close(const CloseReason& reason, std::string& out);

/// Appends the one SockJS frame that the first of `frames` begins: consecutive messages, `at_most` of them,
/// join in one `a` frame. Returns how many of `frames`, which must not be empty, it stands for.
std::size_t append_frame(std::span<const Frame> frames, std::string& out,
                         std::size_t at_most = static_cast<std::size_t>(-1));

/// Appends a frame as an event stream carries it: `%`, CR, LF and NUL percent-encoded, which every client
/// decodes.
void append_event_data(std::string_view frame, std::string& out);

}  // namespace encke::sockjs
