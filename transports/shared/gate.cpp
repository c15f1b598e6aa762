// Asks the application.
#include "transports/shared/gate.hpp"

#include "server/http/field_text.hpp"
#include "transports/shared/facade_origin.hpp"
#include "transports/shared/form.hpp"

#include <utility>

namespace encke {

namespace {

constexpr std::string_view kBearer = "bearer ";

/// Where a token may come from, the first of these that has one.
std::string token_of(const http::Request& request, bool opens_facade) {
  const std::string_view authorization = request.field("authorization");
  if (authorization.size() > kBearer.size() &&
      http::same_text(authorization.substr(0, kBearer.size()), kBearer)) {
    return std::string(http::trim(authorization.substr(kBearer.size())));
  }
  if (opens_facade) {
    if (auto token = sockjs::form_field(request.body, "token"); token && !token->empty()) return *token;
  }
  return sockjs::percent_decode(request.parameter("access_token"), true);
}

class Facts final : public AccessRequest {
 public:
  Facts(const http::Exchange& exchange, const Gate::Question& question)
      : request_(exchange.request()),
        address_(exchange.remote_address()),
        token_(token_of(request_, question.sessions.resumable())) {
    service = question.sessions.path();
    transport = question.transport;
    origin = facade::told_origin(request_);
    remote_address = address_;
    token = token_;
    secure = exchange.secure();
    worker = exchange.loop().worker;
    needs_token = question.needs_token;
  }

  std::string_view field(std::string_view name) const override { return request_.field(name); }
  std::string_view cookie(std::string_view name) const override { return request_.cookie(name); }
  std::string_view parameter(std::string_view name) const override { return request_.parameter(name); }

 private:
  const http::Request& request_;
  const std::string address_;
  const std::string token_;
};

/// The answer as it counts for this question.
std::shared_ptr<const AccessAnswer> weighed(std::shared_ptr<const AccessAnswer> answer,
                                            const http::Exchange& exchange, const Gate::Question& question) {
  Denial why = Denial::access;
  if (answer->kind == AccessAnswer::Kind::granted) {
    if (!question.needs_token || answer->grant.by_token) return answer;
    why = Denial::origin;
    answer = AccessAnswer::deny(403, std::string(kUnprovenOrigin));
  }
  const bool closes = answer->kind == AccessAnswer::Kind::refused;
  const bool opens_facade = question.sessions.resumable();  // over a transport that nobody knows yet
  question.sessions.deny({.why = why,
                          .transport = opens_facade ? std::string_view{} : question.transport,
                          .status = closes ? answer->reason.code : answer->status,
                          .origin = facade::told_origin(exchange.request())},
                         [&exchange] { return exchange.remote_address(); });
  return answer;
}

}  // namespace

Gate::Gate(Authorizer authorizer, AccessOptions options, std::function<void(std::string_view)> fault,
           std::size_t most_undecided)
    : authorizer_(std::move(authorizer)),
      options_(options),
      fault_(std::move(fault)),
      most_undecided_(most_undecided) {}

void Gate::ask(http::Exchange& exchange, const Question& question, HeldExchange::Serve serve) {
  const std::shared_ptr<AccessState> state = encke::ask(authorizer_, Facts(exchange, question), fault_);
  if (state->given() != nullptr) {
    serve(exchange, weighed(state->given(), exchange, question));
    return;
  }
  if (undecided_ >= most_undecided_) {
    state->abandon();
    serve(exchange, weighed(AccessAnswer::deny(503, "too many requests wait to be let in; try again later"),
                            exchange, question));
    return;
  }
  auto then = [question, hold = question.sessions.hold(), serve = std::move(serve)](
                  http::Exchange& to, std::shared_ptr<const AccessAnswer> answer) {
    serve(to, weighed(std::move(answer), to, question));
  };
  exchange.wait(std::make_unique<HeldExchange>(exchange, state, options_.time, undecided_, std::move(then)));
}

}  // namespace encke
