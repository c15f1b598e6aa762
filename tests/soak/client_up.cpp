// A session's way up, from the page's end: bodies of requests, or a WebSocket's frames.
#include "tests/soak/client.hpp"

#include <algorithm>
#include <utility>

namespace encke::soak {

void Client::Post::on_answered(int its_status) {
  status = its_status;
  line = nullptr;
  client->soon();
}

/// Sends what the run has to send, some at a time; closes when all has been said and heard.
void Client::produce() {
  if (page_->state() != PageSession::State::open) return;
  const std::uint64_t most = dice_.between(1, 100);
  for (std::uint64_t i = 0; i < most && page_->sent() <= run_.messages && page_->unacknowledged() < 500;
       ++i) {
    page_->send(numbered(run_.seed, Way::up, page_->sent()));
  }
  const bool all = page_->sent() == run_.messages + 1 && page_->arrived() == run_.messages;
  if (all && run_.ending != Ending::service) page_->close({close_code::kNormal, "bye"});
}

void Client::send_up() {
  if (socket_ != 0) {
    send_frames();
  } else if (transport_ == kChanging || find_dialect(transport_)->kind != PageSession::Kind::socket) {
    send_body();
  }
}

PageCarrier* Client::socket() {
  const auto found = std::find_if(carriers_.begin(), carriers_.end(),
                                  [this](const auto& carrier) { return carrier->number == socket_; });
  return found == carriers_.end() || (*found)->over || !(*found)->takes_frames() ? nullptr : found->get();
}

void Client::send_frames() {
  PageCarrier* const carrier = socket();
  if (carrier == nullptr) return;
  const auto frames = page_->next_frames(1 + dice_.of_any_size(16), dice_.chance(80));
  for (const PageSession::SocketFrame& frame : frames) {
    carrier->send(frame);
    note(0, ">", frame.bytes);
  }
  if (!frames.empty()) {
    owes_answer_ = false;
    said_ = page_->arrived();
  }
  const bool rested = page_->arrived() != said_ && ticks_ % heartbeat_ticks_ == 0;
  if (owes_answer_ || rested) {
    owes_answer_ = false;
    said_ = page_->arrived();
    carrier->send({.binary = false, .bytes = page_->acknowledge()});
  } else if (page_->blocked() && ticks_ - asked_at_ > heartbeat_ticks_) {
    asked_at_ = ticks_;
    carrier->send({.binary = false, .bytes = "q"});
  }
}

void Client::send_body() {
  if (post_) return;
  const bool unreadable = transport_ == "jsonp" || (transport_ == kChanging && dice_.chance(15));
  const bool as_json =
      transport_ == "json_request" || (transport_ == kChanging && !unreadable && dice_.chance(15));
  std::optional<PageSession::Body> body = page_->next_body(1 + dice_.of_any_size(17));
  if (!body && page_->state() != PageSession::State::closed &&
      (page_->acknowledgement_due() ||
       (page_->unacknowledged() > 0 && ticks_ - asked_at_ > heartbeat_ticks_ / 2))) {
    // A body that was answered is acknowledged: what is left went with an answer that cannot be read.
    if (!page_->acknowledgement_due() && ticks_ - progress_at_ > heartbeat_ticks_) {
      page_->lost({});
      body = page_->next_body(1 + dice_.of_any_size(17));
    }
    if (!body) {
      body = page_->ask_body();
      asked_at_ = ticks_;
    }
  }
  if (!body && !page_->settled() && ticks_ - asked_at_ > heartbeat_ticks_) {
    // Our close was sent and not answered in a way that can be read.
    asked_at_ = ticks_;
    page_->lost({});
    body = page_->next_body(1 + dice_.of_any_size(17));
  }
  if (!body) return;
  asked_at_ = ticks_;
  const std::string leaf = unreadable ? "jsonp_send" : as_json ? "jsonrequest_send" : "xhr_send";
  note(0, leaf, body->text);
  std::string path =
      target_.path + "/" + leaf + "?s=" + std::to_string(body->first) + "&a=" + std::to_string(body->arrived);
  std::string text = body->text == "q" && dice_.chance(30) ? "" : body->text;
  if (!text.empty() && dice_.chance(20)) text += '\n';
  std::string type = "Content-Type: text/plain;charset=UTF-8\r\n";
  if (unreadable && dice_.chance(70)) {
    type = "Content-Type: application/x-www-form-urlencoded\r\n";
    text = "d=" + form_encoded(text);
  } else if (as_json) {
    type = kJsonRequestType;
    text = strings_of(text);
  }
  post_ = std::make_unique<Post>();
  post_->body = std::move(*body);
  post_->unreadable = unreadable;
  post_->as_json = as_json;
  begin_post(request("POST", path, target_, type, text));
}

void Client::begin_post(const std::string& request) {
  post_->client = this;
  post_->since = ticks_;
  post_->line = &line();
  post_->line->call(request, *post_);
}

/// Makes what is to be made of the answer to the request that is out, or of its absence.
void Client::settle_post() {
  if (!post_) return;
  if (post_->status == -1) {
    if (ticks_ - post_->since <= patience_) return;
    std::exchange(post_->line, nullptr)->drop();
    post_->status = 0;
    grow_patient();
  }
  const std::unique_ptr<Post> settled = std::move(post_);
  Post& post = *settled;
  if (post.as_json && post.status == 200) {
    std::string text;
    post.status = read_json_answer(post.text, text);
    if (post.status == 0) return fail("no answer of jsonrequest_send: " + post.text);
    post.text = std::move(text) + "\n";
  }
  note(0, "is answered " + std::to_string(post.status), post.text);
  if (is_loss(post.status)) {
    ++tally_.lost;
    start_at_ = ticks_ + 1;
    if (page_) page_->lost(post.body);
    return;
  }
  if (post.opens) {
    if (post.status != 200)
      return fail("opening was answered " + std::to_string(post.status) + " " + post.text);
    opened(post);
  } else if (!post.unreadable) {
    switch (page_->answered(post.body, static_cast<unsigned>(post.status), post.text)) {
      case PageSession::Read::again:
        tally_.most_conflicts = std::max(tally_.most_conflicts, ++conflicts_);
        break;
      case PageSession::Read::violation:
        fail("the server broke the protocol: " + page_->violation());
        break;
      case PageSession::Read::fine:
      case PageSession::Read::closed:
        conflicts_ = 0;
        break;
    }
  }
}

}  // namespace encke::soak
