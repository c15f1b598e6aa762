// Services as configured: the path, the type, the options.
#include "server/app/config_service.hpp"

#include "server/app/config_feed.hpp"
#include "server/app/config_inbox.hpp"
#include "server/app/config_limits.hpp"
#include "server/app/config_mux.hpp"
#include "server/app/config_tcp.hpp"
#include "server/app/config_tokens.hpp"
#include "server/app/config_xmpp.hpp"
#include "server/app/json_text.hpp"
#include "server/core/host_name.hpp"
#include "server/core/origin.hpp"
#include "server/http/field_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace encke::app {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::array<std::string_view, 9> kTypes{"echo",  "close", "amplify", "broadcast", "tcp",
                                                 "inbox", "feed",  "mux",     "xmpp"};
constexpr std::array<std::string_view, 3> kSlowReaders{"close", "block", "drop_oldest"};  // as SlowReader
constexpr std::size_t kMostBytes = std::size_t{1}
                                   << 30;  // above it a slip in the number is likelier than a wish

/// A host, and perhaps a port, as browsers write it.
bool is_host(std::string_view text) {
  const auto in_host = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:[]").find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), in_host);
}

bool is_library_url(std::string_view text) {
  const auto good = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '<' && c != '>'; };
  return (text.starts_with('/') || text.starts_with("http://") || text.starts_with("https://")) &&
         std::all_of(text.begin(), text.end(), good);
}

void read_transports(ObjectReader& reader, std::span<const std::string_view> built_in,
                     ServiceOptions& options, ConfigErrors& errors) {
  const std::string expected = "one of the transports of this server: " + one_of(built_in);
  reader.read("transports", options.transports, expected, [](std::string_view) { return true; });
  for (std::size_t i = 0; i < options.transports.size(); ++i) {
    if (std::find(built_in.begin(), built_in.end(), options.transports[i]) == built_in.end()) {
      errors.expected(element_path(reader.path_of("transports"), i), options.transports[i], expected);
    }
  }
  if (!options.websocket && options.transports == std::vector<std::string>{"websocket"}) {
    errors.add(reader.path_of("websocket"),
               "found false, expected true, for transports names no other than \"websocket\"");
  }
}

/// The keys of every service.
constexpr std::array<std::string_view, 24> kKeys{"type",
                                                 "transports",
                                                 "origins",
                                                 "protocols",
                                                 "websocket",
                                                 "websocket_drafts",
                                                 "unmasked_drafts_need_tls",
                                                 "jsessionid",
                                                 "heartbeat_seconds",
                                                 "heartbeat_answer_seconds",
                                                 "disconnect_delay_seconds",
                                                 "resume_window_seconds",
                                                 "poll_interval_seconds",
                                                 "response_limit",
                                                 "max_message_bytes",
                                                 "outbox_bytes",
                                                 "unsent_bytes",
                                                 "slow_reader",
                                                 "sockjs_url",
                                                 "hosts",
                                                 "limits",
                                                 "document_domain",
                                                 "tokens",
                                                 "events"};

/// Nothing where there is none that is good.
std::optional<ServiceType> read_type(ObjectReader& reader, ConfigErrors& errors) {
  if (const auto word = reader.read_word("type", kTypes))
    return static_cast<ServiceType>(std::find(kTypes.begin(), kTypes.end(), *word) - kTypes.begin());
  if (reader.is_object() && reader.find("type") == nullptr)
    errors.add(reader.path_of("type"), "missing, expected " + one_of(kTypes));
  return std::nullopt;
}

/// Those of a type are known to services of that type only, and where there is no type, to spare a second
/// error.
void allow_keys(ObjectReader& reader, std::optional<ServiceType> type) {
  std::vector<std::string_view> keys(kKeys.begin(), kKeys.end());
  const auto add = [&keys](const auto& more) { keys.insert(keys.end(), more.begin(), more.end()); };
  if (!type || type == ServiceType::tcp || type == ServiceType::xmpp) add(kBackendKeys);
  if (type.value_or(ServiceType::tcp) == ServiceType::tcp) add(kTcpKeys);
  if (type.value_or(ServiceType::xmpp) == ServiceType::xmpp) add(kXmppKeys);
  if (type.value_or(ServiceType::inbox) == ServiceType::inbox) keys.emplace_back("inbox");
  if (type.value_or(ServiceType::feed) == ServiceType::feed) add(kFeedKeys);
  if (type.value_or(ServiceType::mux) == ServiceType::mux) add(kMuxKeys);
  if (type == ServiceType::mux) std::erase(keys, "protocols");
  reader.allow(keys);
}

/// What a server says, or who has a URL, is never dropped: whoever says it can wait.
void read_blocking(const ObjectReader& reader, std::string_view type, ServiceOptions& options,
                   ConfigErrors& errors) {
  if (reader.find("slow_reader") == nullptr) options.slow_reader = SlowReader::block;
  if (options.slow_reader != SlowReader::block)
    errors.add(reader.path_of("slow_reader"),
               "expected \"block\", the only one for the type " + std::string(type));
}

ServiceConfig read_service(const std::string& path, const json& value, const std::string& at,
                           const std::filesystem::path& base, std::span<const std::string_view> transports,
                           ConfigErrors& errors) {
  ServiceConfig service;
  service.path = path;
  ServiceOptions& options = service.options;
  ObjectReader reader(value, at, errors);
  const std::optional<ServiceType> type = read_type(reader, errors);
  allow_keys(reader, type);
  service.type = type.value_or(ServiceType::echo);
  if (service.type == ServiceType::feed) {
    options = live_feed_service();
    service.feed = read_feed(reader, errors);
  }
  if (service.type == ServiceType::mux) {
    options = mux_service();
    service.mux = read_mux(reader, errors);
  }
  if (service.type == ServiceType::xmpp) options = xmpp_service();
  reader.read("events", options.events);
  reader.read("websocket", options.websocket);
  reader.read_words("websocket_drafts", options.websocket_drafts, ServiceOptions().websocket_drafts);
  reader.read("unmasked_drafts_need_tls", options.unmasked_drafts_need_tls);
  reader.read("jsessionid", options.jsessionid);
  read_transports(reader, transports, options, errors);
  reader.read("origins", options.origins, kOriginEntryForm, is_origin_entry);
  reader.read("protocols", options.protocols,
              "a sub-protocol's name, letters, digits and !#$%&'*+-.^_`|~ only", http::is_token);
  reader.read_seconds("heartbeat_seconds", options.heartbeat, 10ms, 24h, true);
  reader.read_seconds("heartbeat_answer_seconds", options.heartbeat_answer, 10ms, 1h, false);
  reader.read_seconds("disconnect_delay_seconds", options.disconnect_delay, 10ms, 24h, false);
  reader.read_seconds("resume_window_seconds", options.resume_window, 10ms, 24h, true);
  reader.read_seconds("poll_interval_seconds", options.poll_interval, 10ms, 1h, false);
  reader.read("response_limit", options.response_limit, "a number of bytes", 1, kMostBytes);
  reader.read("max_message_bytes", options.max_message_bytes, "a number of bytes", 1, kMostBytes);
  reader.read("outbox_bytes", options.outbox_bytes, "a number of bytes", 1, kMostBytes);
  reader.read("unsent_bytes", options.unsent_bytes, "a number of bytes", 0, kMostBytes);
  if (const auto word = reader.read_word("slow_reader", kSlowReaders)) {
    options.slow_reader = static_cast<SlowReader>(std::find(kSlowReaders.begin(), kSlowReaders.end(), *word) -
                                                  kSlowReaders.begin());
    if (service.feed && options.slow_reader == SlowReader::block) {
      errors.add(reader.path_of("slow_reader"),
                 "found \"block\", expected \"close\" or \"drop_oldest\", since a feed waits for nobody");
    }
  }
  if (service.type == ServiceType::tcp) {
    service.tcp = read_tcp(reader, base, errors);
    for (std::size_t index = 0; index < service.tcp->targets.size(); ++index) {
      if (options.origins.empty() && !service.tcp->targets[index].origins.empty())
        errors.add(element_path(reader.path_of("targets"), index) + ".origins",
                   "are no proof where the service itself lists none, expected origins beside targets");
    }
    read_blocking(reader, "tcp", options, errors);
  }
  if (service.mux) {
    read_blocking(reader, "mux", options, errors);
    if (options.max_message_bytes < kLeastMuxMessage) {
      errors.add(reader.path_of("max_message_bytes"), "is less than " + std::to_string(kLeastMuxMessage) +
                                                          ", which frames of a multiplexed session take");
    }
  }
  if (service.type == ServiceType::xmpp) {
    service.xmpp = read_xmpp(reader, base, errors);
    read_blocking(reader, "xmpp", options, errors);
  }
  if (service.type == ServiceType::inbox) {
    if (const json* inbox = reader.find("inbox")) {
      service.inbox = read_inbox(*inbox, reader.path_of("inbox"), errors);
    }
    read_blocking(reader, "inbox", options, errors);
  }
  if (const json* limits = reader.find("limits")) {
    options.limits = read_service_limits(*limits, reader.path_of("limits"), errors);
  }
  reader.read("hosts", options.hosts,
              "a name of this server, in lower case, with a port or without: \"a.example:8080\"", is_host);
  reader.read("document_domain", options.document_domain,
              "a domain above the server's name, in lower case, with a dot in it: \"example.com\"",
              is_domain_name);
  reader.read("sockjs_url", options.sockjs_url,
              "a URL that begins with / or http:// or https://, without blanks, quotes or angle brackets",
              is_library_url);
  if (const json* tokens = reader.find("tokens")) {
    service.tokens = read_tokens(*tokens, reader.path_of("tokens"), base, errors);
    if (!service.tokens->cookie.empty() && options.origins.empty()) {
      errors.add(reader.path_of("tokens") + ".cookie",
                 "is heeded from allowed origins only, expected origins beside tokens");
    }
  }
  return service;
}

}  // namespace

std::string_view path_fault(std::string_view path) {
  if (!path.starts_with('/')) return "a path that begins with /";
  if (path.ends_with('/')) return "a path that does not end in /";
  for (const char c : path) {
    if (c <= ' ' || c >= '\x7f' || std::string_view("?#%\"\\<>").find(c) != std::string_view::npos) {
      return "a path of ASCII characters without blanks and without ? # % \" \\ < >";
    }
  }
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment.empty() || segment == "." || segment == "..") return "a path without //, /./ and /../";
    begin = end + 1;
  }
  return {};
}

/// "/encke.js", "/encke-tcp.min.js", "/encke.js.map" and the like.
bool is_client_script(std::string_view path) {
  return path.starts_with("/encke") && path.find('/', 1) == std::string_view::npos &&
         (path.ends_with(".js") || path.ends_with(".js.map"));
}

bool is_below(std::string_view path, std::string_view above) {
  return path == above || (path.starts_with(above) && path[above.size()] == '/');
}

std::vector<ServiceConfig> read_services(const json& services, const std::filesystem::path& base,
                                         std::span<const std::string_view> transports, ConfigErrors& errors) {
  std::vector<ServiceConfig> result;
  if (!services.is_object()) {
    errors.expected("$.services", services,
                    "an object whose keys are paths: {\"/echo\": {\"type\": \"echo\"}}");
    return result;
  }
  for (const auto& [path, value] : services.items()) {  // in the order of their paths
    const std::string at = member_path("$.services", path);
    if (const std::string_view fault = path_fault(path); !fault.empty()) {
      errors.expected(at, path, fault);
    } else if (is_client_script(path)) {
      errors.add(at, "collides with the client library, which is served there");
    }
    for (const ServiceConfig& other : result) {
      // A service answers everything below its path: /a/b/c/xhr would be session c of /a, or a page of /a/b.
      if (is_below(path, other.path)) {
        errors.add(at, "collides with the service \"" + other.path +
                           "\", expected a path that is not below another's");
      }
    }
    result.push_back(read_service(path, value, at, base, transports, errors));
  }
  check_feed_sources(result, errors);
  check_carried(result, errors);
  return result;
}

}  // namespace encke::app
