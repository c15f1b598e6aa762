// What a service's options say that cannot be served.
#include "server/app/option_faults.hpp"

#include "server/core/host_name.hpp"
#include "server/core/origin.hpp"
#include "server/http/field_text.hpp"
#include "server/services/feed_key.hpp"

#include <encke/server.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

namespace encke {

namespace {

/// Throws where one of `names` is none of `known`; `cannot` says what there is none of.
void check_names(const std::vector<std::string>& names, const std::vector<std::string>& known,
                 const std::string& cannot) {
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string list;
    for (const std::string& other : known) list.append(list.empty() ? "" : ", ").append(other);
    throw std::runtime_error(cannot + " \"" + name + "\" is built in; there are " + list);
  }
}

}  // namespace

void check_options(const std::string& path, const ServiceOptions& options) {
  const std::string cannot = "cannot serve at \"" + path + "\": ";
  check_names(options.transports, Server::transports(), cannot + "no transport");
  check_names(options.websocket_drafts, ServiceOptions().websocket_drafts, cannot + "no draft of WebSocket");
  for (const std::string& origin : options.origins) {
    if (is_origin_entry(origin)) continue;
    throw std::runtime_error(cannot + "\"" + origin + "\" is no origin, expected " +
                             std::string(kOriginEntryForm));
  }
  const std::vector<std::string>& protocols = options.protocols;
  for (auto name = protocols.begin(); name != protocols.end(); ++name) {
    if (!http::is_token(*name)) {
      throw std::runtime_error(cannot + "\"" + *name +
                               "\" is no sub-protocol's name, expected letters, digits and " +
                               "!#$%&'*+-.^_`|~ only");
    }
    if (std::find(protocols.begin(), name, *name) != name) {
      throw std::runtime_error(cannot + "the sub-protocol \"" + *name + "\" is given twice, expected once");
    }
  }
  const std::string& url = options.sockjs_url;
  if ((!url.starts_with('/') && !url.starts_with("http")) || url.find('"') != std::string::npos) {
    throw std::runtime_error(cannot + "sockjs_url is " + url + ", expected a URL from '/' or \"http\" on");
  }
  const std::string& domain = options.document_domain;
  if (!domain.empty() && !is_domain_name(domain)) {
    throw std::runtime_error(cannot + "document_domain is " + domain + ", expected one as \"example.com\"");
  }
  if (options.poll_interval <= options.poll_interval.zero()) {
    throw std::runtime_error(cannot + "poll_interval is " + std::to_string(options.poll_interval.count()) +
                             " ms, expected some time");
  }
}

void check_inbox(const std::string& path, const InboxOptions& inbox) {
  const std::string cannot = "cannot serve at \"" + path + "\": ";
  constexpr std::chrono::hours kYear{24 * 365};
  if (inbox.most_time < std::chrono::seconds{1} || inbox.most_time > kYear) {
    throw std::runtime_error(cannot + "most_time is " + std::to_string(inbox.most_time.count()) +
                             " s, expected 1 s to a year");
  }
  for (const auto& [name, number] : {std::pair{"most_messages", inbox.most_messages},
                                     {"most_rate", inbox.most_rate},
                                     {"most_urls", inbox.most_urls},
                                     {"most_live", inbox.most_live},
                                     {"max_bytes", inbox.max_bytes}}) {
    if (number == 0) throw std::runtime_error(cannot + name + " is 0, expected at least 1");
  }
  const std::vector<std::string>& origins = inbox.cors_origins;
  if (origins == std::vector<std::string>{"*"}) return;
  for (const std::string& origin : origins) {
    if (is_origin_entry(origin)) continue;
    throw std::runtime_error(cannot + "\"" + origin +
                             "\" in cors_origins is no origin, expected \"*\" alone, or " +
                             std::string(kOriginEntryForm));
  }
}

void check_mux(const std::string& path, const MuxOptions& mux, const ServiceOptions& options) {
  const std::string cannot = "cannot serve at \"" + path + "\": ";
  if (mux.services.empty()) throw std::runtime_error(cannot + "services names none, expected some paths");
  if (mux.streams == 0) throw std::runtime_error(cannot + "streams is 0, expected at least 1");
  if (mux.window < 1024 || mux.window > std::numeric_limits<std::int32_t>::max()) {
    throw std::runtime_error(cannot + "window is " + std::to_string(mux.window) +
                             ", expected 1024 to 2147483647 bytes");
  }
  if (mux.partial_bytes == 0) throw std::runtime_error(cannot + "partial_bytes is 0, expected at least 1");
  if (options.max_message_bytes < kLeastMuxMessage) {
    throw std::runtime_error(cannot + "max_message_bytes is " + std::to_string(options.max_message_bytes) +
                             ", expected at least " + std::to_string(kLeastMuxMessage) +
                             ": frames of a multiplexed session take that");
  }
}

void check_live_feed(const std::string& path, const LiveFeedOptions& feed, const ServiceOptions& options) {
  const std::string cannot = "cannot serve at \"" + path + "\": ";
  if (options.slow_reader == SlowReader::block) {
    throw std::runtime_error(cannot + "a live feed waits for nobody, expected slow_reader to be another");
  }
  if (feed.udp && !feed.tcp.empty()) {
    throw std::runtime_error(cannot + "a live feed has one source, expected udp or tcp");
  }
  if (feed.most_keys == 0) throw std::runtime_error(cannot + "most_keys is 0, expected at least 1");
  if (const std::string_view fault = services::key_fault(feed.key); !fault.empty()) {
    throw std::runtime_error(cannot + "the key is \"" + feed.key.text + "\", expected " + std::string(fault));
  }
}

}  // namespace encke
