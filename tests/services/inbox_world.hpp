// A service with capability URLs on a loop without a loop.
#pragma once

#include "server/services/inbox_desk.hpp"
#include "tests/core/fakes.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace encke::test {

/// `World` with a desk; each channel's URLs write down what comes.
struct InboxWorld : World {
  explicit InboxWorld(InboxOptions inbox = {}, InboxService service = {})
      : setup(std::make_shared<services::InboxSetup>(std::move(inbox))),
        desk(loop, setup, [this](std::string_view what) { faults.emplace_back(what); }) {
    serve([this, service = std::move(service)](Channel& opened) {
      channel = &opened;
      if (service) service(opened, desk);
    });
    sessions->tell_gone([this](const Channel& gone) { desk.forget(gone); });
  }
  ~InboxWorld() { sessions.reset(); }  // as a place does it: before the desk

  /// A URL of the last channel that opened.
  InboxUrl give(const InboxTerms& terms = {}) {
    return desk.open(*channel, terms,
                     {.deliver =
                          [this](const Delivery& delivery) {
                            events.push_back(std::to_string(delivery.id) + ":" + std::string(delivery.body));
                            return room;
                          },
                      .expired = [this] { events.emplace_back("expired"); }});
  }
  /// "delivered", "failed" or why not.
  std::string deliver(const InboxUrl& url, std::string_view body = "x") {
    const auto outcome = desk.deliver(token_of(url), {.method = "POST", .body = body});
    if (outcome.verdict == services::InboxDesk::Verdict::delivered) return "delivered";
    if (outcome.verdict == services::InboxDesk::Verdict::failed) return "failed";
    constexpr const char* kNames[] = {"unknown", "bad", "size", "encoding", "quota", "rate", "room"};
    return kNames[static_cast<std::size_t>(outcome.why)];
  }
  static std::string token_of(const InboxUrl& url) { return url.path.substr(4); }

  bool room = true;
  std::shared_ptr<services::InboxSetup> setup;
  services::InboxDesk desk;
};

}  // namespace encke::test
