// The application's answers.
#include "server/core/access.hpp"

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

bool Access::awaited() const { return state_->awaited(); }

}  // namespace encke
