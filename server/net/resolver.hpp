// Names of hosts to addresses, without ever making a loop wait: libevent's DNS, which reads /etc/resolv.conf
// and /etc/hosts.
#pragma once

#include "server/core/address.hpp"
#include "server/core/turn.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

struct evdns_base;

namespace encke::net {

class Loop;

/// One per loop; made on its thread once it runs, or before.
class Resolver {
 public:
  /// `servers`: those to ask, "127.0.0.1:53"; empty: those of /etc/resolv.conf. One that cannot be asked is a
  /// trouble of the loop's.
  Resolver(Loop& loop, const std::vector<std::string>& servers);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  struct Answer {
    std::vector<Address> addresses;  ///< in the order in which they are to be tried, none twice
    std::string fault;               ///< why there is none
  };
  using Done = std::function<void(const Answer&)>;

  /// A question. Who has it buries it, whether it was answered or not.
  class Query : public Disposable {
   public:
    /// `done` is not called any more.
    virtual void take_back() = 0;
  };

  /// Asks for the addresses of `name`; `done` is called once, at the end of some turn.
  std::unique_ptr<Query> ask(const std::string& name, Done done);

 private:
  class Asked;

  Loop& loop_;
  evdns_base* base_;
};

}  // namespace encke::net
