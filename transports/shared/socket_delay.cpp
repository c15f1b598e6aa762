// How long a peer may take over what it has begun to send.
//
// What comes whole costs nothing here: the stream has a deadline only while something is there in part.
#include "transports/shared/socket_carrier.hpp"

#include "server/core/guard.hpp"

#include <cstdint>
#include <utility>

namespace encke::sockets {

bool SocketCarrier::heard() const {
  if (stream_.behind()) return true;
  if (!heard_) return false;
  if (framing_ == Framing::raw) return true;
  // In the midst of a frame nobody can answer.
  return rare_ && wire_.begun(state()).part != Begun::Part::nothing;
}

void SocketCarrier::time_what_began(bool messages, bool frames) {
  if (session_ == nullptr) return;  // the deadline is for its first frame, or its close
  const Begun begun = wire_.begun(state());
  if (begun.part == Begun::Part::nothing) {
    forget_what_began();
    return;
  }
  const auto bytes = static_cast<std::uint32_t>(begun.bytes);
  // Control frames may end in the midst of a message, which is the same one still.
  const bool same = rare_->timed == begun.part && !messages && !(frames && begun.part == Begun::Part::frame);
  if (same && bytes - rare_->timed_bytes < kTimedBytes) return;
  rare_->timed = begun.part;
  rare_->timed_bytes = bytes;
  const ServerLimits& limits = stream_.loop().limits();
  stream_.set_deadline(begun.part == Begun::Part::frame ? limits.head_time : limits.body_time);
}

void SocketCarrier::forget_what_began() {
  if (rare_->timed == Begun::Part::nothing) return;
  rare_->timed = Begun::Part::nothing;
  stream_.clear_deadline();
}

void SocketCarrier::on_deadline() {
  if (session_ != nullptr && rare_ && rare_->timed != Begun::Part::nothing) {
    end_for_delay();
    return;
  }
  if (rare_ && rare_->unjoined) count_refused(stream_, Refusal::late);
  over_ = true;
  if (session_ != nullptr) std::exchange(session_, nullptr)->detach(*this, Detach::lost);
  stream_.close();
}

void SocketCarrier::end_for_delay() {
  count_refused(stream_, Refusal::late);
  const CloseReason reason{
      close_code::kPolicy,
      rare_->timed == Begun::Part::frame
          ? "a frame's header, or a control frame, did not come in time; expected all of it"
          : "a message did not come in time; expected its end, or 64 KiB more of it"};
  close_by_peer(reason, reason);
}

}  // namespace encke::sockets
