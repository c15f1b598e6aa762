// A session's life from the page's end: what it does next, and what it makes of what it hears.
#include "tests/soak/client.hpp"

#include "tests/soak/service.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace encke::soak {
namespace {

using std::chrono::milliseconds;
using test::Dice;
using test::FaultProfile;

constexpr milliseconds kTick{25};
constexpr unsigned kPatientBeats = 3;  // without a sign of life
constexpr unsigned kMostWithoutProgress = 1'600;
constexpr unsigned kMostForService = 400;  // ticks until the service has heard of the end
constexpr unsigned kConflicts = 12;
constexpr std::size_t kMostCarriers = 3;
constexpr std::size_t kMostLines = 4;
constexpr std::size_t kMostNotes = 24;

const FaultProfile& profile_for(const Run& run, Dice dice) {
  if (run.messages > 2'000) return *test::find_fault_profile("long");
  constexpr std::array<std::string_view, 10> kNames{"mixed", "mixed", "mixed",     "mixed",   "mixed",
                                                    "cuts",  "cuts",  "vanishing", "proxies", "slow"};
  return *test::find_fault_profile(dice.chance(4) ? "none" : kNames[dice.below(kNames.size())]);
}

}  // namespace

Client::Client(event_base* base, Host& host, const Run& run, std::string_view transport,
               std::function<void(Client&)> on_end)
    : base_(base),
      host_(host),
      run_(run),
      transport_(transport),
      on_end_(std::move(on_end)),
      dice_(run.seed, 0xc1),
      proxy_(base, host.port(), test::fault_planner(profile_for(run, Dice(run.seed, 0xfa)), run.seed)),
      tick_(base, [this] { tick(); }),
      advance_(base, [this] { advance(); }) {
  constexpr std::string_view kServices[] = {"/numbers", "/tight", "/wide"};
  service_ = dice_.one_of(kServices);
  // An echo of more than half of outbox_bytes may be refused, as any message may that does not fit.
  if (run.ending == Ending::echo && service_ == "/tight") service_ = "/numbers";
  target_ = {.base = base, .port = proxy_.port(), .path = service_ + "/encke.1"};
  if (dice_.chance(60)) {
    origin_ = "http://soak.example";
    target_.fields =
        dice_.chance(50) ? "Origin: http://soak.example\r\n" : "Referer: http://soak.example/a/page\r\n";
  }
  patience_ = heartbeat_ticks_ * kPatientBeats;
  change_at_ = dice_.below(run.messages / 4 + 1);
  tick_.start(milliseconds{dice_.below(25)});
  soon();
}

void Client::tick() {
  if (over_) return;
  ++ticks_;
  tick_.start(kTick);
  for (const auto& carrier : carriers_) {
    if (!carrier->over && ticks_ - carrier->heard_at > patience_) {
      lose(*carrier);
      grow_patient();
    }
  }
  const std::uint64_t progress = page_ ? page_->arrived() + page_->acknowledged() + (settled_ ? 1 : 0) : 0;
  if (progress != progress_) {
    progress_ = progress;
    progress_at_ = ticks_;
    patience_ = heartbeat_ticks_ * kPatientBeats;
  } else if (ticks_ - progress_at_ > kMostWithoutProgress) {
    fail("no progress: " + state());
    return;
  }
  advance();
}

void Client::advance() {
  if (over_) return;
  reap();
  settle_post();
  if (over_) return;
  if (!page_) {
    if (!post_ && ticks_ >= start_at_) open();
    return;
  }
  end_if_settled();
  if (over_ || settled_) return;
  change();
  keep_carrier();
  produce();
  send_up();
}

void Client::reap() {
  std::erase_if(carriers_, [](const auto& carrier) { return carrier->over && !carrier->is_leaving(); });
  std::erase_if(lines_, [](const auto& line) { return !line->is_busy() && !line->is_free(); });
}

// ---- opening
// -------------------------------------------------------------------------------------------------

void Client::open() {
  const bool by_script = transport_ == "jsonp" || (transport_ == kChanging && dice_.chance(20));
  post_ = std::make_unique<Post>();
  post_->opens = true;
  const std::string path = target_.path + "/open";
  begin_post(by_script ? request("GET", path + "?c=" + std::string(kCallback), target_)
                       : request("POST", path, target_));
}

void Client::opened(const Post& post) {
  std::string json = post.text;
  if (json.starts_with("/**/")) {
    while (json.ends_with('\n') || json.ends_with('\r')) json.pop_back();
    std::string inner;
    if (!read_call(json, inner)) return fail("the opening is no call: " + json);
    json = std::move(inner);
  }
  const auto opening = test::parse_opening(json);
  if (!opening) return fail("not an opening: " + json);
  const bool listed = transport_ == kChanging ||
                      std::find(opening->transports.begin(), opening->transports.end(), transport_) !=
                          opening->transports.end();
  if (opening->session.size() != 36 || !listed) return fail("not the opening that was expected: " + json);
  key_ = opening->session;
  target_.path += "/" + key_;
  heartbeat_ticks_ = static_cast<unsigned>(opening->heartbeat_ms / kTick.count());
  patience_ = heartbeat_ticks_ * kPatientBeats;
  page_.emplace(PageSession::Limits{.window = opening->window, .conflicts = kConflicts},
                [this](std::uint64_t number, const Message& message) { on_message(number, message); });
  page_->send(Message::text(hello(run_)));
  start(choose());
}

// ---- down
// ----------------------------------------------------------------------------------------------------

const Dialect& Client::choose() {
  if (transport_ != kChanging) return *find_dialect(transport_);
  return dialects()[dice_.below(dialects().size())];
}

HttpLine& Client::line() {
  std::vector<HttpLine*> free;
  for (const auto& line : lines_) {
    if (line->is_free()) free.push_back(line.get());
  }
  if (!free.empty() && (dice_.chance(75) || lines_.size() >= kMostLines))
    return *free[dice_.below(free.size())];
  lines_.push_back(std::make_unique<HttpLine>(base_, proxy_.port()));
  return *lines_.back();
}

void Client::start(const Dialect& dialect) {
  ++tally_.carriers;
  const PageSession::Start begin = page_->start(dialect.kind);
  if (dialect.kind == PageSession::Kind::socket) {
    socket_ = begin.number;
    carriers_.push_back(
        make_socket_carrier(dialect, begin, target_, Dice(run_.seed, begin.number + 1000), *this));
  } else {
    const bool at_once = dialect.kind == PageSession::Kind::poll && dice_.chance(20);
    carriers_.push_back(make_http_carrier(dialect, begin, target_, at_once ? "&w=0" : "", line(), *this));
  }
  carriers_.back()->heard_at = ticks_;
  note(begin.number, dialect.transport);
}

void Client::keep_carrier() {
  if (alive() > 0 || ticks_ < start_at_) return;
  if (page_->state() == PageSession::State::closed && post_ && post_->body.closes) return;
  start(choose());
}

/// To another transport, while the carrier at work goes on.
void Client::change() {
  if (transport_ != kChanging || page_->arrived() < change_at_ || alive() == 0) return;
  if (page_->state() == PageSession::State::closed) return;
  change_at_ = page_->arrived() + dice_.between(1, run_.messages / 5 + 1);
  if (alive() >= kMostCarriers) {
    end(**std::find_if(carriers_.begin(), carriers_.end(),
                       [](const auto& carrier) { return !carrier->over; }));
  }
  start(choose());
}

void Client::on_frame(PageCarrier& carrier, std::string_view frame) {
  const PageSession::Read read = page_->frame(carrier.number, frame);
  if (frame.find_first_of("ab") != 0) note(carrier.number, "<", frame);
  if (frame.starts_with('h') || frame.starts_with('k')) owes_answer_ = true;
  heard(carrier, read);
}

void Client::on_binary(PageCarrier& carrier, std::string_view bytes) {
  heard(carrier, page_->binary(carrier.number, bytes));
}

void Client::heard(PageCarrier& carrier, PageSession::Read read) {
  carrier.heard_at = ticks_;
  if (read == PageSession::Read::again) {
    tally_.most_conflicts = std::max(tally_.most_conflicts, ++conflicts_);
  } else {
    conflicts_ = 0;
  }
  if (++carrier.frames == 1 && read == PageSession::Read::fine) {
    // It works: those before it are listened to until the server ends them, or not.
    for (const auto& other : carriers_) {
      if (other->number < carrier.number && !other->over && (other->number == socket_ || dice_.chance(50))) {
        end(*other);
      }
    }
  }
  soon();
}

void Client::on_carrier_end(PageCarrier& carrier, int status) {
  const bool broken = is_loss(status);
  carrier.over = true;
  note(carrier.number, "ends with", std::to_string(status));
  if (carrier.number == socket_) socket_ = 0;
  if (status == 200 || broken) {
    page_->ended(carrier.number, status == 200);
    // Plain polls are answered at once, so that a page paces them.
    if (carrier.dialect.transport == "poll") start_at_ = ticks_ + static_cast<unsigned>(dice_.below(3));
  } else if (page_->refused(carrier.number, static_cast<unsigned>(status)) == PageSession::Read::again) {
    tally_.most_conflicts = std::max(tally_.most_conflicts, ++conflicts_);
  }
  if (broken) {
    ++tally_.lost;
    start_at_ = ticks_ + static_cast<unsigned>(dice_.below(3));
  }
  soon();
}

void Client::on_broken(PageCarrier& carrier, std::string what) {
  fail(std::string(carrier.dialect.transport) + ": " + what);
}

/// Gives up a carrier that says nothing any more.
void Client::lose(PageCarrier& carrier) {
  carrier.drop();
  on_carrier_end(carrier, 0);
}

void Client::cut() {
  if (over_) return;
  for (const auto& carrier : carriers_) {
    if (!carrier->over) lose(*carrier);
  }
  if (post_ && post_->line != nullptr) {
    std::exchange(post_->line, nullptr)->drop();
    post_->status = 0;
  }
  lines_.clear();
}

/// Gives up a carrier that is not needed any more.
void Client::end(PageCarrier& carrier) {
  carrier.drop();
  carrier.over = true;
  note(carrier.number, "is ended");
  if (carrier.number == socket_) socket_ = 0;
  page_->ended(carrier.number, false);
}

/// Whoever is slow today gets more time, so that there is progress in the end.
void Client::grow_patient() {
  constexpr unsigned kMost = 100;  // ticks
  patience_ = std::min(patience_ + patience_ / 2, kMost);
}

std::size_t Client::alive() const {
  return static_cast<std::size_t>(
      std::count_if(carriers_.begin(), carriers_.end(), [](const auto& carrier) { return !carrier->over; }));
}

void Client::on_message(std::uint64_t number, const Message& message) {
  std::string wrong = run_.ending == Ending::echo ? wrong_with(message, run_.seed, Way::up, number + 1)
                                                  : wrong_with(message, run_.seed, Way::down, number);
  if (!wrong.empty()) fail(std::move(wrong));
}

// ---- the end
// -------------------------------------------------------------------------------------------------

void Client::end_if_settled() {
  if (!page_->violation().empty())
    return fail("the server broke the protocol: " + page_->violation() + "; " + state());
  if (!page_->settled()) return;
  if (!settled_) {
    settled_ = true;
    settled_at_ = ticks_;
    for (const auto& carrier : carriers_) carrier->drop();
    carriers_.clear();
    post_.reset();
  }
  check_end();
}

void Client::check_end() {
  const bool by_service = run_.ending == Ending::service;
  const std::uint16_t code = by_service ? kServiceCode : close_code::kNormal;
  const std::string text = by_service ? kServiceText : "bye";
  const CloseReason& reason = page_->reason();
  if (page_->arrived() != run_.messages || reason.code != code || reason.text != text) {
    return fail("ended too early, or otherwise than with " + std::to_string(code) + ": " + state());
  }
  const auto heard = host_.take(run_.id);
  if (!heard) {
    if (ticks_ - settled_at_ > kMostForService) fail("the service does not hear of the end: " + state());
    return;
  }
  if (!heard->fault.empty()) return fail("the service: " + heard->fault);
  if (heard->received != run_.messages || heard->sent != run_.messages || heard->reason.code != code ||
      heard->reason.text != text) {
    return fail("the service got " + std::to_string(heard->received) + " messages, sent " +
                std::to_string(heard->sent) + ", and closed with " + std::to_string(heard->reason.code) +
                " " + heard->reason.text);
  }
  over();
}

void Client::fail(std::string what) {
  for (const std::string& one : notes_) what += "\n    " + one;
  if (failure_.empty()) failure_ = std::move(what);
  over();
}

void Client::over() {
  if (std::exchange(over_, true)) return;
  on_end_(*this);
}

void Client::add_to(Tally& tally) const {
  ++tally.runs;
  tally.carriers += tally_.carriers;
  tally.connections += proxy_.connections();
  tally.faults += proxy_.faults();
  tally.lost += tally_.lost;
  tally.duplicates += page_ ? page_->duplicates() : 0;
  tally.most_conflicts = std::max(tally.most_conflicts, tally_.most_conflicts);
}

void Client::note(std::uint64_t carrier, std::string_view what, std::string_view more) {
  if (notes_.size() >= kMostNotes) notes_.pop_front();
  std::string one;
  std::string text = std::to_string(ticks_ * kTick.count()) + " ms, ";
  text.append(carrier == 0 ? "up" : "carrier " + std::to_string(carrier)).append(" ").append(what);
  for (const char c : text.append(" ").append(more.substr(0, 80))) one += c >= ' ' && c < '\x7f' ? c : '.';
  notes_.push_back(std::move(one));
}

std::string Client::state() const {
  if (!page_) return "not open";
  constexpr std::string_view kStates[] = {"open", "closing", "closed"};
  return std::string(kStates[static_cast<int>(page_->state())]) + " " + std::to_string(page_->reason().code) +
         " \"" + page_->reason().text + "\", " + std::to_string(page_->arrived()) + " of " +
         std::to_string(run_.messages) + " arrived, " + std::to_string(page_->acknowledged()) + " of " +
         std::to_string(page_->sent()) + " acknowledged of " + std::to_string(run_.messages + 1) + ", " +
         std::to_string(tally_.carriers) + " carriers, " + std::to_string(carriers_.size()) + " alive, up " +
         (socket_ != 0 ? "by socket"
          : post_      ? "by post, one out"
                       : "by post") +
         ", " + service_ + "/" + key_;
}

}  // namespace encke::soak
