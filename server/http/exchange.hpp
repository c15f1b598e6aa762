// One request and its answer, as a transport or a page sees it.
#pragma once

#include "server/core/byte_stream.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace encke::http {

/// A request that waits for its answer: respond() at once, or begin() and write() as long as it takes, or
/// upgrade(). Belongs to its connection; dead after respond(), end(), abort(), upgrade(), or when its Owner
/// has been told on_lost().
class Exchange {
 public:
  /// Whoever answers over time: owns the carrier. Destroyed, at the end of the turn, when the exchange is
  /// over.
  class Owner : public Disposable {
   public:
    /// What was written has left, after queued() had grown.
    virtual void on_drained() {}
    /// The peer is gone. The exchange must not be used again.
    virtual void on_lost() = 0;
  };

  virtual const Request& request() const = 0;

  /// The whole answer. HEAD requests get the head alone.
  virtual void respond(const ResponseHead& head, std::string_view body) = 0;
  void respond(const Response& response) { respond(response.head, response.body); }

  /// Waits: the answer comes later, by respond() or begin(). The owner is kept until the exchange is over.
  virtual void wait(std::unique_ptr<Owner> owner) = 0;
  /// The head of an answer whose length is not known: chunked in HTTP/1.1, up to the end of the connection
  /// in 1.0. HEAD requests get it alone, whatever is written behind it.
  virtual void begin(const ResponseHead& head) = 0;
  /// Whether begin() chose, or will choose, chunks.
  virtual bool chunked() const = 0;
  /// Body bytes just as they go on the wire: chunk framing included where chunked() (append_chunk()).
  virtual void write_framed(std::string_view bytes) = 0;
  /// Ends a begun answer; the connection lives on where HTTP lets it.
  virtual void end() = 0;
  /// Breaks the connection, so that the peer sees that the answer is not whole.
  virtual void abort() = 0;
  /// Bytes written that have not reached the kernel.
  virtual std::size_t queued() const = 0;

  /// As ByteStream::limit_unsent().
  virtual void limit_unsent(std::size_t) {}

  /// Leaves HTTP: the stream is the caller's to own (ByteStream::set_owner). `unread` is set to what followed
  /// the request. The exchange is over; the stream's old owner dies at the end of the turn.
  virtual ByteStream& upgrade(std::string& unread) = 0;

  /// The client's numeric address: the peer's, or whom a proxy that is trusted speaks for. During the
  /// handler's call only, as request().
  virtual std::string remote_address() const = 0;
  /// Whether the client came by TLS: to us, or to such a proxy. During the handler's call only.
  virtual bool secure() const = 0;
  virtual const LoopContext& loop() const = 0;

 protected:
  ~Exchange() = default;
};

/// Answers requests. Stateless as far as single requests go; one object serves many exchanges at a time.
class Handler {
 public:
  virtual ~Handler() = default;
  /// The request is complete. Must answer it, now or later.
  virtual void handle(Exchange& exchange) = 0;
};

/// What is to become of a request whose head has come.
struct Admission {
  Handler* handler = nullptr;  ///< set: read the body, up to body_limit, and call it
  std::size_t body_limit = 0;  ///< bytes; more is answered with 413
  int worker = -1;             ///< not negative: the connection moves to that loop, and the request with it
  Response refusal{};          ///< otherwise: the answer

  static Admission serve(Handler& handler, std::size_t body_limit = 0) {
    return {&handler, body_limit, -1, {}};
  }
  static Admission move(unsigned worker) { return {nullptr, 0, static_cast<int>(worker), {}}; }
  static Admission refuse(Response response) { return {nullptr, 0, -1, std::move(response)}; }
};

/// Something that answers below a path.
class Resource {
 public:
  virtual ~Resource() = default;
  /// Decides on a request from its head alone. `rest` is the path behind where this resource is mounted. May
  /// set request.captured. Must give the same verdict when it is asked again.
  virtual Admission admit(Request& request, std::string_view rest) = 0;
};

}  // namespace encke::http
