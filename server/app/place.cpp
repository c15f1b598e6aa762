// A service at its path, on one loop.
#include "server/app/place.hpp"

#include "server/mux/mux.hpp"
#include "transports/shared/facade_service.hpp"
#include "transports/shared/sockjs_service.hpp"

#include <utility>

namespace encke {

namespace {

/// What a channel of the service meets.
Service service_of(const ServiceEntry& entry, services::InboxDesk* desk, const mux::Setting* mux) {
  if (mux != nullptr) return [mux](Channel& channel) { mux::Mux::join(*mux, channel); };
  if (desk == nullptr) return entry.service;
  return [service = entry.inbox_service, desk](Channel& channel) { service(channel, *desk); };
}

}  // namespace

Place::Place(const LoopContext& loop, const ServiceEntry& entry, const ServerOptions& options,
             LoopMeter& all_sent, const mux::Targets& targets, const Fault& fault)
    : loop_(loop),
      path_(entry.path),
      service_(entry.counts),
      live_(loop.worker == services::LiveFeed::kHome ? entry.live : nullptr),
      all_sent_(all_sent),
      fault_(fault),
      mux_(entry.mux ? new mux::Setting{loop, targets, resumable_, *entry.mux} : nullptr),
      gate_(entry.authorizer ? std::make_unique<Gate>(entry.authorizer, entry.access, fault) : nullptr),
      desk_(entry.inbox ? std::make_unique<services::InboxDesk>(loop, entry.inbox, fault) : nullptr),
      inbox_page_(desk_ ? std::make_unique<InboxPage>(*desk_) : nullptr),
      resumable_(loop, path_, entry.options, service_of(entry, desk_.get(), mux_.get()), fault,
                 Sessions::Kind::resumable, entry.counts),
      plain_(loop, path_, entry.options, service_of(entry, desk_.get(), mux_.get()), fault,
             Sessions::Kind::plain, entry.counts),
      options_(options) {
  obey_limits();
  if (desk_) {
    for (Sessions* const sessions : {&resumable_, &plain_})
      sessions->tell_gone([this](const Channel& channel) { desk_->forget(channel); });
  }
  if (live_) live_->start();
  if (!options.on_session_over) return;
  for (Sessions* const sessions : {&resumable_, &plain_}) sessions->tell_ends(options.on_session_over);
}

void Place::obey_limits() {
  if (throttle_ || !Throttle::is_needed(plain_.options().limits, loop_.limits())) return;
  throttle_ = std::make_unique<Throttle>(loop_, plain_.options().limits, all_sent_);
  for (Sessions* const sessions : {&resumable_, &plain_}) sessions->set_throttle(throttle_.get());
}

void Place::open(std::span<const std::unique_ptr<Transport>> transports) {
  auto facade = std::make_unique<facade::FacadeService>(resumable_, transports, options_.on_report,
                                                        facade::kMostWaiting, gate_.get());
  if (way_in_) replaced_.push_back(std::move(way_in_));
  way_in_ = std::make_unique<sockjs::SockjsService>(plain_, transports, std::move(facade), gate_.get());
}

mux::Target Place::target() {
  return {.sessions = plain_,
          .authorizer = gate_ ? &gate_->authorizer() : nullptr,
          .access = gate_ ? gate_->options() : AccessOptions{},
          .fault = fault_,
          .undecided = gate_ ? &gate_->undecided_count() : nullptr,
          .most_undecided = gate_ ? gate_->most_undecided() : 0};
}

bool Place::has_session_of(std::string_view rest) {
  Sessions& sessions = rest.starts_with(facade::kPathBegin) ? resumable_ : plain_;
  return sessions.find(sockjs::session_id_of(rest)) != nullptr;
}

void Place::gather(Collected& into) const {
  for (const Sessions* const sessions : {&resumable_, &plain_}) gather_sessions(*sessions, into);
  if (desk_) gather_inbox(path_, desk_->ledger().now(), into.metrics);
}

void Place::configure(const ServiceOptions& options) {
  for (Sessions* const sessions : {&resumable_, &plain_}) sessions->set_options(options);
}

void Place::leave(std::function<void()> gone) {
  stop_live();
  departure_ = std::make_unique<Departure>(
      loop_, DrainOptions{},
      [this] {
        return Departure::All{&resumable_, &plain_};
      },
      [this, gone = std::move(gone)] {
        for (Sessions* const sessions : {&resumable_, &plain_})
          sessions->close_all(close_code::kGoingAway, kGoingAwayText);
        gone();
      });
}

bool Place::tidy() {
  if (!has_waiting()) replaced_.clear();
  return mounted_ && replaced_.empty();
}

bool Place::deserted() const {
  return !mounted_ && !has_waiting() && resumable_.deserted() && plain_.deserted();
}

}  // namespace encke
