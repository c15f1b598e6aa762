// One HTTP connection over a fake stream, with small resources to ask for.
#pragma once

#include "server/http/connection.hpp"
#include "tests/support/fake_stream.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace encke::test {

/// Every request below a path; admits by one function, answers by the other.
class Answers final : public http::Resource, public http::Handler {
 public:
  using Answer = std::function<void(http::Exchange&)>;
  using Admit = std::function<http::Admission(http::Request&, std::string_view, http::Handler&)>;

  explicit Answers(Answer answer, std::size_t body_limit = 128)
      : answer_(std::move(answer)),
        admit_([body_limit](http::Request&, std::string_view, http::Handler& handler) {
          return http::Admission::serve(handler, body_limit);
        }) {}
  Answers(Answer answer, Admit admit) : answer_(std::move(answer)), admit_(std::move(admit)) {}

  http::Admission admit(http::Request& request, std::string_view rest) override {
    return admit_(request, rest, *this);
  }
  void handle(http::Exchange& exchange) override { answer_(exchange); }

 private:
  Answer answer_;
  Admit admit_;
};

/// Tells its exchange's events to a test.
class Waiter final : public http::Exchange::Owner {
 public:
  explicit Waiter(std::vector<std::string>& log) : log_(log) {}
  ~Waiter() override { log_.emplace_back("gone"); }
  void on_drained() override { log_.emplace_back("drained"); }
  void on_lost() override { log_.emplace_back("lost"); }

 private:
  std::vector<std::string>& log_;
};

/// A request as a text: what a handler was given.
inline std::string told(const http::Request& request) {
  std::string text(request.method);
  ((text += ' ') += request.path) += request.http11 ? " 1.1" : " 1.0";
  if (!request.query.empty()) (text += " ?") += request.query;
  if (request.upgrade) text += " upgrade";
  if (!request.body.empty()) ((text += " [") += request.body) += ']';
  return text;
}

/// The fields of an answer that say nothing new, left out: "Date".
inline std::string undated(std::string text) {
  std::size_t at = 0;
  while ((at = text.find("Date: ", at)) != std::string::npos) {
    CHECK(text.substr(at + 31, 6) == " GMT\r\n");
    text.erase(at, 37);
  }
  return text;
}

/// /hello: "hello". /tell: the request as a text. /later: answered when a test says so. /get: GET and HEAD
/// only. /move: another worker's. /up: becomes an echo of raw bytes. /stream: begun, for a test to go on.
/// /status?N: that status without a body.
struct Site {
  explicit Site(http::Limits limits = {}, Networks proxies = {}) : shared(router, std::move(proxies)) {
    shared.limits = limits;
    mount("/hello", [](http::Exchange& exchange) {
      exchange.respond(http::ResponseHead(200).type(http::kPlainText), "hello");
    });
    mount("/tell", [](http::Exchange& exchange) {
      exchange.respond(http::ResponseHead(200).type(http::kPlainText), told(exchange.request()));
    });
    mount("/later", [this](http::Exchange& exchange) {
      waiting = &exchange;
      exchange.wait(std::make_unique<Waiter>(log));
    });
    mount("/stream", [this](http::Exchange& exchange) {
      waiting = &exchange;
      exchange.wait(std::make_unique<Waiter>(log));
      exchange.begin(http::ResponseHead(200).type(http::kPlainText));
    });
    mount("/status", [](http::Exchange& exchange) {
      exchange.respond(http::ResponseHead(std::stoi(std::string(exchange.request().query))), {});
    });
    mount("/up", [this](http::Exchange& exchange) {
      std::string unread;
      ByteStream& raw = exchange.upgrade(unread);
      raw.write("up!");
      auto echo = std::make_unique<RawEcho>(raw, log);
      RawEcho& owner = *echo;
      raw.set_owner(std::move(echo));
      owner.on_bytes(unread);
    });
    router.mount("/get", std::make_unique<Answers>(
                             [](http::Exchange& exchange) {
                               exchange.respond(http::ResponseHead(200).type(http::kPlainText), "got");
                             },
                             [](http::Request& request, std::string_view, http::Handler& handler) {
                               if (request.method == "GET" || request.method == "HEAD")
                                 return http::Admission::serve(handler);
                               return http::Admission::refuse(http::method_not_allowed("GET, HEAD"));
                             }));
    router.mount("/move", std::make_unique<Answers>([](http::Exchange&) {},
                                                    [](http::Request&, std::string_view, http::Handler&) {
                                                      return http::Admission::move(2);
                                                    }));
    stream.set_owner(std::make_unique<http::Connection>(stream, shared));
  }

  void mount(std::string path, Answers::Answer answer, std::size_t body_limit = 128) {
    router.mount(std::move(path), std::make_unique<Answers>(std::move(answer), body_limit));
  }
  /// What the peer gets for `bytes`, without dates.
  std::string ask(std::string_view bytes) {
    stream.give(bytes);
    return undated(stream.sent());
  }
  /// The answer to the waiting exchange, seen by the peer.
  std::string answer(std::string_view body) {
    std::exchange(waiting, nullptr)->respond(http::ResponseHead(200).type(http::kPlainText), body);
    stream.settle();
    return undated(stream.sent());
  }
  std::vector<std::string> seen() { return std::exchange(log, {}); }

  FakeLoop loop{0, 4};
  http::Router router;
  http::Shared shared;
  http::Exchange* waiting = nullptr;
  std::vector<std::string> log;
  FakeStream stream{loop};

 private:
  class RawEcho final : public ByteStream::Owner {
   public:
    RawEcho(ByteStream& stream, std::vector<std::string>& log) : stream_(stream), log_(log) {}
    void on_bytes(std::span<char> bytes) override { stream_.write({bytes.data(), bytes.size()}); }
    void on_lost() override { log_.emplace_back("raw lost"); }

   private:
    ByteStream& stream_;
    std::vector<std::string>& log_;
  };
};

/// What a peer sees of an exchange of bytes: all that was sent, then "|open" or how the stream ended.
inline std::string outcome(Site& site) {
  constexpr std::string_view kStates[] = {"|open", "|closed", "|aborted", "|lost", "|moved"};
  return undated(site.stream.sent()).append(kStates[static_cast<std::size_t>(site.stream.state())]);
}

/// Feeds `bytes` whole, byte by byte and in two pieces cut at every place; all must come out the same, which
/// is returned.
inline std::string fed_every_way(std::string_view bytes, const http::Limits& limits = {}) {
  std::string whole;
  {
    Site site(limits);
    site.stream.give(bytes);
    whole = outcome(site);
  }
  {
    Site site(limits);
    for (const char& byte : bytes) site.stream.give({&byte, 1});
    CHECK(outcome(site) == whole);
  }
  const std::size_t step = bytes.size() > 2000 ? bytes.size() / 200 : 1;
  for (std::size_t cut = 1; cut < bytes.size(); cut += step) {
    Site site(limits);
    site.stream.give(bytes.substr(0, cut));
    site.stream.give(bytes.substr(cut));
    CAPTURE(cut);
    CHECK(outcome(site) == whole);
  }
  return whole;
}

enum class Then { keeps, closes, keeps_10 };  ///< what an answer says of the connection

/// A plain-text answer as it stands on the wire, without its date. What was refused is for no cache to keep.
inline std::string answer_text(int status, std::string_view body, Then then = Then::keeps,
                               std::string_view fields = "Content-Type: text/plain; charset=UTF-8\r\n") {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " " + std::string(http::reason_phrase(status));
  (text += "\r\n") += fields;
  if (status >= 400) {
    text += "Cache-Control: no-store, no-cache, no-transform, must-revalidate, max-age=0\r\n";
    if (status != 405) text += "X-Content-Type-Options: nosniff\r\n";
  }
  if (then == Then::closes) text += "Connection: close\r\n";
  if (then == Then::keeps_10) text += "Connection: keep-alive\r\n";
  return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace encke::test
