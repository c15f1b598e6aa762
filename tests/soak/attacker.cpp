// Somebody who wants a session that is another's.
#include "tests/soak/attacker.hpp"

#include <encke/server.hpp>

#include <utility>

namespace encke::soak {
namespace {

using test::PageSession;
constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHuge = "9007199254740991";  // 2^53 - 1
constexpr std::size_t kName = 12;
constexpr std::size_t kSecret = 24;

/// One of a transport that is built in.
const Dialect* some_dialect(test::Dice& dice) {
  static const std::vector<std::string> built = Server::transports();
  for (;;) {
    const Dialect* const dialect = find_dialect(built[dice.below(built.size())]);
    if (dialect != nullptr) return dialect;
  }
}

std::string some_key(test::Dice& dice, std::size_t length) {
  std::string key;
  while (key.size() < length) key += kDigits[dice.below(kDigits.size())];
  return key;
}

}  // namespace

Attacker::Attacker(event_base* base, std::uint16_t port, const Client& owner,
                   const std::vector<std::string>& old_keys)
    : base_(base),
      port_(port),
      owner_(owner),
      old_keys_(old_keys),
      dice_(owner.run().seed, 0xa7),
      line_(base, port),
      again_(base, [this] { next(); }) {
  again_.start(std::chrono::milliseconds{1});
}

Attacker::Attack Attacker::invent() {
  const std::string key = owner_.key();
  const std::string service = owner_.service() + "/encke.1/";
  const std::string own =
      owner_.origin().empty() || dice_.chance(50) ? "" : "Origin: " + owner_.origin() + "\r\n";
  Attack attack{
      .path = service + key, .query = "n=" + std::string(kHuge) + "&a=0", .hello = "r[9,0,0]", .fields = own};
  switch (dice_.below(10)) {
    case 0:  // a secret that is guessed
      attack.path = service + key.substr(0, kName) + some_key(dice_, kSecret);
      break;
    case 1:  // one wrong character, anywhere
      attack.path[service.size() + dice_.below(key.size())] = '~';
      break;
    case 2:  // no key
      attack.path = service + some_key(dice_, dice_.below(80) + 1);
      break;
    case 3:  // a session that is over
      if (!old_keys_.empty()) attack.path = old_keys_[dice_.below(old_keys_.size())];
      if (old_keys_.empty()) attack.path = service + some_key(dice_, kName + kSecret);
      break;
    case 4:  // the right key on another's page
      if (owner_.origin().empty()) return invent();
      attack.fields =
          dice_.chance(50) ? "Origin: http://evil.example\r\n" : "Referer: http://evil.example/page\r\n";
      attack.refused = 403;
      attack.sends = dice_.chance(30);
      attack.query = attack.sends ? "s=0&a=0" : attack.query;
      attack.hello = "r[" + std::string(kHuge) + ",0,0]";
      break;
    case 5:  // a carrier that is not the next, as from a proxy that repeats
      attack.query = "n=0&a=0";
      attack.hello = "r[0,0,0]";
      attack.refused = 409;
      break;
    case 6:  // what was never sent is said to have arrived
      attack.query = "n=" + std::string(kHuge) + "&a=" + std::string(kHuge);
      attack.hello = "r[" + std::string(kHuge) + "," + std::string(kHuge) + ",0]";
      attack.refused = 400;
      attack.sends = dice_.chance(50);
      if (attack.sends) attack.query = "s=0&a=" + std::string(kHuge);
      break;
    case 7: {  // what is no number
      constexpr std::string_view kBad[] = {
          "n=-1&a=0", "n=&a=0",   "a=0",       "n=1",       "n=9007199254740992&a=0",
          "n=+9&a=0", "n=9&a=1.", "n=1e9&a=0", "n=0x9&a=0", "n=99999999999999999999&a=0"};
      constexpr std::string_view kBadHellos[] = {"r[-1,0,0]",  "r[]",     "r[9,0]",  "r[9,0,0,0]",
                                                 "r[9.5,0,0]", "k0",      "r[9,0,0", "r[\"9\",0,0]",
                                                 "q",          "a[\"x\"]"};
      attack.query = dice_.one_of(kBad);
      attack.hello = dice_.one_of(kBadHellos);
      attack.refused = 400;
      break;
    }
    case 8:  // messages beyond the next
      attack.sends = true;
      attack.query = "s=" + std::string(kHuge) + "&a=0";
      attack.body = "a[\"forged\"]";
      attack.refused = 409;
      break;
    default: {  // broken frames
      constexpr std::string_view kBroken[] = {"a[\"x\"",
                                              "x",

                                              "b*",
                                              "k-1",
                                              "k1,2",
                                              "r[9,0,0]",
                                              "c[1000]",
                                              "a[]q",
                                              "q\nq2",
                                              "\n\n",
                                              "e[404,\"x\"]",
                                              "h",
                                              "c[\"x\",1]",
                                              "a[\"forged\"]\nx",
                                              "k99999999999999999999"};
      attack.sends = true;
      attack.query = "s=0&a=0";
      attack.body = dice_.one_of(kBroken);
      attack.refused = 400;
      break;
    }
  }
  if (attack.sends && attack.body.empty()) attack.body = "a[\"forged\"]";
  return attack;
}

void Attacker::next() {
  socket_.reset();
  if (owner_.key().empty()) {
    again_.start(std::chrono::milliseconds{1});
    return;
  }
  attack_ = invent();
  answer_.clear();
  ++attacks_;
  Target target{.base = base_, .port = port_, .path = attack_.path, .fields = attack_.fields};
  if (attack_.sends) {
    dialect_ = nullptr;
    line_.call(request("POST", attack_.path + "/xhr_send?" + attack_.query, target, {}, attack_.body), *this);
    return;
  }
  dialect_ = some_dialect(dice_);
  if (dialect_->kind == PageSession::Kind::socket) {
    socket_ = make_socket_carrier(*dialect_, {.number = 1, .arrived = 0, .hello = attack_.hello}, target,
                                  test::Dice(dice_.next()), *this);
    return;
  }
  line_.call(carrier_request(*dialect_,
                             attack_.path + "/" + std::string(dialect_->leaf) + "?" + attack_.query +
                                 "&c=" + std::string(kCallback),
                             target),
             *this);
}

void Attacker::on_body(int, std::string_view piece) { answer_ += piece; }

void Attacker::on_answered(int status) {
  const bool in_frame = status == 200 && dialect_ != nullptr && dialect_->envelope != Envelope::line;
  if (in_frame) {
    // Wherever it stands in the envelope.
    const std::size_t begin = answer_.find("e[");
    status = begin == std::string::npos ? 200 : std::atoi(answer_.c_str() + begin + 2);
  }
  judge(status);
}

void Attacker::on_frame(PageCarrier&, std::string_view frame) {
  const std::string text(frame);
  judge(text.starts_with("e[") ? std::atoi(text.c_str() + 2) : 200);
}

void Attacker::on_binary(PageCarrier&, std::string_view) { judge(200); }

void Attacker::on_carrier_end(PageCarrier&, int status) {
  if (!again_.is_running()) judge(status == 200 ? 0 : status);
}

void Attacker::on_broken(PageCarrier&, std::string what) {
  failure_ = std::move(what);
  again_.start(std::chrono::milliseconds{0});
}

void Attacker::judge(int status) {
  again_.start(std::chrono::milliseconds{0});
  // Its session may be over before its owner knows.
  if (status == attack_.refused || status == 404 || !failure_.empty()) return;
  failure_ = "an attack was answered " + std::to_string(status) + " in place of " +
             std::to_string(attack_.refused) + ": " +
             (dialect_ == nullptr ? "xhr_send" : std::string(dialect_->leaf)) + " " + attack_.path + "?" +
             attack_.query + " " + attack_.hello + " " + attack_.fields + " " + attack_.body + ": " +
             answer_.substr(0, 200);
}

}  // namespace encke::soak
