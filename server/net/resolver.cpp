// Names of hosts to addresses, over libevent's DNS.
#include "server/net/resolver.hpp"

#include "server/net/loop.hpp"
#include "server/net/peer_address.hpp"

#include <event2/dns.h>
#include <event2/util.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace encke::net {

/// What evdns holds of a question lives until it has answered, which it does for one that was taken back,
/// too.
class Resolver::Asked final : public Query, public Turn::Task {
 public:
  Asked(Loop& loop, Done done) : loop_(loop), done_(std::move(done)) {}
  ~Asked() override { take_back(); }

  void take_back() override {
    done_ = nullptr;
    if (line_ == nullptr) return;
    Line* const line = std::exchange(line_, nullptr);
    line->asked = nullptr;
    ::evdns_getaddrinfo_cancel(line->request);
  }

  void begin(evdns_base* base, const std::string& name) {
    evutil_addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    line_ = new Line{this, nullptr};  // NOLINT(cppcoreguidelines-owning-memory): on_answer() has it
    evdns_getaddrinfo_request* const request =
        ::evdns_getaddrinfo(base, name.c_str(), nullptr, &hints, &Asked::on_answer, line_);
    // Null where it was answered at once, from /etc/hosts for one, and `line_` is gone.
    if (request != nullptr) line_->request = request;
  }

  void end_of_turn() {
    if (done_) std::exchange(done_, nullptr)(answer_);
  }

 private:
  struct Line {
    Asked* asked;
    evdns_getaddrinfo_request* request;
  };

  static void on_answer(int error, evutil_addrinfo* list, void* given) {
    const std::unique_ptr<Line> line(static_cast<Line*>(given));
    if (line->asked != nullptr) line->asked->take(error, list);
    if (list != nullptr) ::evutil_freeaddrinfo(list);
  }

  void take(int error, const evutil_addrinfo* list) {
    line_ = nullptr;
    for (const evutil_addrinfo* each = list; each != nullptr; each = each->ai_next) {
      if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
      sockaddr_storage where{};
      std::memcpy(&where, each->ai_addr, std::min<std::size_t>(each->ai_addrlen, sizeof where));
      const Address address = address_of(where);
      std::vector<Address>& all = answer_.addresses;
      if (std::find(all.begin(), all.end(), address) == all.end()) all.push_back(address);
    }
    if (answer_.addresses.empty())
      answer_.fault = error != 0 ? ::evutil_gai_strerror(error) : "it has no address";
    loop_.wake();
    loop_.context().turn.defer(*this);
  }

  Loop& loop_;
  Done done_;
  Line* line_ = nullptr;  // while evdns has the question
  Answer answer_;
};

Resolver::Resolver(Loop& loop, const std::vector<std::string>& servers)
    : loop_(loop), base_(::evdns_base_new(loop.base_, 0)) {
  if (base_ == nullptr) throw std::bad_alloc();
  if (servers.empty()) {
    // Where there is no such file, or no server in it, this machine itself is asked.
    ::evdns_base_resolv_conf_parse(base_, DNS_OPTIONS_ALL, "/etc/resolv.conf");
  } else {
    ::evdns_base_load_hosts(base_, "/etc/hosts");
  }
  constexpr int kHasItAlready = 3;
  for (const std::string& each : servers) {
    const int result = ::evdns_base_nameserver_ip_add(base_, each.c_str());
    // The others are asked all the same; where there are none, every name is without an address.
    if (result != 0 && result != kHasItAlready)
      loop.trouble("cannot ask " + each + " for addresses of names");
  }
  ::evdns_base_set_option(base_, "randomize-case:", "1");
}

Resolver::~Resolver() { ::evdns_base_free(base_, 1); }

std::unique_ptr<Resolver::Query> Resolver::ask(const std::string& name, Done done) {
  auto asked = std::make_unique<Asked>(loop_, std::move(done));
  asked->begin(base_, name);
  return asked;
}

}  // namespace encke::net
