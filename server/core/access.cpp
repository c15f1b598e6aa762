// The application's answers.
#include "server/core/access.hpp"

#include <exception>

namespace encke {

namespace {

constexpr int kLeastStatus = 400;
constexpr int kMostStatus = 599;

bool is_code(std::uint16_t code) { return code == close_code::kPolicy || (code >= 3000 && code <= 4999); }

}  // namespace

void AccessState::answer(AccessAnswer given) {
  if (!awaited()) return;
  given_ = std::make_shared<const AccessAnswer>(std::move(given));
  if (waiter_ != nullptr) waiter_->on_answer();
}

void Access::grant(Grant grant) const {
  AccessAnswer answer;
  answer.kind = AccessAnswer::Kind::granted;
  answer.grant = std::move(grant);
  state_->answer(std::move(answer));
}

void Access::refuse(std::uint16_t code, std::string_view reason) const {
  AccessAnswer answer;
  answer.kind = AccessAnswer::Kind::refused;
  answer.reason = {is_code(code) ? code : close_code::kPolicy, std::string(reason)};
  state_->answer(std::move(answer));
}

void Access::deny(int status, std::string_view text) const {
  AccessAnswer answer;
  answer.status = status >= kLeastStatus && status <= kMostStatus ? status : 403;
  answer.reason = {close_code::kPolicy, std::string(text)};
  state_->answer(std::move(answer));
}

std::shared_ptr<AccessState> ask(const Authorizer& authorizer, const AccessRequest& request,
                                 const std::function<void(std::string_view)>& fault) {
  auto state = std::make_shared<AccessState>();
  std::string failure;  // which no answer stands against
  try {
    authorizer(request, Access(state));
  } catch (const std::exception& error) {
    failure = error.what();
  } catch (...) {
    failure = "an exception of an unknown type";
  }
  if (failure.empty() && state->awaited() && state.use_count() == 1) {
    failure = "who decides on access has given no answer";
  }
  if (!failure.empty()) {
    if (fault) fault(failure);
    state->abandon();
    state = std::make_shared<AccessState>();
    Access(state).deny(500, "whether this may open could not be decided");
  }
  return state;
}

bool Access::awaited() const { return state_->awaited(); }

}  // namespace encke
