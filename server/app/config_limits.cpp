// The configuration of what peers may take. Everything here may be as large as one likes; the bounds only
// keep typing errors out.
#include "server/app/config_limits.hpp"

#include "server/app/limit_faults.hpp"

#include <cstddef>

namespace encke::app {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::size_t kMost = 1'000'000'000;
constexpr std::size_t kMostBytes = 1u << 30;
constexpr std::string_view kNumber = "a number (0: no limit)";
constexpr std::string_view kBytes = "a number of bytes (0: no limit)";

void read_burst(ObjectReader& reader, std::chrono::milliseconds& burst) {
  reader.read_seconds("burst_seconds", burst, 10ms, 1h, false);
}

}  // namespace

ServerLimits read_limits(const json& value, ConfigErrors& errors) {
  ServerLimits limits;
  ObjectReader reader(value, "$.limits", errors);
  reader.allow({"connections_per_address", "sessions_per_address", "handshakes_per_address",
                "address_messages_per_second", "address_bytes_per_second", "unlimited_addresses",
                "connections", "sessions", "handshakes", "messages_per_second", "bytes_per_second",
                "burst_seconds", "head_bytes", "head_fields", "handshake_seconds", "head_seconds",
                "body_seconds", "idle_seconds", "close_seconds"});
  reader.read("connections_per_address", limits.connections_per_address, kNumber, 0, kMost);
  reader.read("sessions_per_address", limits.sessions_per_address, kNumber, 0, kMost);
  reader.read("handshakes_per_address", limits.handshakes_per_address, kNumber, 0, kMost);
  reader.read("address_messages_per_second", limits.address_messages_per_second, kNumber, 0, kMost);
  reader.read("address_bytes_per_second", limits.address_bytes_per_second, kBytes, 0, kMost);
  const json* const unlimited = reader.find("unlimited_addresses");
  if (unlimited != nullptr && unlimited->is_array() && unlimited->empty()) {
    limits.unlimited_addresses.clear();
  } else {
    reader.read("unlimited_addresses", limits.unlimited_addresses, kNetworkForm, is_network);
  }
  reader.read("connections", limits.connections, kNumber, 0, kMost);
  reader.read("sessions", limits.sessions, kNumber, 0, kMost);
  reader.read("handshakes", limits.handshakes, "a number (0: a quarter of the descriptors)", 0, kMost);
  reader.read("messages_per_second", limits.messages_per_second, kNumber, 0, kMost);
  reader.read("bytes_per_second", limits.bytes_per_second, kBytes, 0, kMost);
  read_burst(reader, limits.burst);
  reader.read("head_bytes", limits.head_bytes, "a number of bytes", 1024, kMostBytes);
  reader.read("head_fields", limits.head_fields, "a number", 1, 10'000);
  reader.read_seconds("handshake_seconds", limits.handshake_time, 10ms, 1h, false);
  reader.read_seconds("head_seconds", limits.head_time, 10ms, 1h, false);
  reader.read_seconds("body_seconds", limits.body_time, 10ms, 1h, false);
  reader.read_seconds("idle_seconds", limits.idle_time, 10ms, 24h, false);
  reader.read_seconds("close_seconds", limits.close_time, 10ms, 1h, false);
  return limits;
}

ServiceLimits read_service_limits(const json& value, const std::string& path, ConfigErrors& errors) {
  ServiceLimits limits;
  ObjectReader reader(value, path, errors);
  reader.allow({"sessions", "sessions_per_address", "session_messages_per_second", "session_bytes_per_second",
                "messages_per_second", "bytes_per_second", "burst_seconds", "body_bytes", "empty_fragments"});
  reader.read("sessions", limits.sessions, kNumber, 0, kMost);
  reader.read("sessions_per_address", limits.sessions_per_address, kNumber, 0, kMost);
  reader.read("session_messages_per_second", limits.session_messages_per_second, kNumber, 0, kMost);
  reader.read("session_bytes_per_second", limits.session_bytes_per_second, kBytes, 0, kMost);
  reader.read("messages_per_second", limits.messages_per_second, kNumber, 0, kMost);
  reader.read("bytes_per_second", limits.bytes_per_second, kBytes, 0, kMost);
  read_burst(reader, limits.burst);
  reader.read("body_bytes", limits.body_bytes, "a number of bytes (0: what max_message_bytes asks for)", 0,
              kMostBytes);
  reader.read("empty_fragments", limits.empty_fragments, kNumber, 0, kMost);
  return limits;
}

std::vector<std::string> read_trusted_proxies(ObjectReader& reader) {
  std::vector<std::string> proxies;
  reader.read("trusted_proxies", proxies, kNetworkForm, is_network);
  return proxies;
}

}  // namespace encke::app
