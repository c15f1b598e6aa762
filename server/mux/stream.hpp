// One stream of a multiplexed session: the carrier of a session of the service that it was opened to.
//
//             let in                 session closes, or the page's mistake: CLOSE follows what is queued
//   asking ───────────▶ open ────────────────────────────────────────────────▶ closing ──┐ the page's CLOSE
//      │ refused: CLOSE   │ the page's CLOSE: answered                                   ▼
//      └──────────────────┴──────────────────────────────────────────────────────────▶ gone
//
// The session is one like that of a raw WebSocket: it has the service's outbox, policies, limits and counts,
// and lives and dies with this carrier.
#pragma once

#include "server/core/session.hpp"
#include "server/core/transport.hpp"
#include "server/core/turn.hpp"
#include "server/mux/arrivals.hpp"
#include "server/mux/departures.hpp"
#include "server/mux/frames.hpp"
#include "server/mux/question.hpp"

#include <encke/close.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace encke::mux {

class Mux;

/// Owned by its Mux.
class Stream final : public Carrier, public Disposable {
 public:
  Stream(Mux& mux, std::uint32_t id) : mux_(mux), id_(id) {}
  ~Stream() override;

  std::uint32_t id() const { return id_; }
  /// Begins with the page's OPEN.
  void ask(const mux::Frame& frame);

  // ---- what the page says ----
  void take_piece(const mux::Frame& piece);
  void take_credit(std::uint32_t bytes);
  void take_close(const CloseReason& reason);

  // ---- what the page is told ----
  /// Whether send_next() would send something.
  bool has_to_send() const;
  /// Sends one frame to the page. False, and nothing has happened, where the session takes no more.
  bool send_next(Channel& to);
  /// Both sides have closed, or the page was refused: nothing of it is left to say or to hear.
  bool gone() const { return close_sent_ && (page_closed_ || !opened_sent_); }
  /// It has not opened, and will not.
  void refuse(std::uint16_t code, std::string text);
  /// The session that carries it is over, for this reason.
  void over(const CloseReason& reason);

  bool awake = false;  ///< its Mux's: it stands among those that may have something to send

  // ---- Carrier ----
  Taken write(std::span<const encke::Frame> frames) override;
  void finish(Detach why) override;
  void released() override;
  std::string peer_address() const override;

 private:
  void open(const std::shared_ptr<const AccessAnswer>& answer);
  /// The page's mistake ends it.
  void fail(CloseReason reason);
  void close_with(CloseReason reason);
  void end_question();
  /// Whether the service takes more from the page now.
  bool accepts() const;
  bool owes_credit() const;
  bool send(Channel& to, const mux::Frame& frame) const;

  Mux& mux_;
  const std::uint32_t id_;
  std::unique_ptr<Question> question_;
  Session* session_ = nullptr;
  std::string path_;                  // while it is asked about
  std::string protocol_;              // that was chosen
  std::optional<CloseReason> close_;  // to be sent behind all else, or sent
  Arrivals arrivals_;
  Departures departures_;
  std::int64_t credit_ = 0;  // of the page
  std::uint32_t window_ = 0;
  std::uint32_t used_ = 0;  // of it, and not given back yet
  bool to_open_ = false;    // OPENED is to be sent
  bool opened_sent_ = false;
  bool close_sent_ = false;
  bool page_closed_ = false;
  bool full_ = false;  // the session waits for ready()
};

}  // namespace encke::mux
