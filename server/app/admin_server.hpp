// The door for operators as a part of the server: a listener of its own, with a site of its own, on the first
// loop.
#pragma once

#include "server/app/admin_guard.hpp"
#include "server/app/admin_pages.hpp"
#include "server/app/collector.hpp"
#include "server/app/tls_ports.hpp"
#include "server/core/transport.hpp"
#include "server/net/workers.hpp"

#include <encke/admin.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

/// Made before the loops, outlives them; not movable.
class AdminServer {
 public:
  /// What it has of the rest of the server, which outlives it.
  struct Server {
    net::Workers& workers;
    Collector& collector;
    std::span<const std::unique_ptr<Transport>> transports;
    std::function<bool()> ready;                    ///< any thread
    std::function<bool(const CloseOrder&)> close;   ///< closes a session of the loop that it is called on
    std::function<void(std::string_view)> trouble;  ///< may be null
  };

  /// Throws std::runtime_error for a page without a token. Without `options` it does nothing at all.
  AdminServer(const std::optional<AdminOptions>& options, Server server);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  /// Binds its listener, whose certificates are among those of `tls` from then on. Throws std::runtime_error
  /// where that fails.
  void listen(TlsPorts& tls);
  /// Where listen() bound it.
  const std::vector<std::string>& addresses() const { return addresses_; }

  /// Before the first loop runs.
  void open_site();
  /// As Server::set_admin_token().
  void set_token(const std::string& token);
  /// On the first loop, when it is to stop, and when it has stopped.
  void close_all();
  void close_site();

 private:
  class Site;

  void close(const CloseOrder& order, const std::function<void(bool)>& then);

  const std::optional<AdminOptions> options_;
  const Server server_;
  AdminGuard guard_;  // of the first loop, once that runs
  net::Sniffer sniffer_;
  std::unique_ptr<Site> site_;
  std::vector<std::string> addresses_;
};

}  // namespace encke
