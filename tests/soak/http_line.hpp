// One connection of HTTP/1.1 as a browser keeps it: a request, its response, the next request.
#pragma once

#include "tests/support/event_socket.hpp"
#include "tests/support/http_reader.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace encke::soak {

/// Not movable; its calls come from the loop that it is on.
class HttpLine final : test::EventSocket::Owner {
 public:
  /// Who has asked. It may call drop() from within, but not call(), and must not destroy the line.
  class Caller {
   public:
    /// A piece of the body of a response with this status.
    virtual void on_body(int status, std::string_view piece) = 0;
    /// The response is complete, or, with status 0, there will be no more of it. The line has forgotten the
    /// caller.
    virtual void on_answered(int status) = 0;

   protected:
    ~Caller() = default;
  };

  /// Connects to 127.0.0.1:`port` when the first request is made.
  HttpLine(event_base* base, std::uint16_t port) : port_(port), socket_(base, *this) {}

  void call(std::string_view request, Caller& caller);
  bool is_busy() const { return caller_ != nullptr; }
  /// Whether another request can be made on it.
  bool is_free() const { return caller_ == nullptr && socket_.is_open(); }
  /// Forgets the caller, and aborts what is under way.
  void drop();

 private:
  void on_input(test::EventSocket& socket) override;
  void on_drained(test::EventSocket&) override {}
  void on_end(test::EventSocket& socket, bool broken) override;
  void answered(int status);

  const std::uint16_t port_;
  test::EventSocket socket_;
  test::HttpReader reader_;
  Caller* caller_ = nullptr;
  std::string pending_;
};

}  // namespace encke::soak
