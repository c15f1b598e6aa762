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

void Sessions::set_options(ServiceOptions options) {
  assert(options.protocols == options_.protocols && options.limits == options_.limits);
  options.protocols = std::move(options_.protocols);  // the same texts, at the same place
  options_ = std::move(options);
}

Session* Sessions::find(std::string_view id) { return table_.find(id); }

Result<Places> Sessions::take_places(std::string_view address, std::string_view transport) {
  const Millis now = loop_.timers.now();
  Places places;
  Result<void> may = counts_->guard.open(address, now, places.service);
  if (may && loop_.guard != nullptr) {
    Guard::Slot server = Guard::kNone;
    may = loop_.guard->open(address, now, server);
    if (may) {
      places.server = server;
    } else {
      give_back(places);
    }
  }
  if (may) return places;
  ++traffic_.denied(Denial::limit, transport);
  return may.error();
}

Result<void> Sessions::has_places(std::string_view address, std::string_view transport) {
  const Result<Places> places = take_places(address, transport);
  if (!places) return places.error();
  give_back(*places);
  return {};
}

void Sessions::give_back(Places places) {
  if (places.service != Places::kUncounted) counts_->guard.session_over(places.service);
  if (places.server != Places::kUncounted) loop_.guard->session_over(places.server);
}

Session& Sessions::open(std::string_view id, const Opening& opening, Places places) {
  Session& session = enlist(Session::make(*this, id));
  session.places_ = places;
  session.agree_on(opening.protocol);
  if (let_in(session)) introduce(session, opening);
  if (dismissing_) session.close(dismissing_->code, dismissing_->text);
  return session;
}

Session& Sessions::reserve(std::string_view id, std::unique_ptr<Resumption> resumption,
                           std::string_view protocol, Places places) {
  assert(!id.empty());
  Session& session = enlist(Session::make(*this, id, std::move(resumption)));
  session.places_ = places;
  session.agree_on(protocol);
  let_in(session);
  session.await(Session::Awaits::carrier);
  if (dismissing_) session.close(dismissing_->code, dismissing_->text);
  return session;
}

Session& Sessions::enlist(std::unique_ptr<Session> owned) {
  Session& session = *owned.release();  // the list owns it
  if (!session.id().empty()) table_.add(session);
  session.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &session;
  first_ = &session;
  ++size_;
  ++traffic_[session.transport_].sessions;
  return session;
}

void Sessions::count_carrier(Session& session, std::string_view transport) {
  const TrafficTable::Number number = traffic_.number_of(transport);
  if (number == TrafficTable::kNone) return;
  traffic_.move(session.transport_, number);
  session.transport_ = number & TrafficTable::kLargest;
}

Sessions::Stay::Stay(Sessions& sessions, Session& session, const Grant& grant)
    : identity(grant.identity),
      targets(grant.targets),
      sessions_(sessions),
      session_(session),
      expired_(grant.expired) {
  constexpr Millis kLongest = std::chrono::hours(24 * 365);
  if (grant.lifetime && *grant.lifetime < kLongest) set_deadline_in(*grant.lifetime);
}

bool Sessions::let_in(Session& session) {
  if (answer_ == nullptr) return true;
  if (answer_->kind != AccessAnswer::Kind::granted) {
    session.close(answer_->reason.code, answer_->reason.text);
    return false;
  }
  const Grant& grant = answer_->grant;
  if (!grant.identity.empty() || grant.lifetime || grant.targets) {
    stays_.emplace(&session, std::make_unique<Stay>(*this, session, grant));
  }
  return true;
}

void Sessions::introduce(Session& session, Opening opening) {
  LiveCounts::add(counts_->opened);
  count_carrier(session, opening.transport);
  ++traffic_[session.transport_].opened;
  opening.service = path_;
  if (session.resumption() != nullptr) opening.origin = session.resumption()->origin;
  opening.protocol = session.channel().protocol();
  if (!stays_.empty()) {
    if (const auto stay = stays_.find(&session); stay != stays_.end()) {
      opening.identity = stay->second->identity;
      if (stay->second->targets) opening.targets = &*stay->second->targets;
    }
  }
  opening.worker = loop_.worker;
  if (records_) records_->begin(session, opening, loop_.timers.now());
  opening_ = &opening;
  guard(session, [&] { service_(session.channel()); });
  opening_ = nullptr;
}

void Sessions::retire(Session& session) {
  --traffic_[session.transport_].sessions;
  if (gone_) gone_(session.channel());
  if (!session.id().empty()) table_.remove(session);
  if (next_dismissed_ == &session) next_dismissed_ = session.next_;
  if (!stays_.empty()) stays_.erase(&session);
  (session.previous_ == nullptr ? first_ : session.previous_->next_) = session.next_;
  if (session.next_ != nullptr) session.next_->previous_ = session.previous_;
  --size_;
  give_back(session.places_);
  loop_.turn.bury(std::unique_ptr<Disposable>(&session));
}

void Sessions::close_all(std::uint16_t code, std::string_view text) {
  for (Session* session = first_; session != nullptr; session = session->next_) session->close(code, text);
}

std::size_t Sessions::dismiss(std::size_t most, std::uint16_t code, std::string_view text) {
  if (!dismissing_) {
    dismissing_ = std::make_unique<CloseReason>(CloseReason{code, std::string(text)});
    next_dismissed_ = first_;
  }
  std::size_t count = 0;
  while (next_dismissed_ != nullptr && count < most) {
    Session& session = *std::exchange(next_dismissed_, next_dismissed_->next_);
    if (!session.is_open()) continue;
    session.close(code, text);
    ++count;
  }
  return count;
}

}  // namespace encke
