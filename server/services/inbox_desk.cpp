// The capability URLs of one service on one loop.
#include "server/services/inbox_desk.hpp"

#include "server/crypto/base64.hpp"
#include "server/crypto/random.hpp"

#include <encke/close.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <span>
#include <utility>

namespace encke::services {

namespace {

constexpr std::size_t kSecretBytes = 16;
constexpr std::size_t kTokenBytes =
    kSecretBytes + 2;  // with the loop's number: 24 characters, none left over
constexpr std::size_t kTokenLetters = kTokenBytes / 3 * 4;
constexpr std::chrono::seconds kUsualTime{3'600};

std::string make_token(unsigned worker) {
  std::array<std::uint8_t, kTokenBytes> bytes{};
  crypto::random_fill(std::span(bytes).first(kSecretBytes));
  bytes[kSecretBytes] = static_cast<std::uint8_t>(worker >> 8);
  bytes[kSecretBytes + 1] = static_cast<std::uint8_t>(worker);
  return crypto::base64url_encode(bytes);
}

/// `wanted`, or `usual` where that is 0; `fault` is set where it is more than `most`.
template <typename Number>
Number within(Number wanted, Number usual, Number most, const char* name, std::string& fault) {
  if (wanted == Number{}) return usual;
  const auto text = [](auto number) {
    if constexpr (requires { number.count(); }) {
      return std::to_string(number.count());
    } else {
      return std::to_string(number);
    }
  };
  if (wanted > most || wanted < Number{}) {
    fault = std::string(name) + ": found " + text(wanted) + ", expected at most " + text(most);
  }
  return wanted;
}

/// The terms with what was left open; `fault` is set where the service grants no such.
InboxTerms granted(InboxTerms terms, const InboxOptions& options, std::string& fault) {
  const bool get = options.get || options.jsonp;
  if (terms.get && !get) fault = "get: found true, but this service has no URLs that take GET";
  if (terms.jsonp && !options.jsonp) {
    fault = "jsonp: found true, but this service has no URLs that script tags can use";
  }
  terms.get = terms.get || terms.jsonp;
  terms.time =
      within(terms.time, std::min(kUsualTime, options.most_time), options.most_time, "seconds", fault);
  terms.messages = within(terms.messages, options.most_messages, options.most_messages, "messages", fault);
  terms.rate = within(terms.rate, options.most_rate, options.most_rate, "rate", fault);
  return terms;
}

}  // namespace

/// A timer that fires when its time is up.
class InboxDesk::Url final : public TimerWheel::Timer {
 public:
  Url(InboxDesk& of, Channel& its, const crypto::Sha256& its_digest, std::uint32_t its_id,
      const InboxTerms& its_terms, InboxHandlers its_handlers)
      : desk(of),
        channel(its),
        digest(its_digest),
        id(its_id),
        terms(its_terms),
        handlers(std::move(its_handlers)),
        left(its_terms.messages) {}

  Rate rate() const { return {.per_second = terms.rate}; }

  InboxDesk& desk;
  Channel& channel;
  const crypto::Sha256 digest;
  const std::uint32_t id;
  const InboxTerms terms;
  const InboxHandlers handlers;
  std::size_t left;  // messages
  TokenBucket bucket;

 private:
  void on_timer() override { desk.expire(*this); }
};

std::optional<unsigned> worker_of_token(std::string_view token) {
  if (token.size() != kTokenLetters) return {};
  const std::optional<std::string> bytes = crypto::base64url_decode(token);
  if (!bytes) return {};
  const auto byte = [&](std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>((*bytes)[at]));
  };
  return byte(kSecretBytes) << 8 | byte(kSecretBytes + 1);
}

std::size_t InboxDesk::FirstBytes::operator()(const crypto::Sha256& digest) const {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

InboxDesk::InboxDesk(const LoopContext& loop, std::shared_ptr<InboxSetup> setup, Fault fault)
    : loop_(loop), setup_(std::move(setup)), fault_(std::move(fault)) {}

InboxDesk::~InboxDesk() {
  // Where the loop ends with channels that it has not ended.
  for (std::size_t count = urls_.size(); count > 0; --count) ledger().give_back();
}

InboxUrl InboxDesk::open(Channel& channel, const InboxTerms& terms, InboxHandlers handlers) {
  InboxUrl url;
  if (!channel.is_open()) {
    url.fault = "the channel is closing";
    return url;
  }
  url.terms = granted(terms, options(), url.fault);
  if (!url) return url;
  Member& member = members_[&channel];
  if (member.urls.size() >= options().most_urls) {
    url.fault = "there are " + std::to_string(member.urls.size()) +
                " URLs already, as many as one page may have; close one first";
    return url;
  }
  if (!ledger().take_place(options().most_live)) {
    url.fault = "this service has given out as many URLs as it may; try again later";
    return url;
  }
  const std::string token = make_token(loop_.worker);
  url.id = ++member.last_id;
  url.path = "/in/" + token;
  const crypto::Sha256 digest = crypto::sha256(token);
  auto made = std::make_unique<Url>(*this, channel, digest, url.id, url.terms, std::move(handlers));
  loop_.timers.set(*made, std::chrono::duration_cast<Millis>(url.terms.time));
  member.urls.push_back(made.get());
  urls_.emplace(digest, std::move(made));
  InboxLedger::add(ledger().given);
  return url;
}

bool InboxDesk::revoke(Channel& channel, std::uint32_t id) {
  const auto member = members_.find(&channel);
  if (member == members_.end()) return false;
  const std::vector<Url*>& urls = member->second.urls;
  const auto found = std::find_if(urls.begin(), urls.end(), [id](const Url* url) { return url->id == id; });
  if (found == urls.end()) return false;
  InboxLedger::add(ledger().revoked);
  end(**found);
  return true;
}

void InboxDesk::forget(const Channel& channel) {
  if (members_.empty()) return;
  const auto member = members_.find(&channel);
  if (member == members_.end()) return;
  const std::vector<Url*> urls = member->second.urls;
  for (Url* url : urls) {
    InboxLedger::add(ledger().ended);
    end(*url);
  }
  members_.erase(&channel);
}

void InboxDesk::expire(Url& url) {
  InboxLedger::add(ledger().expired);
  end(url);
  if (url.handlers.expired && url.channel.is_open()) guarded(url.channel, [&url] { url.handlers.expired(); });
}

void InboxDesk::end(Url& url) {
  url.clear();
  std::erase(members_[&url.channel].urls, &url);
  const auto found = urls_.find(url.digest);
  loop_.turn.bury(std::move(found->second));
  urls_.erase(found);
  ledger().give_back();
}

InboxDesk::Url* InboxDesk::at(std::string_view token) const {
  if (token.size() != kTokenLetters) return nullptr;
  const auto found = urls_.find(crypto::sha256(token));
  return found == urls_.end() || !found->second->channel.is_open() ? nullptr : found->second.get();
}

const InboxTerms* InboxDesk::find(std::string_view token) const {
  const Url* const url = at(token);
  return url == nullptr ? nullptr : &url->terms;
}

std::optional<InboxRefusal> InboxDesk::refusal_of(Url& url) {
  if (url.left == 0) return InboxRefusal::quota;
  if (!url.bucket.open(url.rate(), loop_.timers.now())) return InboxRefusal::rate;
  return {};
}

std::optional<InboxRefusal> InboxDesk::refusal(std::string_view token) {
  Url* const url = at(token);
  return url == nullptr ? InboxRefusal::unknown : refusal_of(*url);
}

InboxDesk::Outcome InboxDesk::deliver(std::string_view token, Delivery delivery) {
  Url* const url = at(token);
  if (url == nullptr) return {Verdict::refused, InboxRefusal::unknown};
  if (const auto why = refusal_of(*url)) return {Verdict::refused, *why};
  delivery.id = url->id;
  bool taken = false;
  // It may end the URL, or its channel; both stay until the turn ends.
  if (!guarded(url->channel, [&] { taken = url->handlers.deliver(delivery); })) return {Verdict::failed};
  if (!taken) {
    return {Verdict::refused, url->channel.is_open() ? InboxRefusal::room : InboxRefusal::unknown};
  }
  --url->left;
  url->bucket.take(url->rate(), 1);
  InboxLedger::add(ledger().delivered);
  return {Verdict::delivered};
}

template <typename Call>
bool InboxDesk::guarded(Channel& channel, Call&& call) {
  std::string what = "an exception of an unknown type";
  try {
    call();
    return true;
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  if (fault_) fault_(what);
  channel.close(close_code::kInternalError, "the service failed");
  return false;
}

}  // namespace encke::services
