// A raw two-way byte stream to one peer, as everything above the sockets sees it.
#pragma once

#include "server/core/loop_context.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace encke {

/// One connection: plain TCP, or what TLS makes of it. Lives on one loop and belongs to it; it is destroyed
/// at the end of the turn in which it was closed or lost, never inside a call to it.
class ByteStream {
 public:
  /// Who reads and writes the stream right now. The stream owns it. The stream must not be closed by the
  /// owner's destructor; apart from that an owner may call any method of the stream from any of these.
  class Owner : public Disposable {
   public:
    /// Bytes came. They may be changed in place; they are gone when this returns. Not called while paused.
    virtual void on_bytes(std::span<char> bytes) = 0;
    /// All that was written has left, after a time when the socket would not take it.
    virtual void on_drained() {}
    /// The peer has ended its side in order, and reads on, perhaps. True: the stream stays open for what is
    /// written, until the owner ends it, or it breaks; no bytes come any more. False: it is lost.
    virtual bool on_ended() { return false; }
    /// Asked when the peer takes no more of what is written. True: what it has sent before still comes, up to
    /// its end or its loss, and what is written is dropped. False: it is lost at once.
    virtual bool reads_to_the_end() const { return false; }
    /// The peer has ended the stream, or it broke. Nothing more is called but the destructor.
    virtual void on_lost() = 0;
    /// The time set by set_deadline() is up. Later where bytes have come that could not be given sooner.
    virtual void on_deadline() {}
  };

  /// Replaces the owner; the old one is destroyed at the end of the turn, without on_lost().
  virtual void set_owner(std::unique_ptr<Owner> owner) = 0;

  /// Copies what the socket does not take. Writes of one turn leave together. After close(), abort() or a
  /// loss it does nothing; a failed write shows later as on_lost(), never inside this call.
  virtual void write(std::string_view bytes) = 0;
  /// Bytes written that have not reached the kernel.
  virtual std::size_t queued() const = 0;

  /// Ends the stream once what is queued has left; reads no more into the owner. No event follows: on_lost()
  /// is not called for a stream that its owner closed. The peer gets a bounded time to take what is left.
  virtual void close() = 0;
  /// As close(), but where the kernel has taken all that is written, and nothing has come that was not read,
  /// the stream ends at once, and nobody waits for the peer. For a last, short word to peers that have
  /// nothing more to say; what they send later all the same may cost them that word.
  virtual void leave() = 0;
  /// Ends the stream at once, what is queued is lost. No event follows.
  virtual void abort() = 0;

  /// Stops and restarts on_bytes(); the peer is slowed by its own full socket.
  virtual void pause() = 0;
  virtual void resume() = 0;

  /// Calls `work`, by which the owner deals with bytes that it had put off: what that costs is held against
  /// the stream as if they had come now.
  virtual void catch_up(const std::function<void()>& work) = 0;

  /// Whether bytes have come that on_bytes() was not given yet, while it is not paused: what the peer is
  /// waited for may stand among them.
  virtual bool behind() const = 0;

  /// on_deadline() after `delay` unless set anew or cleared. One deadline a stream.
  virtual void set_deadline(Millis delay) = 0;
  virtual void clear_deadline() = 0;

  /// The peer has said what it came for: it is not among those any more of which only so many may wait.
  virtual void greeted() {}

  /// The system is to hold no more than about so many bytes that are not on their way to the peer yet; the
  /// rest is queued() for longer. For what is worth less the later it comes.
  virtual void limit_unsent(std::size_t) {}

  /// Moves the connection to loop `worker`, where a new owner is given `unread` before all that comes. This
  /// object dies at the end of the turn. What is queued goes along. A stream that
  /// was lost in this turn stays, and its owner is told.
  virtual void hand_over(unsigned worker, std::string unread) = 0;

  /// The peer's numeric address without its port, or its client's; lives as long as the stream.
  virtual std::string remote_address() const = 0;
  /// The peer is a proxy that is believed, and all that it sends from now on is this client's.
  virtual void speaks_for(std::string_view client) = 0;
  /// True where the bytes are encrypted between the peer and us.
  virtual bool secure() const = 0;
  /// The loop that this stream lives on.
  virtual const LoopContext& loop() const = 0;

 protected:
  ~ByteStream() = default;
};

}  // namespace encke
