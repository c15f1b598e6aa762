// The seam. To add a transport, start here: docs/architecture.md walks through one.
//
// A Session is the logical socket. A Carrier carries its frames to the browser right now: one response body,
// or one socket. A Transport is one way to make carriers; it is stateless and shared by all loops.
#pragma once

#include "server/core/byte_stream.hpp"
#include "server/core/result.hpp"

#include <encke/close.hpp>
#include <encke/message.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace encke {

class Sessions;
namespace http {
class Exchange;
}

/// What a session says to its browser. Views into the session: valid only during the call they are passed to.
struct Frame {
  enum class Kind : std::uint8_t { open, heartbeat, acknowledgement, beginning, message, close };
  Kind kind;
  const Message* message = nullptr;     ///< for `message`
  const CloseReason* reason = nullptr;  ///< for `close`
  /// For `acknowledgement`: of the next message up; for `beginning`: of the next message on this carrier.
  std::uint64_t number = 0;
};

/// Why a carrier and its session part.
enum class Detach : std::uint8_t {
  finished,  ///< the carrier had taken all that it can: a poll's batch, a response's limit
  closed,    ///< the session is over, and the carrier has taken its close frame
  refused,   ///< the session had a carrier already
  replaced,  ///< a newer carrier has taken the session over
  lost,      ///< the connection broke, or the peer aborted the request
};

/// What a carrier made of the frames it was offered.
struct Taken {
  enum class Then : std::uint8_t {
    more,      ///< it took all, and write() may be called again at any time
    wait,      ///< full: it calls Session::ready() when it can take more
    finished,  ///< it has ended itself; the session must not use it again
  };
  std::size_t frames = 0;  ///< how many it took, from the front; the outbox keeps the rest
  Then then = Then::more;
};

/// What carries a session's frames to the browser right now. Owned by its exchange or byte stream. Must not
/// call the session from inside write() or finish(). Before it is destroyed it is detached, by either side.
class Carrier {
 public:
  /// Frames in order. `open` and `close` come at most once each; a heartbeat comes alone. To
  /// carriers of resumable sessions come acknowledgements, as the first, and beginnings.
  virtual Taken write(std::span<const Frame> frames) = 0;
  /// Ends this carrier, not the session; the session has already let go of it.
  virtual void finish(Detach why) = 0;
  /// Whether the peer answers heartbeats; then each must be followed by Session::alive() in time.
  virtual bool answers_heartbeats() const { return false; }
  /// Asked where no answer to the last heartbeat has come in time: whether the peer has shown since then in
  /// another way that it is there, so that it is not taken for lost.
  virtual bool heard() const { return false; }
  /// As ByteStream::limit_unsent(), where it is a stream.
  virtual void limit_unsent(std::size_t) {}
  /// The session takes messages again, after Session::holds().
  virtual void released() {}
  /// The peer's numeric address; found out anew by each call, for those who look on. Empty: not known.
  virtual std::string peer_address() const { return {}; }

 protected:
  ~Carrier() = default;
};

/// One request that a transport answers, below /<service>/<server>/<session>/.
struct Route {
  enum class Method : std::uint8_t { get, post };
  std::string_view leaf;  ///< last part of the path, "xhr_streaming"
  Method method = Method::get;
  bool cross_origin = false;  ///< answers carry CORS headers, and OPTIONS is answered
  bool credentials = true;    ///< false: neither takes nor sets cookies
  bool element =
      false;  ///< what asks is a script tag, a frame or a form, for which browsers may tell no origin
  bool sends = false;  ///< brings messages to a session that there is; else it may open one
};

/// What a transport can do; read by the conformance tests and by /info.
struct Capabilities {
  bool binary = false;        ///< carries bytes as they are
  bool streams = false;       ///< many frames a carrier
  bool cross_origin = false;  ///< a page of another origin can use it without an iframe
  bool sends_up = false;      ///< carries messages from the browser on the same connection
};

struct TransportInfo {
  std::string_view name;          ///< = folder = client-js file = test name
  std::span<const Route> routes;  ///< static storage
  std::string_view greeting;      ///< first bytes of a raw stream that it claims; empty for none
  Capabilities can;
};

/// The services of one loop, for what names them by itself.
class Services {
 public:
  /// The resumable sessions of the service at `path`; null where there is none.
  virtual Sessions* find(std::string_view path) const = 0;

 protected:
  ~Services() = default;
};

/// One way to carry sessions. Stateless, shared by all loops; per-request state lives in its carriers.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual const TransportInfo& info() const = 0;
  /// Answers a request for `route`, one of info().routes: attaches a carrier to a session, or delivers
  /// messages to one. An error is answered by the caller, with the headers that fit the route.
  virtual Result<void> serve(const Route& route, http::Exchange& exchange, Sessions& sessions) = 0;
  /// For transports with a greeting: makes the owner of a raw stream that begins with it, which finds out
  /// from its bytes, the greeting's first, whose session it speaks for. `services` outlives the stream.
  virtual std::unique_ptr<ByteStream::Owner> serve_stream(ByteStream& stream, const Services& services) {
    return nullptr;
  }
};

}  // namespace encke
