// All sessions of one service on one loop, and the application's end of them.
#include "server/core/sessions.hpp"

#include <cassert>
#include <utility>

namespace encke {

Sessions::Sessions(const LoopContext& loop, std::string path, ServiceOptions options, Service service,
                   std::function<void(std::string_view)> fault, Kind kind, std::shared_ptr<LiveCounts> counts)
    : loop_(loop),
      path_(std::move(path)),
      options_(std::move(options)),
      service_(std::move(service)),
      fault_(std::move(fault)),
      kind_(kind),
      counts_(counts ? std::move(counts) : std::make_shared<LiveCounts>()) {}

Sessions::~Sessions() {
  while (first_ != nullptr) first_->end({close_code::kGoingAway, "the server is going away"});
  loop_.turn.end();
}

Session* Sessions::find(std::string_view id) {
  const auto found = table_.find(id);
  return found == table_.end() ? nullptr : found->second;
}

Session& Sessions::open(std::string_view id, const Opening& opening) {
  Session& session = enlist(std::make_unique<Session>(*this, std::string(id)));
  session.agree_on(opening.protocol);
  introduce(session, opening);
  return session;
}

Session& Sessions::reserve(std::string_view id, std::unique_ptr<Resumption> resumption,
                           std::string_view protocol) {
  assert(!id.empty());
  Session& session = enlist(std::make_unique<Session>(*this, std::string(id), std::move(resumption)));
  session.agree_on(protocol);
  session.await(Session::Awaits::carrier);
  return session;
}

Session& Sessions::enlist(std::unique_ptr<Session> owned) {
  Session& session = *owned.release();  // the list owns it
  assert(session.id().empty() || find(session.id()) == nullptr);
  if (!session.id().empty()) table_.emplace(session.id(), &session);
  session.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &session;
  first_ = &session;
  ++size_;
  return session;
}

void Sessions::introduce(Session& session, Opening opening) {
  LiveCounts::add(counts_->opened);
  opening.service = path_;
  if (session.resumption() != nullptr) opening.origin = session.resumption()->origin;
  opening.protocol = session.channel().protocol();
  opening.worker = loop_.worker;
  opening_ = &opening;
  guard(session, [&] { service_(session.channel()); });
  opening_ = nullptr;
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
