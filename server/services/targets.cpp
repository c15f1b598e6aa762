// A gateway whose pages name the target.
#include "server/services/targets.hpp"

#include "server/core/address_kind.hpp"
#include "server/core/denials.hpp"
#include "server/net/own_address.hpp"
#include "server/services/target_request.hpp"

#include <utility>

namespace encke::services {

namespace {

TargetRules::Target target_of(const Asker& asker, const net::Endpoint& to) {
  return {.origin = asker.origin, .host = to.host, .port = to.port};
}

class TargetRoute final : public Route {
 public:
  TargetRoute(std::shared_ptr<Targets> targets, Asker asker, net::Endpoint to, bool text)
      : targets_(std::move(targets)), asker_(std::move(asker)), to_(std::move(to)), text_(text) {}

  bool is_text() const override { return text_; }
  bool has_next() const override { return !tried_; }
  const net::Endpoint& next() override {
    tried_ = true;
    return to_;
  }
  bool may_reach(const Address& address) const override { return targets_->may_reach(asker_, to_, address); }
  std::string_view greeting() const override { return "1"; }
  void connected() override { targets_->connected(); }
  void left() override { targets_->left(); }
  void failed(const net::Dialed& dialed, Millis now) override {
    if (dialed.fault == net::DialFault::forbidden) {
      targets_->refused(asker_, to_.text() + (dialed.peer ? " (" + dialed.peer->text() + ")" : ""), now);
    } else {
      targets_->failed(dialed.fault);
    }
  }

 private:
  const std::shared_ptr<Targets> targets_;
  const Asker asker_;
  const net::Endpoint to_;
  const bool text_;
  bool tried_ = false;
};

Asker asker_of(const Opening& opening) {
  Asker asker{
      .origin = std::string(opening.origin), .address = std::string(opening.remote_address), .narrowed = {}};
  if (opening.targets != nullptr) {
    std::vector<TargetRule> good = *opening.targets;
    std::erase_if(good, [](const TargetRule& rule) { return !target_rule_fault(rule).empty(); });
    asker.narrowed.emplace(good);
  }
  return asker;
}

/// The channel's handlers have it until a Relay has them, or the channel has closed.
class Handshake final : public TimerWheel::Timer, public std::enable_shared_from_this<Handshake> {
 public:
  Handshake(net::Loop& loop, std::shared_ptr<const GatewayPlan> plan, std::shared_ptr<Targets> targets,
            Channel& channel)
      : loop_(loop),
        plan_(std::move(plan)),
        targets_(std::move(targets)),
        channel_(channel),
        asker_(asker_of(channel.opening())) {
    loop_.context().timers.set(*this, plan_->options.handshake_time);
  }

  void begin() {
    channel_.on_message([self = shared_from_this()](const Message& message) { self->take(message); });
    channel_.on_close([self = shared_from_this()](const CloseReason&) { self->clear(); });
  }

 private:
  void take(const Message& message) {
    if (!is_set()) return;  // it closes
    clear();
    const Millis now = loop_.context().timers.now();
    const TargetRequest request = parse_target_request(message, plan_->options.text);
    if (request.kind == TargetRequest::Kind::none) {
      targets_->no_handshake();
      channel_.close(gateway_close::kHandshake, "expected a target, HOST:PORT, as the first message");
    } else if (!request.to || !targets_->name(asker_, *request.to)) {
      targets_->refused(asker_, request.asked, now);
      channel_.close(gateway_close::kForbidden, kForbiddenText);
    } else {
      const std::optional<Address> client = Address::parse(asker_.address);
      auto route = std::make_unique<TargetRoute>(targets_, asker_, *request.to, request.text);
      Relay::join(loop_, plan_, std::move(route), client, channel_);
    }
  }

  void on_timer() override {
    targets_->no_handshake();
    channel_.close(gateway_close::kHandshake, "the page has named no target in time");
  }

  net::Loop& loop_;
  const std::shared_ptr<const GatewayPlan> plan_;
  const std::shared_ptr<Targets> targets_;
  Channel& channel_;
  const Asker asker_;
};

}  // namespace

Targets::Targets(std::string service, const std::vector<TargetRule>& rules, const net::Workers& workers,
                 Trouble trouble)
    : service_(std::move(service)), rules_(rules), workers_(workers), trouble_(std::move(trouble)) {}

bool Targets::name(const Asker& asker, const net::Endpoint& to) const {
  const TargetRules::Target target = target_of(asker, to);
  return rules_.name(target) && (!asker.narrowed || asker.narrowed->name(target));
}

bool Targets::may_reach(const Asker& asker, const net::Endpoint& to, const Address& address) const {
  const TargetRules::Target target = target_of(asker, to);
  const Address reached = behind_nat64(address).value_or(address);
  if (!rules_.may_reach(target, address) || workers_.leads_here(reached, to.port)) return false;
  if (kind_of(reached) == AddressKind::open) {
    // From this machine to itself no firewall stands between.
    return !net::is_of_this_machine(reached) || rules_.lists_itself(target, reached);
  }
  // A name that a token names by a pattern may be anybody's, and lead anywhere.
  return !asker.narrowed || asker.narrowed->names_itself(target) ||
         asker.narrowed->may_reach(target, address);
}

void Targets::refused(const Asker& asker, std::string_view asked, Millis now) {
  failed(net::DialFault::forbidden);
  const std::uint64_t since = refused_.add(now);
  if (since == 0 || !trouble_) return;
  trouble_(
      "service " + service_ + ": " + std::to_string(since) +
      (since == 1 ? " target refused" : " targets refused") + "; the last was " + std::string(asked) +
      ", asked for by " + asker.address +
      (asker.origin.empty() ? ", who told no origin" : ", by a page of " + legible_origin(asker.origin)));
}

void Targets::connected() {
  ++connections_;
  ++connected_;
}

void Targets::gather(std::vector<BackendMetrics>& rows) const {
  BackendMetrics& row = rows.emplace_back();
  row.service = service_;
  row.backend = "targets";
  row.connections = connections_;
  row.connected = connected_;
  for (std::size_t fault = 0; fault < failures_.size(); ++fault) {
    if (const std::uint64_t count = failures_[fault]; count > 0)
      row.failures.emplace_back(net::name_of(static_cast<net::DialFault>(fault)), count);
  }
  if (const std::uint64_t count = no_handshake_; count > 0) row.failures.emplace_back("handshake", count);
}

void await_target(net::Loop& loop, const std::shared_ptr<const GatewayPlan>& plan,
                  const std::shared_ptr<Targets>& targets, Channel& channel) {
  std::make_shared<Handshake>(loop, plan, targets, channel)->begin();
}

}  // namespace encke::services
