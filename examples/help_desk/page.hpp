// A page that talks to the desk, as the desk sees it.
#pragma once

#include <string>

namespace help_desk {

/// One socket of a browser's. Whoever owns it tells the desk when it comes and goes; the desk keeps its
/// address meanwhile.
class Page {
 public:
  Page() = default;
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;
  /// Queues a message, JSON. Must not call the desk.
  virtual void send(const std::string& json) = 0;

 protected:
  ~Page() = default;
};

}  // namespace help_desk
