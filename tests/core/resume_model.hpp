// A resumable session with a page at its other end and a network between them that loses, delays, repeats and
// reorders: each event is a call, and after each the session is held against a model of PROTOCOL 6.
//
// A message is the text of a serial; serials rise by one for each message, so a model of a direction is a
// list of them. What does not hold is kept as the first words of broken(); nothing is thrown through the
// session.
#pragma once

#include "server/core/sessions.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke::test {

class ResumeModel {
 public:
  /// How much a carrier takes of what it is offered, and what then.
  struct Take {
    std::size_t frames = static_cast<std::size_t>(-1);
    Taken::Then then = Taken::Then::more;
  };
  /// Asked at each write of a carrier; by default it takes all.
  using Appetite = std::function<Take(std::size_t offered)>;

  /// With `trace` each event goes to standard error.
  explicit ResumeModel(TimerWheel& timers, ServiceOptions options, Appetite appetite = {},
                       bool trace = false);
  ~ResumeModel();
  ResumeModel(const ResumeModel&) = delete;
  ResumeModel& operator=(const ResumeModel&) = delete;

  // ---- what the service does ----
  void service_sends(std::size_t size);
  void service_closes();
  void service_pauses();
  void service_resumes();

  // ---- what the page does ----
  void page_says(std::size_t size);
  /// Puts a request on its way: up to `count` messages, the first of them `from` behind the first that is not
  /// acknowledged, or before it; not beyond what was sent already.
  void page_posts(int from, std::size_t count);
  /// A carrier of the number `higher` above the last one.
  void page_joins(int higher, std::uint64_t stated, bool tell = true, bool answers = false);
  /// States that all below `number` has arrived, in whatever way.
  void page_acknowledges(std::uint64_t number);
  void page_closes();

  // ---- what the network does ----
  /// The oldest `count` frames in carrier number `index` reach the page.
  void frames_arrive(std::size_t index, std::size_t count);
  enum class Answer : std::uint8_t {
    arrives,
    is_lost,
    is_none,  ///< it was no request, but came over a socket
  };
  /// A request reaches the server; `again` leaves a copy on its way.
  void post_arrives(std::size_t index, bool again, Answer answer);
  void post_is_lost(std::size_t index);
  /// A request with `count` messages comes, the first of which would be `beyond` and one behind the next.
  void post_is_forged(std::uint64_t beyond, std::size_t count);
  /// What is in the carrier never arrives. With `told` the server sees that it is gone.
  void link_breaks(std::size_t index, bool told);

  // ---- what the carrier at work, the loop and the clock do ----
  void carrier_ends();  ///< in order, by itself
  void carrier_is_ready();
  void carrier_is_alive();
  void carrier_is_closed();  ///< by the browser, as a WebSocket's
  void turn_ends();
  void time_passes(Millis time);

  /// From here on nothing is lost any more, and both ends keep to their rules: all must arrive, without a
  /// clock.
  void settles();

  bool over() const { return session_ == nullptr; }
  bool paused() const { return paused_; }
  std::size_t links() const { return links_.size(); }
  std::size_t posts() const { return posts_.size(); }
  std::uint64_t arrived() const { return arrived_; }
  std::uint64_t sent_down() const { return down_.size(); }
  std::uint64_t heard() const { return heard_; }
  std::uint64_t said_up() const { return said_.size(); }
  /// How many calls have done something: one for which the time has not come does nothing.
  std::size_t steps() const { return steps_; }
  const std::string& broken() const { return broken_; }

 private:
  static constexpr const char* kId = "resumable";
  static constexpr std::uint16_t kServerCode = 3000;
  static constexpr std::uint16_t kPageCode = 1000;
  struct Link;
  struct Post;
  struct Down {
    std::uint64_t serial;
    std::size_t cost;
  };
  struct Snapshot {
    std::uint64_t first = 0;
    std::uint64_t next = 0;
    std::uint64_t sent = 0;
    std::uint64_t end = 0;
    std::uint64_t delivered = 0;
    std::size_t cost = 0;
    bool operator==(const Snapshot&) const = default;
  };

  void expect(bool holds, std::string_view what);
  void event(const char* name, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0);
  void opened(Channel& channel);
  void heard(const Message& message);
  void closed(const CloseReason& reason);
  void gone(const Link& link);
  Snapshot snapshot() const;
  std::size_t cost_between(std::uint64_t from, std::uint64_t to) const;
  std::uint64_t believable(std::uint64_t number) const;
  void state_arrived(std::uint64_t number);
  void refused_for_its_gap(std::uint64_t first, const std::vector<Message>& messages);
  void want_writable();
  void told(std::uint64_t number);
  void after(bool turn_ended = false);
  void check_numbers();
  void check_turn();

  static Message down_message(const Down& down);
  static Message up_message(std::uint64_t number, std::size_t size);

  const ServiceOptions options_;
  Appetite appetite_;
  const bool tracing_;
  std::size_t steps_ = 0;
  std::string broken_;

  TimerWheel& timers_;
  Turn turn_;
  std::vector<std::unique_ptr<Link>> links_;
  std::vector<std::unique_ptr<Post>> posts_;
  std::unique_ptr<Post> waiting_;  // its answer is held back
  std::unique_ptr<Sessions> sessions_;
  Session* session_ = nullptr;
  Channel* channel_ = nullptr;

  // down
  std::vector<Down> down_;  // by number
  std::uint64_t serial_ = 0;
  std::uint64_t taken_ = 0;         // one behind the last that some carrier took
  std::uint64_t acknowledged_ = 0;  // the highest statement that reached the server
  std::uint64_t arrived_ = 0;       // at the page
  std::size_t unsaid_cost_ = 0;
  Link* current_ = nullptr;
  Link* joining_ = nullptr;
  std::uint64_t last_number_ = 0;
  Millis gone_at_;
  bool wants_writable_ = false;
  std::uint64_t wanted_at_ = 0;  // the outbox's first number when it was last wanted
  bool page_saw_close_ = false;
  std::uint64_t dropped_ = 0;
  std::uint64_t blocked_ = 0;
  std::uint64_t fell_behind_ = 0;
  std::uint64_t lowest_ = 0;  // the outbox's first number when it was last looked at

  // up
  std::vector<std::size_t> said_;  // sizes, by number
  std::uint64_t base_ = 0;         // the page knows that all below was delivered
  std::uint64_t posted_ = 0;       // one behind the last that ever went
  std::uint64_t accepted_ = 0;     // reached the server in order
  std::uint64_t heard_ = 0;        // by the service
  std::uint64_t told_ = 0;
  std::size_t told_cost_ = 0;  // of what was heard since it was last told
  bool paused_ = false;
  bool closing_ = false;
  bool page_closed_ = false;  // its close has reached the server
  Millis page_closed_at_{0};
  int closes_ = 0;
  bool displacing_ = false;  // a send takes the place of one whose answer is held back
  bool ending_ = false;      // a carrier was told that the session is over
};

}  // namespace encke::test
