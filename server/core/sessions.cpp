// All sessions of one service on one loop, and the application's end of them.
#include "server/core/sessions.hpp"

#include <cassert>
#include <utility>

namespace encke {

Sessions::Sessions(const LoopContext& loop, std::string path, ServiceOptions options, Service service,
                   std::function<void(std::string_view)> fault)
    : loop_(loop),
      path_(std::move(path)),
      options_(std::move(options)),
      service_(std::move(service)),
      fault_(std::move(fault)) {}

Sessions::~Sessions() {
  while (first_ != nullptr) first_->end({close_code::kGoingAway, "the server is going away"});
  loop_.turn.end();
}

Session* Sessions::find(std::string_view id) {
  const auto found = table_.find(id);
  return found == table_.end() ? nullptr : found->second;
}

Session& Sessions::open(std::string_view id, Opening opening) {
  assert(id.empty() || find(id) == nullptr);
  auto* session =
      new Session(*this, std::string(id));  // NOLINT(cppcoreguidelines-owning-memory): the list owns it
  if (!id.empty()) table_.emplace(session->id(), session);
  session->next_ = first_;
  if (first_ != nullptr) first_->previous_ = session;
  first_ = session;
  ++size_;
  opening.service = path_;
  opening.worker = loop_.worker;
  opening_ = &opening;
  guard(*session, [&] { service_(session->channel()); });
  opening_ = nullptr;
  return *session;
}

void Sessions::retire(Session& session) {
  if (!session.id_.empty()) table_.erase(session.id());
  (session.previous_ == nullptr ? first_ : session.previous_->next_) = session.next_;
  if (session.next_ != nullptr) session.next_->previous_ = session.previous_;
  --size_;
  loop_.turn.bury(std::unique_ptr<Disposable>(&session));
}

void Sessions::close_all(std::uint16_t code, std::string_view text) {
  for (Session* session = first_; session != nullptr; session = session->next_) session->close(code, text);
}

}  // namespace encke
