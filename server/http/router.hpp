// Which resource answers which path.
#pragma once

#include "server/http/exchange.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke::http {

/// Paths are compared raw: no decoding, no normalising, case counts. The longest mounted prefix wins; it
/// matches at the end of the path or before a '/'.
class Router {
 public:
  /// `prefix` begins with '/' and does not end with one, or is "/", which takes all that no other takes.
  void mount(std::string prefix, std::unique_ptr<Resource> resource);
  /// Takes back what was mounted there; null where nothing was. Not while a request is being admitted.
  std::unique_ptr<Resource> unmount(std::string_view prefix);
  Admission admit(Request& request) const;

 private:
  struct Mount {
    std::string prefix;
    std::unique_ptr<Resource> resource;
  };
  std::vector<Mount> mounts_;  // longest first
};

}  // namespace encke::http
