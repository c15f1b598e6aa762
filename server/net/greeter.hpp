// The first owner of a stream: waits for the bytes that tell what the connection speaks.
#pragma once

#include "server/net/sniffer.hpp"

#include <memory>
#include <span>
#include <string>

namespace encke::net {

class Stream;

/// Gives its stream to whom the sniffer chooses, and hands on what has come.
class Greeter final : public ByteStream::Owner {
 public:
  /// Both outlive this.
  Greeter(Stream& stream, const Sniffer& sniffer);

  void on_bytes(std::span<char> bytes) override;
  void on_lost() override {}
  void on_deadline() override;

 private:
  Stream& stream_;
  const Sniffer& sniffer_;
  std::string early_;  // first bytes that do not yet tell
};

/// Gives `stream` to the owner that `opener` makes; without one the stream is aborted. False where the stream
/// is not open behind that.
bool open_with(Stream& stream, const Sniffer::Opener& opener);

}  // namespace encke::net
