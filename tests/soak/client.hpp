// One session of a run, from the page's end, over real sockets and through a proxy that harms them.
#pragma once

#include "tests/soak/carrier.hpp"
#include "tests/soak/http_line.hpp"
#include "tests/soak/numbered.hpp"
#include "tests/support/dice.hpp"
#include "tests/support/event_socket.hpp"
#include "tests/support/fault_proxy.hpp"
#include "tests/support/page_session.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace encke::soak {

class Host;

/// What runs of one case came to together.
struct Tally {
  std::uint64_t runs = 0;
  std::uint64_t carriers = 0;
  std::uint64_t connections = 0;
  std::uint64_t faults = 0;
  std::uint64_t lost = 0;        ///< carriers and sends that brought no end
  std::uint64_t duplicates = 0;  ///< messages down that came again
  unsigned most_conflicts = 0;   ///< refusals with 409 in a row
};

/// Opens a session, exchanges the run's messages, closes, and compares with what the service heard. Whatever
/// is lost it tries again, as a page does.
class Client final : PageCarrier::Owner {
 public:
  static constexpr std::string_view kChanging = "changing";

  /// `transport` is a name of a dialect, or kChanging. `on_end` is called once, when the run is over; the
  /// client must not be destroyed in it.
  Client(event_base* base, Host& host, const Run& run, std::string_view transport,
         std::function<void(Client&)> on_end);

  const Run& run() const { return run_; }
  /// Empty where all was as it should be.
  const std::string& failure() const { return failure_; }
  void add_to(Tally& tally) const;
  /// All connections are gone at once, as when a network goes down.
  void cut();
  /// The session's key once it is open, for who wants to guess at it; and the service's path.
  const std::string& key() const { return key_; }
  const std::string& service() const { return service_; }
  const std::string& origin() const { return origin_; }

 private:
  using PageSession = test::PageSession;

  /// The request that sends, one at a time; the one that opens too.
  struct Post final : HttpLine::Caller {
    Client* client = nullptr;
    HttpLine* line = nullptr;
    PageSession::Body body;
    bool opens = false;
    bool unreadable = false;  // the answer is one that pages cannot see
    bool as_json = false;     // it is of jsonrequest_send
    int status = -1;          // -1: still to come
    unsigned since = 0;
    std::string text;
    Post() = default;
    ~Post() {
      if (line != nullptr) line->drop();
    }
    Post(const Post&) = delete;
    Post& operator=(const Post&) = delete;
    void on_body(int, std::string_view piece) override { text += piece; }
    void on_answered(int its_status) override;
  };

  void on_frame(PageCarrier& carrier, std::string_view frame) override;
  void on_binary(PageCarrier& carrier, std::string_view bytes) override;
  void on_carrier_end(PageCarrier& carrier, int status) override;
  void on_broken(PageCarrier& carrier, std::string what) override;
  void heard(PageCarrier& carrier, PageSession::Read read);
  void on_message(std::uint64_t number, const Message& message);

  void soon() { advance_.start(std::chrono::milliseconds{0}); }
  void tick();
  void advance();
  void reap();
  void open();
  void opened(const Post& post);
  void settle_post();
  void change();
  void keep_carrier();
  void start(const Dialect& dialect);
  void lose(PageCarrier& carrier);
  void end(PageCarrier& carrier);
  std::size_t alive() const;
  void grow_patient();
  /// A status that is no answer of the service's: none at all, or one for a request that did not come whole.
  static bool is_loss(int status) { return status == 0 || status == 408 || status == 502; }
  void produce();
  void send_up();
  void send_frames();
  void send_body();
  void begin_post(const std::string& request);
  void end_if_settled();
  void check_end();
  void fail(std::string what);
  void over();
  std::string state() const;
  void note(std::uint64_t carrier, std::string_view what, std::string_view more = {});

  const Dialect& choose();
  PageCarrier* socket();
  HttpLine& line();

  event_base* const base_;
  Host& host_;
  const Run run_;
  const std::string_view transport_;
  const std::function<void(Client&)> on_end_;
  test::Dice dice_;
  std::string service_;
  std::string origin_;
  test::FaultProxy proxy_;
  Target target_;
  std::string key_;
  unsigned heartbeat_ticks_ = 8;
  unsigned patience_ = 0;  // ticks without a sign of life

  std::optional<PageSession> page_;
  std::vector<std::unique_ptr<HttpLine>> lines_;
  std::vector<std::unique_ptr<PageCarrier>> carriers_;  // by number
  std::uint64_t socket_ = 0;                            // the carrier that is the up way
  std::unique_ptr<Post> post_;

  unsigned ticks_ = 0;
  unsigned start_at_ = 0;
  unsigned progress_at_ = 0;
  unsigned asked_at_ = 0;
  std::uint64_t progress_ = 0;
  std::uint64_t change_at_ = 0;
  std::uint64_t said_ = 0;  // arrived when it was last said over a socket
  bool owes_answer_ = false;
  unsigned conflicts_ = 0;
  bool settled_ = false;
  unsigned settled_at_ = 0;
  bool over_ = false;
  std::string failure_;
  std::deque<std::string> notes_;  // the last that happened
  Tally tally_;

  test::EventTimer tick_;
  test::EventTimer advance_;
};

}  // namespace encke::soak
