// One TCP connection on a loop.
#pragma once

#include "server/core/byte_stream.hpp"
#include "server/net/loop.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace encke::net {

struct TlsBuffers;
class TlsSession;

/// Owned by its loop. While nothing is unsent it owns no buffer: reads go through the loop's, writes gather
/// there.
class Stream : public ByteStream, public Disposable, public Turn::Task {
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
  void set_deadline(Millis delay) override;
  void clear_deadline() override;
  bool behind() const override;
  void catch_up(const std::function<void()>& put_off) override;
  void hand_over(unsigned worker, std::string unread) override;
  std::string remote_address() const override;
  void speaks_for(std::string_view client) override;
  void greeted() override;
  void limit_unsent(std::size_t bytes) override;
  bool secure() const override { return false; }
  const LoopContext& loop() const override { return loop_.context_; }

  /// Bytes that were read before this stream had its owner.
  void feed(std::span<char> bytes) { owner_->on_bytes(bytes); }
  /// Bytes that were read of this connection where it lived before, and its portion and mark there.
  void settle_in(std::span<char> bytes, std::uint8_t portion, std::uint8_t mark);
  /// All is here that came along.
  virtual void settled() {}
  bool is_open() const { return state_ == State::open; }

  // ---- called by the loop ----

  /// The socket is ready for `what`, of Sockets.
  void on_ready(std::uint32_t what);
  void on_deadline_passed();
  /// It rests, and may read now.
  void take_turn();
  void end_of_turn();

 protected:
  /// Bytes came from the socket.
  virtual void received(std::span<char> bytes) { feed(bytes); }
  /// Sends, behind what is unsent. Nothing where the stream is not open.
  virtual void pass(std::string_view bytes);
  /// Puts what tells the peer of the end, before the socket does, behind all that was written.
  virtual void say_end() {}
  virtual std::unique_ptr<TlsSession> take_session();
  /// What is read costs much by itself, and is no sign of what is to come.
  virtual bool is_shaking_hands() const { return false; }

  /// Waits for the first bytes that tell what is spoken, from now on.
  void greet_anew();
  void peer_has_ended();
  void lose();
  /// Closes on the loop's behalf: the owner is told that the stream is lost to it.
  void dismiss();
  TlsBuffers& tls_buffers();

 private:
  friend class Loop;
  struct Unsent;
  /// Read and dropped when the owner has closed it; more is left where it is.
  static constexpr unsigned kLingerBytes = 1 << 20;
  enum class State : unsigned char {
    open,
    closing,  // the owner is gone, what is unsent leaves
    ended,    // the peer was told that nothing more comes; waiting for it to end too
    lost,     // broken; the owner hears of it at the end of the turn
    dead,     // buried
  };

  /// Reads once. `ending`: behind the bytes that have come is the end, or an error. Whether that cost so much
  /// that the stream has to rest.
  bool on_readable(bool ending);
  /// Whether a deadline that has passed is put off, since what it is for may have come.
  bool spare();
  void forget_sparing() {
    spared_ = 0;
    to_be_read_ = false;
  }
  /// Is not read until the loop's Heavy says so.
  void rest();
  bool has_unread() const;
  void wait_for_turn();
  /// What is weighed: from begin_work() until costs_much(), which says the same.
  struct Work {
    bool counts;  // it does not stand in another
    bool shaking_hands;
    Turn::Asked asked;
    std::chrono::steady_clock::time_point begin;
  };
  struct Read {
    std::size_t bytes = 0;
    bool filled = false;  // all of the stream's portion
    bool more = false;    // all that was asked for
  };
  Work begin_work();
  bool costs_much(const Work& work, const Read& read);
  void on_writable();
  void send_now(std::string_view bytes);
  /// The socket takes nothing any more; `error` says why.
  void lose_writing(int error);
  void keep(std::string_view bytes);
  /// For whoever closes: sends what was written, and the owner is told nothing any more. Whether the stream
  /// is open still.
  bool let_owner_go();
  /// Until what is unsent has left, and the peer has ended its side: both for a bounded time.
  void linger_on();
  void shut();
  /// Whether an ended stream waits once more, for what is on its way to a peer that goes on sending.
  bool lingers_on();
  void die();
  void read_on(bool on);
  /// Is told from now on when the socket is ready for `wanted`, of Sockets.
  void watch(std::uint32_t wanted);

  // Each byte here is one of every idle connection; this one's are full.
  State state_ : 5 = State::open;
  bool peer_ended_ : 1 = false;
  bool unheard_ : 1 = false;    // the peer takes no more of what is written; it is read to its end
  bool was_reset_ : 1 = false;  // and that is no end in order
  std::uint8_t watched_ = 0;
  std::uint8_t mark_ = 0;  // of Heavy's, as portion_
  int socket_;
  unsigned dropped_ = 0;         // bytes read since the owner closed the stream
  bool resting_ = false;         // is read when the loop's Heavy says so, which has it unless it is paused
  bool paused_ = false;          // by its owner
  std::uint8_t spared_ : 7 = 0;  // how often its deadline was put off
  bool to_be_read_ : 1 = false;  // once, before that is done again
  std::uint8_t portion_ = Heavy::kUsualPortion;
  Loop& loop_;
  std::unique_ptr<Owner> owner_;
  std::unique_ptr<Unsent> unsent_;  // what the socket refused
};

}  // namespace encke::net
