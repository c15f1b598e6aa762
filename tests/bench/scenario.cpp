// The four loads: echo, broadcast, idle sessions, sessions of one message.
#include "tests/bench/scenario.hpp"

namespace encke::bench {
namespace {

constexpr std::uint32_t kOpeningAtOnce = 128;

/// Each session has one message under way; its echo calls for the next.
class Echo final : public Scenario {
 public:
  Echo(Loop& loop, const Options& options)
      : Scenario(loop, options), sent_(options.sessions), received_(options.sessions) {}

  void begin() override {
    for (auto& client : clients_) send_next(*client);
  }
  bool quiet() const override { return under_way_ == 0; }

 private:
  void send_next(Client& client) {
    ++under_way_;
    send(client, sent_[client.id()]++);
  }

  void on_message(Client& client, std::string_view message) override {
    const Payload got = expect_payload(client, message);
    auto& expected = received_[client.id()];
    if (got.sender != client.id() || got.number != expected || expected >= sent_[client.id()])
      fail_order(client, got, expected);
    ++expected;
    --under_way_;
    ++counts_.messages;
    ++counts_.deliveries;
    if (may_send()) send_next(client);
  }

  std::vector<std::uint32_t> sent_;
  std::vector<std::uint32_t> received_;
  std::uint64_t under_way_ = 0;
};

/// The first sessions send; all receive. A sender's next message follows once all have its last one.
class Broadcast final : public Scenario {
 public:
  Broadcast(Loop& loop, const Options& options)
      : Scenario(loop, options),
        senders_(std::min(options.senders, options.sessions)),
        sent_(senders_),
        arrived_(senders_),
        received_(static_cast<std::size_t>(senders_) * options.sessions) {}

  void begin() override {
    for (std::uint32_t i = 0; i < senders_; ++i) send_next(i);
  }
  bool quiet() const override { return under_way_ == 0; }

 private:
  void send_next(std::uint32_t sender) {
    ++under_way_;
    send(*clients_[sender], sent_[sender]++);
  }

  void on_message(Client& client, std::string_view message) override {
    const Payload got = expect_payload(client, message);
    if (got.sender >= senders_) fail_order(client, got, 0);
    auto& expected = received_[static_cast<std::size_t>(client.id()) * senders_ + got.sender];
    if (got.number != expected || expected >= sent_[got.sender]) fail_order(client, got, expected);
    ++expected;
    ++counts_.deliveries;
    if (++arrived_[got.sender] < options_.sessions) return;
    arrived_[got.sender] = 0;
    --under_way_;
    ++counts_.messages;
    if (may_send()) send_next(got.sender);
  }

  const std::uint32_t senders_;
  std::vector<std::uint32_t> sent_;
  std::vector<std::uint32_t> arrived_;   // how many have a sender's last message
  std::vector<std::uint32_t> received_;  // for each client, for each sender: how many of its messages
  std::uint64_t under_way_ = 0;
};

/// Sessions that are open and say nothing.
class Idle final : public Scenario {
 public:
  using Scenario::Scenario;
  void begin() override {}
  bool quiet() const override { return true; }

 private:
  void on_message(Client& client, std::string_view message) override { expect_payload(client, message); }
};

/// Sessions that open, send one message, see it come back, and close: always the same number under way.
class Connect final : public Scenario {
 public:
  using Scenario::Scenario;

  void open_some() override {}
  bool opened() const override { return true; }

  void begin() override {
    while (live_ < options_.sessions && may_send()) launch();
  }
  bool quiet() const override { return live_ == 0; }
  void after_turn() override {
    for (const std::size_t slot : closed_) {
      clients_[slot].reset();
      free_.push_back(slot);
    }
    if (closed_.empty()) return;
    closed_.clear();
    begin();
  }

 private:
  void launch() {
    if (free_.empty()) {
      free_.push_back(clients_.size());
      clients_.emplace_back();
      turns_.push_back(0);
    }
    // An id says which slot a client has: the slots take turns of `sessions` ids.
    const std::size_t slot = free_.back();
    free_.pop_back();
    const auto id = static_cast<std::uint32_t>(slot + options_.sessions * turns_[slot]++);
    clients_[slot] = make_client(loop_, options_, *this, id);
    ++live_;
    ++started_;
    clients_[slot]->open();
  }

  void on_open(Client& client) override { client.send(writer_.write(client.id(), 0)); }

  void on_message(Client& client, std::string_view message) override {
    const Payload got = expect_payload(client, message);
    if (got.sender != client.id() || got.number != 0) fail_order(client, got, 0);
    ++counts_.deliveries;
    client.close();
  }

  void on_closed(Client& client) override {
    ++counts_.messages;
    if (counts_.deliveries < counts_.messages) fail("a session ended before its message came back");
    --live_;
    closed_.push_back(client.id() % options_.sessions);
  }

  std::uint32_t live_ = 0;
  std::vector<std::size_t> free_;
  std::vector<std::size_t> closed_;
  std::vector<std::uint32_t> turns_;
};

}  // namespace

void Scenario::open_some() {
  while (clients_.size() < options_.sessions && clients_.size() - open_ < kOpeningAtOnce) {
    clients_.push_back(make_client(loop_, options_, *this, static_cast<std::uint32_t>(clients_.size())));
    clients_.back()->open();
  }
}

void Scenario::allow(Loop::Time until, std::uint64_t messages) {
  until_ = until;
  bound_ = messages;
  started_ = 0;
  counts_ = {};
  reads_before_ = loop_.reads();
}

Counts Scenario::counts() const {
  Counts counts = counts_;
  counts.reads = loop_.reads() - reads_before_;
  return counts;
}

void Scenario::on_closed(Client& client) {
  fail("session " + std::to_string(client.id()) + " ended by itself");
}

void Scenario::send(Client& client, std::uint32_t number) {
  ++started_;
  client.send(writer_.write(client.id(), number));
}

Payload Scenario::expect_payload(const Client& client, std::string_view message) const {
  Payload payload;
  if (!read_payload(message, options_.size, payload))
    fail("session " + std::to_string(client.id()) +
         " received what nobody sent: " + std::string(message.substr(0, 80)));
  return payload;
}

void Scenario::fail_order(const Client& client, Payload got, std::uint32_t expected) const {
  fail("session " + std::to_string(client.id()) + " received message " + std::to_string(got.number) +
       " of session " + std::to_string(got.sender) + " where message " + std::to_string(expected) +
       " was next");
}

std::unique_ptr<Scenario> make_scenario(Loop& loop, const Options& options) {
  switch (options.mode) {
    case Mode::Echo:
      return std::make_unique<Echo>(loop, options);
    case Mode::Broadcast:
      return std::make_unique<Broadcast>(loop, options);
    case Mode::Idle:
      return std::make_unique<Idle>(loop, options);
    case Mode::Connect:
      return std::make_unique<Connect>(loop, options);
  }
  fail("no such mode");
}

}  // namespace encke::bench
