// A live-help desk: "help_desk [ADDRESS:PORT [FOLDER]]" serves a shop whose visitors may ask, and the desk
// where operators answer them.
#include <encke/server.hpp>

#include "examples/help_desk/desk.hpp"
#include "examples/help_desk/secret.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace {

using help_desk::Desk;

constexpr std::uint16_t kNoAccess = 4403;  // the page knows then that another try is of no use

class ChannelPage final : public help_desk::Page {
 public:
  explicit ChannelPage(encke::Channel& channel) : channel_(channel) {}
  void send(const std::string& json) override { channel_.send(json); }

 private:
  encke::Channel& channel_;
};

/// A service whose channels come, send and leave by these functions of the desk's.
encke::Service pages_of(Desk& desk, void (Desk::*came)(help_desk::Page&),
                        void (Desk::*sent)(help_desk::Page&, std::string_view),
                        void (Desk::*left)(help_desk::Page&)) {
  return [=, &desk](encke::Channel& channel) {
    const auto page = std::make_shared<ChannelPage>(channel);
    (desk.*came)(*page);
    channel.on_message([=, &desk](const encke::Message& message) { (desk.*sent)(*page, message.data()); });
    channel.on_close([=, &desk](const encke::CloseReason&) { (desk.*left)(*page); });
  };
}

encke::ServiceOptions options_for(std::size_t sessions) {
  encke::ServiceOptions options;
  options.max_message_bytes = std::size_t{32} * 1024;  // a line of 4000 bytes, escaped
  options.outbox_bytes =
      std::size_t{4} * 1024 * 1024;  // a whole conversation, escaped, and what comes meanwhile
  options.limits.sessions = sessions;
  options.limits.session_messages_per_second = 20;
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Desk desk(
        {}, [] { return std::chrono::steady_clock::now(); }, help_desk::make_secret);
    const std::string token = help_desk::make_secret();
    // One loop: the desk is one, so it needs no locks. A desk is people who type; a core is far more than it
    // needs.
    encke::Server server{
        {.listen = {argc > 1 ? argv[1] : "127.0.0.1:8080"}, .workers = 1, .stop_on_signals = true}};
    server.serve("/help", pages_of(desk, &Desk::visitor_came, &Desk::visitor_sent, &Desk::visitor_left),
                 options_for(2'000));
    server.serve("/operators",
                 pages_of(desk, &Desk::operator_came, &Desk::operator_sent, &Desk::operator_left),
                 options_for(64));
    server.authorize("/operators",
                     [&token](const encke::AccessRequest& request, const encke::Access& access) {
                       if (help_desk::same_secret(request.token, token)) {
                         access.grant({.by_token = true});
                       } else {
                         access.refuse(kNoAccess, "this link does not open the desk");
                       }
                     });
    server.serve_folder("/", argc > 2 ? argv[2] : HELP_DESK_WWW);
    for (const auto& address : server.listen()) {
      std::fprintf(stderr, "listening on http://%s/\n", address.c_str());
      // Behind the '#', which browsers send to nobody: it stands in no log.
      std::fprintf(stderr, "the desk, for operators alone: http://%s/desk/#%s\n", address.c_str(),
                   token.c_str());
    }
    const std::jthread clock([&server, &desk](const std::stop_token& stop) {
      std::mutex mutex;
      std::condition_variable_any ticking;
      std::unique_lock lock(mutex);
      while (!stop.stop_requested()) {
        ticking.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; });
        server.post(0, [&desk] { desk.tick(); });
      }
    });
    server.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "help_desk: %s\n", error.what());
    return 1;
  }
}
