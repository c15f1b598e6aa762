// A request that waits for the application's word.
#include "transports/shared/held_exchange.hpp"

#include <utility>

namespace encke {

namespace {

constexpr std::size_t kMostBody = 64 * 1024;  // what opens a session has a token in its body at most

}  // namespace

KeptRequest::KeptRequest(const http::Request& request, std::size_t body_bytes) : request_(request) {
  const std::string_view body = request.body.substr(0, body_bytes);
  std::size_t size = request.method.size() + request.path.size() + request.query.size() + body.size() +
                     request.captured.size();
  for (const http::Field& field : request.fields) size += field.name.size() + field.value.size();
  bytes_.reserve(size);
  const auto keep = [this](std::string_view text) {
    const std::size_t at = bytes_.size();
    bytes_ += text;
    return std::string_view(bytes_).substr(at);
  };
  request_.method = keep(request.method);
  request_.path = keep(request.path);
  request_.read_query(keep(request.query));
  request_.body = keep(body);
  request_.captured = keep(request.captured);
  for (http::Field& field : request_.fields) {
    field.name = keep(field.name);
    field.value = keep(field.value);
  }
}

HeldExchange::HeldExchange(http::Exchange& exchange, std::shared_ptr<AccessState> state, Millis time,
                           std::size_t& count, Serve serve)
    : exchange_(exchange),
      state_(std::move(state)),
      count_(count),
      serve_(std::move(serve)),
      kept_(std::make_unique<KeptRequest>(exchange.request(), kMostBody)) {
  ++count_;
  state_->set_waiter(this);
  set_deadline_in(time);
}

HeldExchange::~HeldExchange() { stop_waiting(); }

void HeldExchange::stop_waiting() {
  if (state_ == nullptr) return;
  --count_;
  forget_deadline();
  std::exchange(state_, nullptr)->abandon();
}

// The application is on the stack, and must not find itself called from its own call.
void HeldExchange::on_answer() { exchange_.loop().turn.defer(*this); }

void HeldExchange::end_of_turn() {
  if (state_ == nullptr) return;  // the peer has gone in the same turn, or time was up
  std::shared_ptr<const AccessAnswer> answer = state_->given();
  go_on(std::move(answer));
}

void HeldExchange::on_deadline_passed() {
  go_on(AccessAnswer::deny(503, "nobody has decided in time whether this may open; try again later"));
}

void HeldExchange::go_on(std::shared_ptr<const AccessAnswer> answer) {
  stop_waiting();
  serve_(*this, std::move(answer));
  kept_.reset();
}

void HeldExchange::on_drained() {
  if (owner_) owner_->on_drained();
}

void HeldExchange::on_lost() {
  stop_waiting();
  if (owner_) owner_->on_lost();
}

}  // namespace encke
