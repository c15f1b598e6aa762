// The listeners of a server that speak TLS.
#pragma once

#include "server/net/tls_port.hpp"

#include <encke/listen.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

/// Set up before the loops run; reload() from any thread after that.
class TlsPorts {
 public:
  using Tell = std::function<void(std::string_view)>;

  /// Null for a plain listener. Throws std::runtime_error where a certificate or a key is useless.
  const net::TlsPort* add(const Listen& listen);
  /// Tells what there is to know of the certificates that add() has read: an expired one for one.
  void warn(const Tell& tell);
  /// As Server::reload_tls().
  std::vector<std::string> reload(const std::vector<Listen>& listen, const Tell& tell);

 private:
  struct Port {
    std::string address;
    TlsOptions options;
    std::unique_ptr<net::TlsPort> port = std::make_unique<net::TlsPort>();
  };

  std::mutex mutex_;
  std::vector<Port> ports_;
  std::vector<std::string> warnings_;
};

}  // namespace encke
