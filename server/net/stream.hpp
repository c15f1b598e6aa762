// One TCP connection on a loop.
#pragma once

#include "server/core/byte_stream.hpp"
#include "server/core/deadline.hpp"
#include "server/net/loop.hpp"

#include <event2/event.h>
#include <event2/event_struct.h>

#include <memory>
#include <string>

namespace encke::net {

/// Owned by its loop. While nothing is unsent it owns no buffer: reads go through the loop's, writes gather
/// there.
class Stream final : public ByteStream, public Disposable, private Turn::Task, private Deadline {
 public:
  /// What it speaks is `sniffer`'s to tell, which outlives it.
  Stream(Loop& loop, int socket, const Sniffer& sniffer);
  ~Stream() override;

  void set_owner(std::unique_ptr<Owner> owner) override;
  void write(std::string_view bytes) override;
  std::size_t queued() const override;
  void close() override;
  void leave() override;
  void abort() override;
  void pause() override;
  void resume() override;
  void set_deadline(Millis delay) override { set_deadline_in(delay); }
  void clear_deadline() override { forget_deadline(); }
  void hand_over(unsigned worker, std::string unread) override;
  std::string remote_address() const override;
  bool secure() const override { return false; }
  const LoopContext& loop() const override { return loop_.context_; }

  /// Bytes that were read before this stream existed.
  void feed(std::span<char> bytes);

 private:
  friend class Loop;
  struct Unsent;
  enum class State : unsigned char {
    open,
    closing,  // the owner is gone, what is unsent leaves
    ended,    // the peer was told that nothing more comes; waiting for it to end too
    lost,     // broken; the owner hears of it at the end of the turn
    dead,     // buried
  };

  static void on_event(evutil_socket_t socket, short what, void* self);
  void on_readable();
  void on_writable();
  TimerWheel& wheel() const override { return loop_.timers_; }
  void on_deadline_passed() override;
  void end_of_turn() override;
  void greet(std::span<char> bytes);
  /// False where the stream was refused, or ended by its opener.
  bool open_with(const Sniffer::Opener& opener);
  void send_now(std::string_view bytes);
  void keep(std::string_view bytes);
  void shut();
  void lose();
  /// Closes on the loop's behalf: the owner is told that the stream is lost to it.
  void dismiss();
  void die();
  void read_on(bool on);

  Loop& loop_;
  const Sniffer& sniffer_;
  std::unique_ptr<Owner> owner_;
  std::unique_ptr<Unsent> unsent_;      // what the socket refused
  std::unique_ptr<std::string> early_;  // first bytes that do not yet tell what the connection speaks
  Stream* next_ = nullptr;
  Stream* previous_ = nullptr;
  unsigned dropped_ = 0;  // bytes read since the owner closed the stream
  State state_ = State::open;
  bool paused_ = false;
  bool peer_ended_ = false;
  event readable_;
};

}  // namespace encke::net
