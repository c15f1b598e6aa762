// What is told of sessions that are over, kept beside them while they live: they hold nothing of it
// themselves.
#pragma once

#include <encke/session_end.hpp>
#include "server/core/timer_wheel.hpp"

#include <encke/channel.hpp>
#include <encke/close.hpp>

#include <functional>
#include <string>
#include <unordered_map>

namespace encke {

class Session;

/// One per Sessions, where somebody wants to be told.
class SessionRecords {
 public:
  using Sink = std::function<void(const SessionEnd&)>;
  explicit SessionRecords(Sink sink) : sink_(std::move(sink)) {}

  /// The service hears of the session.
  void begin(const Session& session, const Opening& opening, Millis now);
  /// It is over. Sessions of which the service never heard are not told of.
  void end(Session& session, const CloseReason& reason, Millis now);

 private:
  struct Record {
    std::string transport;
    std::string remote_address;
    std::string origin;
    Millis begin;
  };
  const Sink sink_;
  std::unordered_map<const Session*, Record> records_;
};

}  // namespace encke
