// Datagrams as a source.
#include "server/services/udp_source.hpp"

#include <optional>
#include <stdexcept>

namespace encke::services {

namespace {

net::DatagramAddress address_of(const UdpSource& options) {
  const std::optional<net::DatagramAddress> address = net::DatagramAddress::parse(options.address);
  if (!address) {
    throw std::runtime_error("cannot receive datagrams at \"" + options.address +
                             "\": expected a numeric address and a port, as \"239.1.2.3:9000\"");
  }
  if (!options.interface.empty() && !address->is_group()) {
    throw std::runtime_error("cannot receive datagrams at " + options.address +
                             ": an interface is for groups alone");
  }
  for (const std::string& network : options.from) {
    if (!Network::parse(network)) {
      throw std::runtime_error("\"" + network + "\" is no network, expected one as \"192.0.2.0/24\"");
    }
  }
  return *address;
}

}  // namespace

UdpFeedSource::UdpFeedSource(const UdpSource& options, const FeedSource* before)
    : from_(options.from),
      datagrams_(address_of(options), options.interface, [before]() -> const net::Datagrams* {
        const auto* const udp = dynamic_cast<const UdpFeedSource*>(before);
        return udp == nullptr ? nullptr : &udp->datagrams_;
      }()) {}

void UdpFeedSource::start(net::Loop& loop, FeedSink& sink) {
  sink_ = &sink;
  datagrams_.start(loop, *this);
}

void UdpFeedSource::on_datagram(std::string_view bytes, const Address& from, bool whole) {
  if (!from_.empty() && !from_.holds(from)) {
    sink_->on_stranger();
  } else if (!whole) {
    sink_->on_too_large();
  } else {
    sink_->on_message(bytes);
  }
}

}  // namespace encke::services
