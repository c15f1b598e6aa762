// Plain TCP, for the floor: a message is a record of a fixed number of bytes. Except in connect mode the
// server greets with one byte, `o`: a connection that is up may still wait to be accepted, and would miss a
// broadcast. And plain HTTP, for connect mode: a session is one GET of the service's greeting.
#include "tests/bench/client.hpp"
#include "tests/support/http_reader.hpp"

namespace encke::bench {
namespace {

class TcpClient final : public Client, Connection::Owner {
 public:
  TcpClient(Loop& loop, const Options& options, Listener& listener, std::uint32_t id)
      : Client(loop, options, listener, id), connection_(loop, *this) {}

  void open() override {
    connection_.connect(options_.port, source());
    if (options_.mode == Mode::Connect) begin();  // the connection keeps what is sent before it is up
  }

  void send(std::string_view message) override { connection_.write(message); }

  void close() override {
    closing_ = true;
    connection_.end_sending();
  }

 private:
  void begin() {
    opened_ = true;
    listener_.on_open(*this);
  }

  std::size_t on_bytes(Connection&, std::string_view bytes) override {
    std::size_t used = 0;
    if (!opened_) {
      if (bytes.front() != 'o') fail("the server does not greet");
      used = 1;
      begin();
    }
    for (; bytes.size() - used >= options_.size; used += options_.size)
      listener_.on_message(*this, bytes.substr(used, options_.size));
    return used;
  }

  void on_end(Connection&, std::string_view why) override {
    if (!closing_) fail(why);
    listener_.on_closed(*this);
  }

  Connection connection_;
  bool opened_ = false;
  bool closing_ = false;
};

class GreetingClient final : public Client, Connection::Owner {
 public:
  GreetingClient(Loop& loop, const Options& options, Listener& listener, std::uint32_t id)
      : Client(loop, options, listener, id), connection_(loop, *this) {}

  void open() override {
    connection_.connect(options_.port, source());
    listener_.on_open(*this);
  }

  /// The message stays here; it is given back once the greeting has come.
  void send(std::string_view message) override {
    message_ = message;
    connection_.write("GET " + options_.prefix + " HTTP/1.1\r\nHost: " + host() + "\r\n\r\n");
  }

  void close() override {
    connection_.close();
    listener_.on_closed(*this);
  }

 private:
  std::size_t on_bytes(Connection&, std::string_view bytes) override {
    const std::size_t used = reader_.feed(bytes, [this](std::string_view body) { body_.append(body); });
    if (reader_.broken() ||
        (reader_.complete() && (reader_.status() != 200 || body_ != "Welcome to SockJS!\n")))
      fail("the greeting is not what it should be: status " + std::to_string(reader_.status()) + ", " +
           body_);
    if (!reader_.complete()) return used;
    listener_.on_message(*this, message_);
    return bytes.size();
  }

  void on_end(Connection&, std::string_view why) override { fail(why); }

  Connection connection_;
  test::HttpReader reader_;
  std::string body_;
  std::string message_;
};

}  // namespace

std::unique_ptr<Client> make_plain_client(Loop& loop, const Options& options, Client::Listener& listener,
                                          std::uint32_t id) {
  if (options.transport == "tcp") return std::make_unique<TcpClient>(loop, options, listener, id);
  if (options.transport == "http") return std::make_unique<GreetingClient>(loop, options, listener, id);
  return nullptr;
}

}  // namespace encke::bench
