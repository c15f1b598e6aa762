// Whether a stream may open.
#include "server/mux/question.hpp"

#include "server/core/origin.hpp"
#include "server/core/percent.hpp"

#include <algorithm>
#include <utility>

namespace encke::mux {

namespace {

constexpr int kForbidden = 403;
constexpr int kUnavailable = 503;

/// Of a stream there is no request: no fields and no cookies, but a token and the query behind its path.
class Facts final : public AccessRequest {
 public:
  Facts(const Sessions& sessions, const Asking& asking, bool without_origin) {
    service = sessions.path();
    transport = "mux";
    origin = asking.origin;
    remote_address = asking.remote_address;
    worker = sessions.loop().worker;
    needs_token = without_origin;
    if (const std::size_t mark = asking.path.find('?'); mark != std::string_view::npos) {
      query_ = asking.path.substr(mark + 1);
    }
    if (asking.token.empty()) query_token_ = percent_decode(parameter("access_token"), true);
    token = asking.token.empty() ? std::string_view(query_token_) : asking.token;
  }

  std::string_view field(std::string_view) const override { return {}; }
  std::string_view cookie(std::string_view) const override { return {}; }
  std::string_view parameter(std::string_view name) const final {
    for (std::string_view rest = query_; !rest.empty();) {
      const std::string_view pair = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      const std::size_t mark = pair.find('=');
      if (pair.substr(0, mark) != name) continue;
      return mark == std::string_view::npos ? pair.substr(pair.size()) : pair.substr(mark + 1);
    }
    return {};
  }

 private:
  std::string_view query_;
  std::string query_token_;
};

/// A page's word on its origin is looked at by a service that lists origins only, so the multiplexed one has
/// to be one too.
bool proves_origin(const Setting& setting, const Asking& asking) {
  return !asking.origin.empty() && !setting.own.options().origins.empty();
}

}  // namespace

Question::Question(const Setting& setting, const Target& target, const Asking& asking, Decided decided)
    : setting_(setting),
      sessions_(target.sessions),
      hold_(target.sessions.hold()),
      origin_(asking.origin),
      remote_address_(asking.remote_address),
      decided_(std::move(decided)) {
  const std::vector<std::string>& listed = sessions_.options().origins;
  needs_token_ = !listed.empty() && !proves_origin(setting, asking);
  stranger_ = !listed.empty() && !needs_token_ && !origin_matches_any(listed, asking.origin);
  if (stranger_) {
    state_ = std::make_shared<AccessState>();
    Access(state_).deny(kForbidden, "the origin " + origin_ + " may not use this service");
  } else if (target.authorizer == nullptr) {
    state_ = std::make_shared<AccessState>();
    Access(state_).grant();
  } else {
    state_ = encke::ask(*target.authorizer, Facts(sessions_, asking, needs_token_), target.fault);
  }
  if (state_->given() == nullptr && target.undecided != nullptr) {
    if (*target.undecided < target.most_undecided) {
      counted_ = target.undecided;
      ++*counted_;
    } else {
      state_->abandon();
      state_ = std::make_shared<AccessState>();
      Access(state_).deny(kUnavailable, "too many requests wait to be let in; try again later");
    }
  }
  if (state_->given() != nullptr) {
    setting_.loop.turn.defer(*this);
    return;
  }
  state_->set_waiter(this);
  set_deadline_in(target.access.time);
}

Question::~Question() { forget(); }

void Question::forget() {
  if (state_) state_->abandon();
  state_.reset();
  decided_ = nullptr;
  waits_no_more();
}

void Question::waits_no_more() {
  forget_deadline();
  if (counted_ != nullptr) --*std::exchange(counted_, nullptr);
}

void Question::on_answer() { setting_.loop.turn.defer(*this); }

void Question::on_deadline_passed() {
  if (!state_) return;
  state_->set_waiter(nullptr);
  Access(state_).deny(kUnavailable, "whether this may open was not decided in time; try again later");
  setting_.loop.turn.defer(*this);
}

void Question::end_of_turn() {
  if (!state_) return;
  const std::shared_ptr<const AccessAnswer> answer = weighed(state_->given());
  state_->set_waiter(nullptr);
  state_.reset();
  waits_no_more();
  const Decided decided = std::exchange(decided_, nullptr);
  decided(answer);
}

/// The answer as it counts here, counted where it is no grant.
std::shared_ptr<const AccessAnswer> Question::weighed(std::shared_ptr<const AccessAnswer> answer) const {
  const bool granted = answer->kind == AccessAnswer::Kind::granted;
  if (granted && (!needs_token_ || answer->grant.by_token)) return answer;
  if (granted) answer = AccessAnswer::deny(kForbidden, std::string(kUnprovenOrigin));
  const bool closes = answer->kind == AccessAnswer::Kind::refused;
  sessions_.deny({.why = granted || stranger_ ? Denial::origin : Denial::access,
                  .transport = "mux",
                  .status = closes ? answer->reason.code : answer->status,
                  .origin = origin_},
                 [this] { return remote_address_; });
  return answer;
}

}  // namespace encke::mux
