// Datagrams as the source of a live feed.
#pragma once

#include "server/core/address.hpp"
#include "server/net/datagrams.hpp"
#include "server/services/feed_source.hpp"

#include <encke/live_feed.hpp>

namespace encke::services {

class UdpFeedSource final : public FeedSource, private net::Datagrams::Reader {
 public:
  /// Binds. `before`, which may be null, is the source whose place this takes. Throws std::runtime_error with
  /// a text for an operator.
  UdpFeedSource(const UdpSource& options, const FeedSource* before);

  void start(net::Loop& loop, FeedSink& sink) override;
  void stop() override { datagrams_.stop(); }
  std::uint64_t lost() const override { return datagrams_.lost(); }
  /// With the port that the system chose.
  const net::DatagramAddress& address() const { return datagrams_.address(); }

 private:
  void on_datagram(std::string_view bytes, const Address& from, bool whole) override;
  void on_pause() override { sink_->on_pause(); }

  const Networks from_;
  net::Datagrams datagrams_;
  FeedSink* sink_ = nullptr;
};

}  // namespace encke::services
