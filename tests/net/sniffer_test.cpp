// What a connection speaks, told from its first bytes.
#include "server/net/sniffer.hpp"

#include "tests/net/support.hpp"
#include "tests/support/fake_stream.hpp"

using namespace encke;
using namespace encke::test;

namespace {

/// Names the openers of one sniffer.
class Named {
 public:
  void claim(const std::string& greeting) { sniffer.claim(greeting, opener(greeting)); }
  void otherwise() { sniffer.otherwise(opener("other")); }
  /// "?" while it cannot be told.
  std::string choice(std::string_view bytes) {
    const net::Sniffer::Opener* chosen = sniffer.choose(bytes);
    if (chosen == nullptr) return "?";
    last_.clear();
    FakeLoop loop;
    FakeStream stream(loop);
    (*chosen)(stream);
    return last_;
  }
  net::Sniffer sniffer;

 private:
  net::Sniffer::Opener opener(std::string name) {
    return [this, name = std::move(name)](ByteStream&) {
      last_ = name;
      return std::unique_ptr<ByteStream::Owner>();
    };
  }
  std::string last_;
};

}  // namespace

TEST_CASE("a stream goes to whose greeting it begins with, and to the rest as soon as to none") {
  Named named;
  named.claim("<policy>");
  named.claim(std::string("\x16\x03", 2));
  named.otherwise();
  CHECK(named.choice("<") == "?");
  CHECK(named.choice("<policy") == "?");
  CHECK(named.choice("<policy>") == "<policy>");
  CHECK(named.choice("<policy>more") == "<policy>");
  CHECK(named.choice("<Policy>") == "other");
  CHECK(named.choice("<policyX") == "other");
  CHECK(named.choice("G") == "other");
  CHECK(named.choice("\x16") == "?");
  CHECK(named.choice("\x16\x03\x01") == "\x16\x03");
  CHECK(named.choice("\x16\x04") == "other");
}

TEST_CASE("the claim that came first wins where both fit") {
  Named named;
  named.claim("ab");
  named.claim("abc");
  named.otherwise();
  CHECK(named.choice("a") == "?");
  CHECK(named.choice("ab") == "ab");
  CHECK(named.choice("abc") == "ab");
}

TEST_CASE("without claims everything is the rest's") {
  Named named;
  named.otherwise();
  CHECK(named.choice("x") == "other");
}

TEST_CASE("a greeting may come in several reads") {
  Log log;
  Running running;
  running.sniffer.claim("<policy>", [&](ByteStream& stream) {
    auto owner = std::make_unique<Owner>();
    owner->bytes = [&](std::string_view bytes) {
      log.add(std::string(bytes));
      stream.write("granted");
      stream.close();
    };
    return owner;
  });
  running.open = [](ByteStream& stream, Owner& owner) {
    owner.bytes = [&stream](std::string_view bytes) {
      stream.write("other:" + std::string(bytes));
      stream.close();
    };
  };
  running.start();
  Peer other(running);
  const Peer policy(running);
  policy.send("<pol");
  other.send("<pa");
  CHECK(other.take_all() == "other:<pa");
  policy.send("icy>!");
  CHECK(policy.take_all() == "granted");
  CHECK(log.wait(1) == std::vector<std::string>{"<policy>!"});
}

TEST_CASE("a stream whose opener refuses it is reset, whether it was sniffed or not") {
  net::Sniffer none;
  none.at_once([](ByteStream&) { return nullptr; });
  Running running;
  running.sniffer.claim("no", [](ByteStream&) { return nullptr; });
  running.open = [](ByteStream& stream, Owner&) { stream.write("served"); };
  const std::uint16_t port = running.workers.listen("127.0.0.1:0", &none).at(0).port;
  running.start();
  const Peer peer(running);
  peer.send("no");
  CHECK(peer.piece() == "reset");
  const Peer other;
  other.connect(port);
  CHECK(other.piece() == "reset");
  const Peer good(running);
  good.send("yes");
  CHECK(good.take(6) == "served");
}

TEST_CASE("a listener with a sniffer of its own opens its streams with that, before their first byte") {
  net::Sniffer own;
  own.at_once([](ByteStream& stream) {
    stream.write("own");
    return std::make_unique<Owner>();
  });
  for (const unsigned workers : {1u, 2u}) {
    Running running(workers);
    running.open = [](ByteStream& stream, Owner&) { stream.write("common"); };
    const std::uint16_t port = running.workers.listen("127.0.0.1:0", &own).at(0).port;
    running.start();
    const Peer at_own;
    at_own.connect(port);
    CHECK(at_own.take(3) == "own");
    const Peer common(running);
    common.send("x");
    CHECK(common.take(6) == "common");
  }
}
