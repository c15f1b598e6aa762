// Feeds as configured: the source, and how messages are kept apart.
#include "server/app/config_feed.hpp"

#include "server/app/json_text.hpp"
#include "server/app/limit_faults.hpp"
#include "server/net/datagrams.hpp"
#include "server/net/endpoint.hpp"
#include "server/services/feed_key.hpp"

#include <optional>
#include <string>

namespace encke::app {
namespace {

using nlohmann::json;

constexpr std::string_view kUdpForm =
    "a numeric address and a port, as \"127.0.0.1:9000\", \"[::1]:9000\", or a group's, \"239.1.2.3:9000\"";
constexpr std::array<std::string_view, 2> kKinds{"text", "binary"};  // as Message::Kind
constexpr std::size_t kMostKeys = 1'000'000;  // a slow reader may take some bytes for each

bool is_udp_address(std::string_view text) {
  const std::optional<net::DatagramAddress> address = net::DatagramAddress::parse(text);
  return address && address->port != 0;
}

bool is_endpoint(std::string_view text) { return net::Endpoint::parse(text).has_value(); }

bool not_empty(std::string_view text) { return !text.empty(); }

void read_source(const json& value, const std::string& path, LiveFeedOptions& feed, ConfigErrors& errors) {
  ObjectReader reader(value, path, errors);
  reader.allow({"udp", "tcp", "interface", "from", "kind"});
  if (!reader.is_object()) return;
  if (const auto word = reader.read_word("kind", kKinds)) {
    feed.kind = *word == "binary" ? Message::Kind::binary : Message::Kind::text;
  }
  if (reader.find("tcp") != nullptr) {
    reader.read("tcp", feed.tcp, net::kEndpointForm, is_endpoint);
    for (const std::string_view key : {"udp", "interface", "from"}) {
      if (reader.find(key) != nullptr)
        errors.add(reader.path_of(key), "is not for lines of tcp, expected none");
    }
    return;
  }
  UdpSource& udp = feed.udp.emplace();
  if (reader.find("udp") == nullptr) {
    errors.add(reader.path_of("udp"), "missing, expected " + std::string(kUdpForm) + "; or tcp");
  }
  reader.read("udp", udp.address, kUdpForm, is_udp_address);
  reader.read("interface", udp.interface, "an interface, by its name or one of its addresses", not_empty);
  reader.read("from", udp.from, kNetworkForm, is_network);
  const std::optional<net::DatagramAddress> address = net::DatagramAddress::parse(udp.address);
  if (address && !address->is_group() && !udp.interface.empty()) {
    errors.add(reader.path_of("interface"),
               "is for groups alone, and " + udp.address + " is none; expected no interface");
  }
}

FeedKey read_key(const json& value, const std::string& path, ConfigErrors& errors) {
  constexpr std::string_view kForm =
      "a JSON pointer, as \"/symbol\", or {\"before\": \",\"} for what stands before the first of that";
  FeedKey key;
  if (value.is_string()) {
    key = FeedKey::member(value.get<std::string>());
    if (!services::key_fault(key).empty()) errors.expected(path, value, kForm);
  } else if (value.is_object()) {
    ObjectReader reader(value, path, errors);
    reader.allow({"before"});
    key.kind = FeedKey::Kind::before;
    if (reader.find("before") == nullptr) errors.add(reader.path_of("before"), "missing, expected a text");
    reader.read("before", key.text, "a text that is not empty", not_empty);
  } else {
    errors.expected(path, value, kForm);
  }
  return key;
}

}  // namespace

LiveFeedOptions read_feed(ObjectReader& reader, ConfigErrors& errors) {
  LiveFeedOptions feed;
  if (const json* source = reader.find("source")) {
    read_source(*source, reader.path_of("source"), feed, errors);
  } else {
    errors.add(reader.path_of("source"), "missing, expected an object: {\"udp\": \"239.1.2.3:9000\"}");
  }
  if (const json* key = reader.find("key")) feed.key = read_key(*key, reader.path_of("key"), errors);
  reader.read("last_value", feed.last_value);
  reader.read("most_keys", feed.most_keys, "a number", 1, kMostKeys);
  return feed;
}

void check_feed_sources(const std::vector<ServiceConfig>& services, ConfigErrors& errors) {
  const auto address_of = [](const ServiceConfig& service) {
    return service.feed && service.feed->udp ? net::DatagramAddress::parse(service.feed->udp->address)
                                             : std::nullopt;
  };
  for (auto service = services.begin(); service != services.end(); ++service) {
    const auto address = address_of(*service);
    if (!address || address->is_group()) continue;
    for (auto other = services.begin(); other != service; ++other) {
      if (address_of(*other) != address) continue;
      errors.add(member_path("$.services", service->path) + ".source.udp",
                 address->text() + " is the source of \"" + other->path + "\", expected another");
    }
  }
}

}  // namespace encke::app
