// Capability URLs: a channel gives out a secret URL, and what is sent to it by HTTP comes to that channel.
#pragma once

#include <encke/channel.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

/// What the URLs of a service may be; docs/configuration.md has the same as keys.
struct InboxOptions {
  std::chrono::seconds most_time{86'400};  ///< how long one may live; up to a year
  std::size_t most_messages = 1'000;       ///< that one may deliver
  std::size_t most_rate = 10;              ///< messages a second that one may deliver
  std::size_t most_urls = 8;               ///< of one channel at a time
  std::size_t most_live = 10'000;          ///< of all channels of the service at a time, on all loops
  std::size_t max_bytes = 65'536;          ///< of a message's body; 413 beyond
  bool get = false;                        ///< whether URLs may be asked for that take GET too
  bool jsonp = false;  ///< whether URLs may be asked for that script tags can use; includes `get`
  /// Origins whose pages may read the answers, as ServiceOptions::origins, or "*" alone: all. Empty: none but
  /// the server's own.
  std::vector<std::string> cors_origins{};

  bool operator==(const InboxOptions&) const = default;
};

/// What one URL is.
struct InboxTerms {
  std::chrono::seconds time{0};  ///< how long it lives; 0: an hour, or most_time where that is less
  std::size_t messages = 0;      ///< that it delivers; 0: most_messages
  std::size_t rate = 0;          ///< messages a second, and so many at once; 0: most_rate
  bool get = false;              ///< takes `GET ...?message=TEXT` too
  bool jsonp = false;            ///< takes `GET ...?message=TEXT&callback=NAME` too, and so GET
};

/// What was given, or why nothing was.
struct InboxUrl {
  std::uint32_t id = 0;  ///< counts from 1 for each channel; no secret
  /// What stands behind the service's URL: "/in/" and 24 characters, 128 random bits and the number of the
  /// loop. A bearer secret: whoever has it may write. It is kept nowhere else.
  std::string path{};
  InboxTerms terms{};   ///< as granted
  std::string fault{};  ///< where nothing was given: why, safe to send to the page
  explicit operator bool() const { return fault.empty(); }
};

/// What came to a URL. The views are valid during the call only.
struct Delivery {
  std::uint32_t id = 0;       ///< the URL's
  std::string_view method{};  ///< "POST" or "GET"
  std::string_view type{};    ///< the Content-Type, as it was sent; empty: none, as with GET
  std::string_view body{};    ///< of GET the message
  bool text = true;           ///< it is UTF-8; false: any bytes
};

/// What a URL's owner hears. Called on the channel's loop. An exception that leaves one closes the channel
/// with 1011. They may call anything of the channel's and of the inboxes'.
struct InboxHandlers {
  /// Something came. False: there is no room for it; the sender is answered 503, and nothing counts.
  std::function<bool(const Delivery&)> deliver{};
  /// The URL's time is up. May be empty.
  std::function<void()> expired{};
};

/// The URLs of a service's channels on one loop; outlives those channels. Called on that loop only.
class Inboxes {
 public:
  /// A new URL for `channel`, which must be open. It dies when its time is up, by revoke(), or with its
  /// channel: when that is closed, by whomever, or its resume window has passed.
  virtual InboxUrl open(Channel& channel, const InboxTerms& terms, InboxHandlers handlers) = 0;
  /// The URL delivers nothing more, from now on. False where the channel has none of that id.
  virtual bool revoke(Channel& channel, std::uint32_t id) = 0;

 protected:
  ~Inboxes() = default;
};

/// As Service, with the means to give the channel URLs. What it keeps of `inboxes` must not outlive the
/// channel.
using InboxService = std::function<void(Channel& channel, Inboxes& inboxes)>;

/// What happened to a service's URLs, on all loops. All but `live` only grow.
struct InboxCounts {
  std::uint64_t given = 0;
  std::uint64_t live = 0;
  std::uint64_t expired = 0;           ///< since their time was up
  std::uint64_t revoked = 0;           ///< by whom they were given to
  std::uint64_t ended = 0;             ///< with their channel
  std::uint64_t delivered = 0;         ///< messages
  std::uint64_t refused_unknown = 0;   ///< requests for what is no URL, or none any more
  std::uint64_t refused_bad = 0;       ///< that were wrong: the method, no message, a bad callback
  std::uint64_t refused_size = 0;      ///< longer than max_bytes
  std::uint64_t refused_encoding = 0;  ///< text that was no UTF-8
  std::uint64_t refused_quota = 0;     ///< beyond InboxTerms::messages
  std::uint64_t refused_rate = 0;      ///< beyond InboxTerms::rate
  std::uint64_t refused_room = 0;      ///< since the channel had no room
};

}  // namespace encke
