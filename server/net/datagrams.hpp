// A socket for datagrams that come: bound to an address, or a member of a multicast group.
#pragma once

#include "server/core/address.hpp"
#include "server/net/loop.hpp"

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace encke::net {

/// Where datagrams are sent to.
struct DatagramAddress {
  Address address;
  std::uint16_t port = 0;

  /// "127.0.0.1:9000", "[ff15::7]:9000": numeric. Nothing for all else.
  static std::optional<DatagramAddress> parse(std::string_view text);
  bool is_group() const;
  std::string text() const;

  bool operator==(const DatagramAddress&) const = default;
};

/// One socket, read on one loop from start() to stop().
class Datagrams {
 public:
  /// Told of what comes; outlives the reading, and may stop() it in any call.
  class Reader {
   public:
    /// The bytes are valid during the call. `whole` false: it was longer, and this is its beginning.
    virtual void on_datagram(std::string_view bytes, const Address& from, bool whole) = 0;
    /// No more come in this turn.
    virtual void on_pause() = 0;

   protected:
    ~Reader() = default;
  };

  static constexpr std::size_t kMostAtOnce = 64;  ///< are read by one call
  static constexpr std::size_t kMostATurn =
      1024;  ///< and by such calls in one turn, so that others are served too
  static constexpr std::size_t kMostBytesATurn = 2u << 20;  ///< the same in bytes, but for one such call
  static constexpr std::size_t kLongest = 65'507;

  /// Binds; of a group it becomes a member on `interface`, a name or an address; empty: the system chooses.
  /// `before`, which may be null: one that this takes the place of; where it is bound to the same address,
  /// both share its socket. Throws std::runtime_error with a text that says what is wrong.
  Datagrams(const DatagramAddress& where, std::string interface, const Datagrams* before = nullptr);
  ~Datagrams();
  Datagrams(const Datagrams&) = delete;
  Datagrams& operator=(const Datagrams&) = delete;

  /// From now on they are read on `loop`. A loop that has not begun to run, or on its thread, as stop().
  void start(Loop& loop, Reader& reader);
  /// Closes the socket. A second call does nothing.
  void stop();

  /// With the port that the system chose.
  const DatagramAddress& address() const { return where_; }
  /// How many the system has dropped, since this was made. Any thread.
  std::uint64_t lost() const;

 private:
  struct Reading;
  static void on_event(int socket, short what, void* self);
  void read_some();
  /// Adds to `bytes` how much came. Whether there may be more.
  bool read_once(std::size_t& bytes);
  std::uint32_t dropped() const;  // with the lock held

  DatagramAddress where_;
  const std::string interface_;
  mutable std::mutex mutex_;  // of what follows, which any thread may ask of
  int socket_ = -1;
  std::uint32_t first_lost_ = 0;
  mutable std::uint64_t lost_ = 0;
  std::unique_ptr<Reading> reading_;
};

}  // namespace encke::net
