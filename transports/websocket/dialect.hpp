// The dialects of WebSocket that were ever spoken, and what tells them apart beyond their bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace encke::websocket {

/// Oldest first. hybi-01 stands for -01 to -03, hybi-08 for -08 to -12, rfc6455 for -13 to -17 too.
enum class Dialect : std::uint8_t {
  refused,
  hixie75,
  hixie76,
  hybi01,
  hybi04,
  hybi05,
  hybi06,
  hybi07,
  hybi08,
  rfc6455,
};

struct DialectInfo {
  Dialect dialect;
  std::string_view name;     ///< as the option `websocket_drafts` has it
  std::string_view version;  ///< its Sec-WebSocket-Version; empty: it has none
  bool masks;                ///< what clients send is masked, so that no proxy can take it for HTTP
};

/// All drafts, newest first; RFC 6455 is none.
std::span<const DialectInfo> drafts();

/// The dialect of a Sec-WebSocket-Version; `refused` for one that is none.
Dialect dialect_of_version(std::string_view version);

/// What is known of a dialect other than `refused`.
const DialectInfo& info_of(Dialect dialect);

}  // namespace encke::websocket
