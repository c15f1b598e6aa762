// The capability URLs of one service on one loop: given out, looked up, used up and taken back.
#pragma once

#include "server/core/loop_context.hpp"
#include "server/core/token_bucket.hpp"
#include "server/crypto/digest.hpp"
#include "server/services/inbox_ledger.hpp"

#include <encke/inbox.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace encke::services {

/// What a service with capability URLs is made of; shared by its loops.
struct InboxSetup {
  explicit InboxSetup(InboxOptions its_options, bool its_readers_block = false)
      : options(std::move(its_options)), blocks(its_readers_block) {}

  const InboxOptions options;
  const bool blocks;  ///< the service's slow_reader is `block`, whatever it is given
  InboxLedger ledger{};
};

/// The loop that a URL's token belongs to; nothing where `token` has not the form of one. Says nothing of
/// whether there is such a URL.
std::optional<unsigned> worker_of_token(std::string_view token);

/// One per service and loop; outlives the service's channels there. Of a token it keeps the SHA-256 alone,
/// and finds it by that: how long it takes to find one, or none, tells nothing of what tokens there are.
class InboxDesk final : public Inboxes {
 public:
  using Fault = std::function<void(std::string_view)>;
  /// `fault` is told of exceptions that leave handlers.
  InboxDesk(const LoopContext& loop, std::shared_ptr<InboxSetup> setup, Fault fault);
  ~InboxDesk();
  InboxDesk(const InboxDesk&) = delete;
  InboxDesk& operator=(const InboxDesk&) = delete;

  InboxUrl open(Channel& channel, const InboxTerms& terms, InboxHandlers handlers) override;
  bool revoke(Channel& channel, std::uint32_t id) override;
  /// The channel is over, and its URLs with it.
  void forget(const Channel& channel);

  /// The terms of the URL with this token; null where there is none, or its channel is closing. Valid until
  /// something is called that may end it.
  const InboxTerms* find(std::string_view token) const;
  /// Whether a message may come there now; nothing where it may. For requests whose body is still to come.
  std::optional<InboxRefusal> refusal(std::string_view token);
  enum class Verdict : std::uint8_t { delivered, refused, failed };
  struct Outcome {
    Verdict verdict;
    InboxRefusal why{};  ///< where it was refused
  };
  /// Gives the URL's owner `delivery`, whose id is filled in here. Counts nothing that it refuses.
  Outcome deliver(std::string_view token, Delivery delivery);

  const InboxOptions& options() const { return setup_->options; }
  InboxLedger& ledger() { return setup_->ledger; }
  const LoopContext& loop() const { return loop_; }

 private:
  class Url;
  /// The URLs of one channel.
  struct Member {
    std::uint32_t last_id = 0;
    std::vector<Url*> urls;
  };
  struct FirstBytes {
    std::size_t operator()(const crypto::Sha256& digest) const;
  };

  Url* at(std::string_view token) const;
  std::optional<InboxRefusal> refusal_of(Url& url);
  void expire(Url& url);
  /// Takes it out of both tables; it lives until the end of the turn.
  void end(Url& url);
  /// Runs the application's code; an exception closes the channel with 1011.
  template <typename Call>
  bool guarded(Channel& channel, Call&& call);

  const LoopContext loop_;
  const std::shared_ptr<InboxSetup> setup_;
  const Fault fault_;
  std::unordered_map<crypto::Sha256, std::unique_ptr<Url>, FirstBytes> urls_;
  std::unordered_map<const Channel*, Member> members_;
};

}  // namespace encke::services
