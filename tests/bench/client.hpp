#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tests/bench/loop.hpp"
#include "tests/bench/options.hpp"

namespace encke::bench {

/// One session seen from the browser's side, on one transport. Whatever is against the protocol ends the
/// process with a text that says what was wrong: nothing here is retried silently.
class Client {
 public:
  class Listener {
   public:
    /// The session is open: messages may be sent.
    virtual void on_open(Client& client) = 0;
    /// `message` is valid during the call.
    virtual void on_message(Client& client, std::string_view message) = 0;
    /// The session has ended after close(). The client must live on until the loop's turn is over.
    virtual void on_closed(Client& client) = 0;

   protected:
    ~Listener() = default;
  };

  virtual ~Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  virtual void open() = 0;
  virtual void send(std::string_view message) = 0;
  /// Ends the session as a browser that closes its socket does.
  virtual void close() = 0;

  std::uint32_t id() const { return id_; }

 protected:
  Client(Loop& loop, const Options& options, Listener& listener, std::uint32_t id);

  [[noreturn]] void fail(std::string_view what) const;

  /// The source address of this session's connections: 127.0.0.N.
  std::uint32_t source() const { return 1 + id_ % options_.sources; }
  /// A session id of SockJS, never the same in two runs of this program at one time.
  std::string session_id() const;
  std::string host() const;

  Loop& loop_;
  const Options& options_;
  Listener& listener_;
  const std::uint32_t id_;
};

/// A client for `options.transport`. Each id must be used once only in a run.
std::unique_ptr<Client> make_client(Loop& loop, const Options& options, Client::Listener& listener,
                                    std::uint32_t id);

/// What make_client() chooses from; null if the transport is another's.
std::unique_ptr<Client> make_plain_client(Loop& loop, const Options& options, Client::Listener& listener,
                                          std::uint32_t id);
std::unique_ptr<Client> make_socket_client(Loop& loop, const Options& options, Client::Listener& listener,
                                           std::uint32_t id);
std::unique_ptr<Client> make_http_client(Loop& loop, const Options& options, Client::Listener& listener,
                                         std::uint32_t id);

std::unique_ptr<Client> make_facade_client(Loop& loop, const Options& options, Client::Listener& listener,
                                           std::uint32_t id);

}  // namespace encke::bench
