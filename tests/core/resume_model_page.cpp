// A resumable session against a model of PROTOCOL 6: what the page and the network do.
#include "tests/core/resume_link.hpp"

#include <algorithm>
#include <utility>

namespace encke::test {

// ---- the page ----

void ResumeModel::page_says(std::size_t size) {
  if (page_closed_) return;
  event("say", size);
  said_.push_back(size);
}

void ResumeModel::page_posts(int from, std::size_t count) {
  if (page_closed_) return;
  const std::int64_t wanted = static_cast<std::int64_t>(base_) + from;
  const auto first =
      std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(0, wanted)), std::max(base_, posted_));
  std::uint64_t end = first;
  std::size_t cost = 0;
  for (std::uint64_t number = base_; number < first; ++number) {
    cost += up_message(number, said_[number]).size() + Outbox::kMessageCost;
  }
  while (end < said_.size() && end < first + count) {
    if (end >= base_) {  // a page keeps to its window
      cost += up_message(end, said_[end]).size() + Outbox::kMessageCost;
      if (end > base_ && cost > options_.outbox_bytes / 2) break;
    }
    ++end;
  }
  event("post", first, end, arrived_);
  posts_.push_back(std::make_unique<Post>(*this, first, end, arrived_));
  posted_ = std::max(posted_, end);
}

void ResumeModel::page_joins(int higher, std::uint64_t stated, bool tell, bool answers) {
  if (over() || (page_closed_ && channel_ != nullptr)) return;  // but its first may be late
  stated = believable(stated);
  const auto number =
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, static_cast<std::int64_t>(last_number_) + higher));
  event("join", number, stated, tell ? 1 : 0);
  const std::uint64_t before_it = last_number_;
  const bool refused = number <= before_it || stated > taken_;
  const Snapshot before = snapshot();
  Link* const old = current_;
  links_.push_back(std::make_unique<Link>(*this, stated, std::max(stated, acknowledged_), answers, tell));
  Link& link = *links_.back();
  if (!refused) {
    joining_ = &link;
    last_number_ = number;
    acknowledged_ = std::max(acknowledged_, stated);
    if (stated == arrived_) unsaid_cost_ = 0;
  }
  const Joining joining{.carrier = number, .received = stated, .tell = tell};
  const Result<void> may = session_->may_join(joining);
  expect(bool(may) == !refused,
         refused ? "6.6.1, 6.9 this carrier is refused" : "6.6.2 this carrier is taken");
  if (may) session_->join(link, joining, Opening{});
  if (refused) {
    links_.pop_back();
    expect(before == snapshot() && current_ == old, "6.9 a refused carrier changes nothing");
    const bool late = number <= before_it;
    expect(may || may.error().status == (late ? 409 : 400),
           "6.9 a number that is not higher is 409, an A beyond what was sent 400");
  } else {
    expect(old == nullptr || old->over, "6.6.2 the carrier before it is ended");
    if (Link* const fresh = std::exchange(joining_, nullptr); fresh != nullptr && !fresh->over)
      current_ = fresh;
    expect(!tell || link.writes > 0, "6.6.3 the first frame comes at once");
    expect(channel_ != nullptr, "6.2 the service hears of the session when its first carrier comes");
  }
  after();
}

/// A page that says of messages on their way that they arrived has lost them, and nobody can tell.
std::uint64_t ResumeModel::believable(std::uint64_t number) const {
  return number > arrived_ && number <= taken_ ? arrived_ : number;
}

void ResumeModel::state_arrived(std::uint64_t number) {
  const Snapshot before = snapshot();
  const Result<void> stated = session_->acknowledge(number);
  expect(bool(stated) == (number <= taken_), "6.5 an A beyond what was sent is refused, and no other");
  if (!stated || number <= acknowledged_)
    expect(before == snapshot(), "6.5 an old or wrong A changes nothing");
  if (stated) acknowledged_ = std::max(acknowledged_, number);
  if (stated && number == arrived_) unsaid_cost_ = 0;
}

void ResumeModel::page_acknowledges(std::uint64_t number) {
  if (over() || page_closed_) return;
  number = believable(number);
  event("acknowledge", number);
  state_arrived(number);
  after();
}

void ResumeModel::page_closes() {
  if (over() || page_closed_) return;
  event("page closes");
  state_arrived(arrived_);
  if (!closing_) {
    std::vector<Message> rest;
    for (std::uint64_t number = accepted_; number < said_.size(); ++number) {
      rest.push_back(up_message(number, said_[number]));
    }
    const std::uint64_t first = accepted_;
    accepted_ = posted_ = said_.size();
    expect(bool(session_->accept(first, rest)), "6.5 the next messages are accepted");
  }
  page_closed_ = true;
  page_closed_at_ = timers_.now();
  session_->closed_by_page({kPageCode, "bye"});
  expect(closes_ == 1 || channel_ == nullptr || (!closing_ && heard_ < accepted_),
         "6.10 the page's close ends the session at once");
  after();
}

// ---- the network ----

void ResumeModel::frames_arrive(std::size_t index, std::size_t count) {
  if (index >= links_.size() || links_[index]->wire.empty()) return;
  Link& link = *links_[index];
  event("frames", index, count);
  for (; count > 0 && !link.wire.empty(); --count) {
    const Link::Item item = link.wire.front();
    link.wire.pop_front();
    switch (item.kind) {
      case Frame::Kind::message: {
        const std::uint64_t number = link.page_next++;
        expect(number <= arrived_, "6.5 no number is skipped");
        if (number != arrived_) break;
        expect(number < down_.size() && item.value == down_[number].serial,
               "6.5 each message arrives once, in order");
        unsaid_cost_ += item.cost;
        ++arrived_;
        break;
      }
      case Frame::Kind::beginning:
        expect(item.value > link.page_next && item.value <= arrived_, "6.5 s names what has arrived since A");
        link.page_next = item.value;
        break;
      case Frame::Kind::acknowledgement:
        expect(item.value <= posted_, "6.4 k is not beyond what was sent");
        base_ = std::max(base_, item.value);
        break;
      case Frame::Kind::close:
        page_saw_close_ = true;
        expect(arrived_ == down_.size() || page_closed_, "6.10 the close comes behind the last message");
        break;
      default:
        break;
    }
  }
}

void ResumeModel::post_arrives(std::size_t index, bool again, Answer answer) {
  if (index >= posts_.size()) return;
  std::unique_ptr<Post> post = std::move(posts_[index]);
  if (again) {
    posts_[index] = std::make_unique<Post>(*this, post->first, post->end, post->arrived);
  } else {
    posts_.erase(posts_.begin() + static_cast<std::ptrdiff_t>(index));
  }
  if (over() || page_closed_) return;
  event("post arrives", post->first, post->end, post->arrived);
  post->hears = answer == Answer::arrives;
  std::vector<Message> messages;
  for (std::uint64_t number = post->first; number < post->end; ++number) {
    messages.push_back(up_message(number, said_[number]));
  }
  if (post->first > accepted_) {
    refused_for_its_gap(post->first, messages);
    return;
  }
  state_arrived(post->arrived);
  accepted_ = std::max(accepted_, post->end);
  expect(bool(session_->accept(post->first, messages)), "6.5 a body without a gap is taken");
  if (answer == Answer::is_none) {
    after();
    return;
  }
  if (session_->waits()) {
    displacing_ = true;
    session_->wait(*post);
    displacing_ = false;
  } else {
    post->on_delivered();
  }
  if (!post->answered) {
    expect(waiting_ == nullptr || waiting_->answered,
           "an earlier answer is given before the next is held back");
    waiting_ = std::move(post);
  }
  after();
}

void ResumeModel::refused_for_its_gap(std::uint64_t first, const std::vector<Message>& messages) {
  const Snapshot before = snapshot();
  const Result<void> taken = session_->accept(first, messages);
  expect(!taken && taken.error().status == 409, "6.5 a body with a gap before it is refused with 409");
  expect(before == snapshot(), "6.9 a refused body changes nothing");
}

void ResumeModel::post_is_forged(std::uint64_t beyond, std::size_t count) {
  if (over() || page_closed_) return;
  event("forged post", beyond, count);
  refused_for_its_gap(accepted_ + 1 + beyond, std::vector<Message>(count, Message::text("forged")));
  after();
}

void ResumeModel::post_is_lost(std::size_t index) {
  if (index >= posts_.size()) return;
  event("post is lost", index);
  posts_.erase(posts_.begin() + static_cast<std::ptrdiff_t>(index));
}

void ResumeModel::link_breaks(std::size_t index, bool told) {
  if (index >= links_.size() || links_[index]->deaf) return;
  event("link breaks", index, told ? 1 : 0);
  Link& link = *links_[index];
  link.wire.clear();
  link.deaf = true;
  if (!told || over() || link.over) return;
  link.over = true;
  gone(link);
  session_->detach(link, Detach::lost);
  after();
}

}  // namespace encke::test
