// Who may have how much of a server.
#include "server/core/guard.hpp"

#include "server/core/byte_stream.hpp"
#include "server/core/loop_context.hpp"

#include <limits>
#include <utility>

namespace encke {

namespace {

using Kind = AddressTable::Kind;

/// What an operator is told of each, behind how many there were.
constexpr std::array<std::string_view, 12> kTold{
    "refused: as many as limits.connections allows were open",
    "refused: as many as limits.connections_per_address allows were open from there",
    "cut off before their first request: as many as limits.handshakes allows had not made one",
    "refused: as many as limits.handshakes_per_address allows had not made a request",
    "refused: as many as limits.sessions allows were open",
    "refused: as many as limits.sessions_per_address allows were open from there",
    "refused: no good PROXY header came, or it came from none of trusted_proxies",
    "refused: a head longer than limits.head_bytes, or with more than limits.head_fields",
    "refused: a body longer than the service takes",
    "refused: longer than the service takes, each or all that came at once",
    "refused: more fragments without payload than limits.empty_fragments",
    "cut off: their first bytes, hello, head, body, frame or message did not come in time"};

std::string_view noun_of(Refusal what) {
  switch (what) {
    case Refusal::sessions:
    case Refusal::sessions_per_address:
      return "session";
    case Refusal::head:
    case Refusal::body:
      return "request";
    case Refusal::message:
    case Refusal::fragments:
      return "message";
    default:
      return "connection";
  }
}

/// One more unless there are `most`.
bool take_one(std::atomic<std::size_t>& count, std::size_t most) {
  if (count.fetch_add(1, std::memory_order_relaxed) < most) return true;
  count.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

}  // namespace

const ServerLimits& LoopContext::limits() const {
  static const ServerLimits kDefaults;
  return guard != nullptr ? guard->limits() : kDefaults;
}

Guard::Rules::Rules(ServerLimits all)
    : limits(std::move(all)),
      unlimited(limits.unlimited_addresses),
      of_address{.messages = {limits.address_messages_per_second, limits.burst},
                 .bytes = {limits.address_bytes_per_second, limits.burst}} {}

Guard::Guard(ServerLimits limits, Trouble trouble, std::string_view whose)
    : rules_(Rules(std::move(limits))), trouble_(std::move(trouble)), whose_(whose) {}

std::size_t Guard::most(std::size_t limit) {
  return limit == 0 ? std::numeric_limits<std::size_t>::max() : limit;
}

std::optional<Refusal> Guard::connect(const Address& address, Slot& slot) {
  slot = kNone;
  if (!take_one(connections_, most(limits().connections))) return Refusal::connections;
  const std::optional<Refusal> refusal = place(address, slot);
  if (refusal) connections_.fetch_sub(1, std::memory_order_relaxed);
  return refusal;
}

bool Guard::connect_proxy() { return take_one(connections_, most(limits().connections)); }

std::optional<Refusal> Guard::place(const Address& address, Slot& slot) {
  const Rules& rules = rules_.now();
  slot = kNone;
  if (rules.unlimited.holds(address)) return std::nullopt;
  slot = table_.take(address.network(), Kind::connection, most(rules.limits.connections_per_address));
  if (slot == kNone) return Refusal::connections_per_address;
  if (table_.take_more(slot, Kind::handshake, most(rules.limits.handshakes_per_address))) return std::nullopt;
  table_.give_back(std::exchange(slot, kNone), Kind::connection);
  return Refusal::handshakes_per_address;
}

void Guard::handshake_over(Slot slot) {
  if (slot != kNone) table_.give_back(slot, Kind::handshake);
}

void Guard::connection_over(Slot slot) {
  connections_.fetch_sub(1, std::memory_order_relaxed);
  if (slot != kNone) table_.give_back(slot, Kind::connection);
}

Result<void> Guard::open(std::string_view address, Millis now, Slot& slot) {
  const Rules& rules = rules_.now();
  slot = kNone;
  if (!take_one(sessions_, most(rules.limits.sessions))) {
    refused(Refusal::sessions, address, now);
    return session_error(Refusal::sessions);
  }
  table_.tidy(rules.of_address, now);
  const std::optional<Address> from = Address::parse(address);
  if (!from || rules.unlimited.holds(*from)) return {};
  slot = table_.take(from->network(), Kind::session, most(rules.limits.sessions_per_address));
  if (slot != kNone) return {};
  sessions_.fetch_sub(1, std::memory_order_relaxed);
  refused(Refusal::sessions_per_address, address, now);
  return session_error(Refusal::sessions_per_address);
}

Result<void> Guard::may_open(std::string_view address, Millis now) {
  Slot slot = kNone;
  Result<void> may = open(address, now, slot);
  if (may) session_over(slot);
  return may;
}

void Guard::session_over(Slot slot) {
  sessions_.fetch_sub(1, std::memory_order_relaxed);
  if (slot != kNone) table_.give_back(slot, Kind::session);
}

bool Guard::may_send(Slot slot, Millis now) {
  const Rates& rates = rules_.now().of_address;
  return slot == kNone || !rates.limited() || table_.may_send(slot, rates, now);
}

void Guard::sent(Slot slot, std::size_t size, Millis now) {
  const Rates& rates = rules_.now().of_address;
  if (slot != kNone && rates.limited()) table_.sent(slot, rates, size, now);
}

PeerError Guard::session_error(Refusal what) const {
  if (what == Refusal::sessions_per_address) {
    return {.status = 429,
            .close_code = 1013,
            .text = "as many sessions as one address may have with this " + std::string(whose_) +
                    " are open from yours; try again later"};
  }
  return {.status = 503,
          .close_code = 1013,
          .text = "as many sessions as this " + std::string(whose_) + " holds are open; try again later"};
}

void Guard::refused(Refusal what, std::string_view who, Millis now) {
  const auto kind = static_cast<std::size_t>(what);
  const std::uint64_t since = tallies_[kind].add(now);
  if (since == 0 || !trouble_) return;
  trouble_(std::to_string(since) + " " + std::string(noun_of(what)) + (since == 1 ? "" : "s") + " " +
           std::string(kTold[kind]) + "; the last was of " + std::string(who));
}

RefusalCounts Guard::counts() const {
  const auto of = [this](Refusal what) { return tallies_[static_cast<std::size_t>(what)].count(); };
  return {.connections = of(Refusal::connections),
          .connections_per_address = of(Refusal::connections_per_address),
          .handshakes = of(Refusal::handshakes),
          .handshakes_per_address = of(Refusal::handshakes_per_address),
          .sessions = of(Refusal::sessions),
          .sessions_per_address = of(Refusal::sessions_per_address),
          .proxy_headers = of(Refusal::proxy_header),
          .heads = of(Refusal::head),
          .bodies = of(Refusal::body),
          .messages = of(Refusal::message),
          .fragments = of(Refusal::fragments),
          .late = of(Refusal::late)};
}

void count_refused(const LoopContext& loop, Refusal what, std::string_view who) {
  if (loop.guard != nullptr) loop.guard->refused(what, who, loop.timers.now());
}

void count_refused(const ByteStream& stream, Refusal what) {
  count_refused(stream.loop(), what, stream.remote_address());
}

}  // namespace encke
