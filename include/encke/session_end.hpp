// What a session was, told when it is over.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace encke {

/// The views are valid during the call that they are passed to.
struct SessionEnd {
  std::string_view service;         ///< the service's path, "/echo"
  std::string_view transport;       ///< the first that carried it, "xhr_stream"
  std::string_view remote_address;  ///< of the request that opened it
  std::string_view origin;          ///< empty: none was told
  std::string_view protocol;        ///< the sub-protocol; empty: none
  std::chrono::milliseconds duration{0};
  std::optional<std::uint64_t> messages_up;  ///< given to the service; known of the facade's sessions alone
  std::uint64_t messages_down = 0;           ///< sent by the service
  std::uint16_t code = 0;                    ///< as Channel::on_close() was told
  std::string_view reason;                   ///< may be what the browser wrote: any UTF-8
};

}  // namespace encke
