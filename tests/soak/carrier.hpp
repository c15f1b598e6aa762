// Carriers from the page's end: what brings frames down, and for a WebSocket up too.
#pragma once

#include "tests/soak/dialect.hpp"
#include "tests/soak/http_line.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/event_socket.hpp"
#include "tests/support/page_session.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke::soak {

/// One carrier, from its request to its end.
class PageCarrier {
 public:
  class Owner {
   public:
    virtual void on_frame(PageCarrier& carrier, std::string_view frame) = 0;
    virtual void on_binary(PageCarrier& carrier, std::string_view bytes) = 0;
    /// Nothing comes any more. `status` is that of a refusal, 200 for an end in order, else 0. Comes once,
    /// and not after drop().
    virtual void on_carrier_end(PageCarrier& carrier, int status) = 0;
    /// What came is not how the transport says it.
    virtual void on_broken(PageCarrier& carrier, std::string what) = 0;

   protected:
    ~Owner() = default;
  };

  PageCarrier(const Dialect& its_dialect, std::uint64_t its_number)
      : dialect(its_dialect), number(its_number) {}
  virtual ~PageCarrier() = default;
  PageCarrier(const PageCarrier&) = delete;
  PageCarrier& operator=(const PageCarrier&) = delete;

  /// Ends it from our side.
  virtual void drop() = 0;
  /// Whether it is over for the session, but its last words have not left yet.
  virtual bool is_leaving() const { return false; }
  /// Whether frames can go up over it, and how.
  virtual bool takes_frames() const { return false; }
  virtual void send(const test::PageSession::SocketFrame&) {}

  const Dialect& dialect;
  const std::uint64_t number;
  unsigned heard_at = 0;  ///< the tick at which it last brought something
  unsigned frames = 0;
  bool over = false;
};

/// Where a session's carriers go, and what they say of themselves.
struct Target {
  event_base* base;
  std::uint16_t port;    ///< of the proxy
  std::string path;      ///< "/numbers/encke.1/KEY"
  std::string fields{};  ///< more header lines, each with its end
};

/// A response that frames come down on; `line` is its connection from now on.
std::unique_ptr<PageCarrier> make_http_carrier(const Dialect& dialect, const test::PageSession::Start& start,
                                               const Target& target, std::string_view query, HttpLine& line,
                                               PageCarrier::Owner& owner);
/// A WebSocket or a raw socket, with a connection of its own.
std::unique_ptr<PageCarrier> make_socket_carrier(const Dialect& dialect,
                                                 const test::PageSession::Start& start, const Target& target,
                                                 test::Dice dice, PageCarrier::Owner& owner);

/// The request that asks for a response to carry frames; `path` with its query.
std::string carrier_request(const Dialect& dialect, const std::string& path, const Target& target);

/// The head of a request, and its body where it has one.
std::string plain_request(std::string_view method, std::string_view path, std::string_view fields = {},
                          std::string_view body = {});
/// The same with the fields that `target` says of itself.
std::string request(std::string_view method, std::string_view path, const Target& target,
                    std::string_view fields = {}, std::string_view body = {});

}  // namespace encke::soak
