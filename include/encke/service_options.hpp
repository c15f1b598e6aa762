// What the channels of a service obey: the per-service options, with their units and defaults.
#pragma once

#include <encke/limits.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace encke {

/// What becomes of a message for a reader whose outbox is full.
enum class SlowReader : std::uint8_t {
  close,        ///< it is refused, and the channel closes with 1008
  block,        ///< it is refused; Channel::on_writable() tells when there is room
  drop_oldest,  ///< it is taken, and the oldest that no carrier has had are dropped
};

/// Plain values; copied into each loop's Sessions. docs/configuration.md describes each key of the same name.
struct ServiceOptions {
  /// Names of the transports offered, in no order; empty: every transport that is built in.
  std::vector<std::string> transports;
  /// Origins that may open sessions, as browsers serialise them; empty: any. Requests without an Origin pass.
  std::vector<std::string> origins;
  /// Sub-protocols spoken, in no order: the first of the client's that is here is chosen, and told to the
  /// service by Channel::protocol(). Tokens of RFC 9110, none twice. Clients of WebSocket that ask for none
  /// of these get none, and may leave; pages of the facade's are refused.
  std::vector<std::string> protocols;
  bool websocket = true;  ///< false: both WebSocket URLs answer 404 and /info says so
  /// The drafts of WebSocket that are spoken beside RFC 6455, in no order. hybi-01 stands for -01 to -03,
  /// hybi-08 for -08 to -12.
  std::vector<std::string> websocket_drafts{"hixie-75", "hixie-76", "hybi-01", "hybi-04",
                                            "hybi-05",  "hybi-06",  "hybi-07", "hybi-08"};
  /// true: those drafts whose clients mask nothing (hixie-75, hixie-76, hybi-01) are spoken over TLS only.
  bool unmasked_drafts_need_tls = false;
  bool jsessionid = false;  ///< true: a JSESSIONID cookie on every transport response, for sticky balancers
  std::chrono::milliseconds heartbeat{25'000};         ///< from attaching, then at this cadence; zero: none
  std::chrono::milliseconds heartbeat_answer{10'000};  ///< a carrier that can answer must do so within this
  std::chrono::milliseconds disconnect_delay{5'000};   ///< a session with no carrier lives this long
  /// How long a session of the facade's outlives the loss of its carrier. Neither SockJS's wire nor raw
  /// WebSocket can resume: there a lost carrier ends the session. Where this is less than disconnect_delay,
  /// that counts: pages need some time between two carriers.
  std::chrono::milliseconds resume_window{60'000};
  /// How long a page of the facade's is to wait from one plain poll to the next; a third of resume_time()
  /// where that is less.
  std::chrono::milliseconds poll_interval{2'000};
  std::size_t response_limit = 131'072;  ///< bytes of frames after which a streaming response ends
  /// One inbound message; the body of a request that sends may have twice that and 64 KiB, since it may hold
  /// several, escaped.
  std::size_t max_message_bytes = 16u << 20;
  /// Queued for one reader, each message counted with 48 bytes more; one message always fits an empty outbox.
  std::size_t outbox_bytes = 1u << 20;
  /// What the system may hold for one reader that is not on its way yet, about; 0: as much as it likes, which
  /// may be megabytes. Not of polls.
  std::size_t unsent_bytes = 0;
  ServiceLimits limits;                        ///< of sessions, and of what browsers send
  SlowReader slow_reader = SlowReader::close;  ///< when outbox_bytes are full
  /// true: `path`/events is a stream of events for a page's own EventSource, one a message.
  bool events = false;
  /// The library that the SockJS iframe page loads; begins with '/' or "http", holds no double quote.
  std::string sockjs_url = "/sockjs.js";
  /// Other names of this server, "a.example" or "a.example:8080", over which the facade may spread its
  /// connections.
  std::vector<std::string> hosts;
  /// A domain above the server's own name, in lower case, with a dot: forever frames may take it for theirs
  /// (document.domain) where a page asks for that, to reach a page that has done so. Empty: none.
  std::string document_domain;

  bool operator==(const ServiceOptions&) const = default;

  /// How long a session of the facade's is kept without a carrier.
  std::chrono::milliseconds resume_time() const { return std::max(resume_window, disconnect_delay); }
  /// The interval of plain polls that pages are told.
  std::chrono::milliseconds poll_time() const { return std::min(poll_interval, resume_time() / 3); }
};

}  // namespace encke
