// STARTTLS of XMPP, as a gateway speaks it to a server.
#include "server/services/xmpp_starttls.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace encke::services::xmpp {

StartTls::StartTls(const Header& header, bool required, std::size_t longest)
    // Nobody else is to read who comes; the header within TLS says it.
    : opening_(stream_header({.to = header.to, .version = header.version})),
      required_(required),
      reader_(longest) {}

net::Prelude::Step StartTls::feed(std::string_view bytes, std::string& out) {
  if (!std::exchange(begun_, true)) out += opening_;
  taken_ += bytes.size();
  if (taken_ > kMostBytes) return fail("the server says too much before TLS");
  std::vector<StreamEvent> events;
  const bool good = reader_.feed(bytes, events);
  for (std::size_t at = 0; at < events.size(); ++at) {
    const Step step = take(events[at], out);
    if (step == Step::secure && (at + 1 < events.size() || reader_.behind() > 0 || !good))
      return fail("something stood behind <proceed/> that is not encrypted");
    if (step != Step::more) return step;
  }
  return good ? Step::more : fail(reader_.fault().text);
}

net::Prelude::Step StartTls::take(const StreamEvent& event, std::string& out) {
  if (event.kind == StreamEvent::Kind::opened) return Step::more;
  if (event.kind == StreamEvent::Kind::ended) return fail("the server ended the stream before TLS");
  if (event.space == kStreamsSpace && event.local == "error")
    return fail("the server refused the stream: " + event.message);
  if (asked_) {
    if (event.space == kTlsSpace && event.local == "proceed") return Step::secure;
    return fail("expected <proceed/>, found " + event.message);
  }
  if (event.space != kStreamsSpace || event.local != "features")
    return fail("expected <stream:features>, found " + event.message);
  if (event.offers_tls) {
    asked_ = true;
    out += "<starttls xmlns='" + std::string(kTlsSpace) + "'/>";
    return Step::more;
  }
  return required_ ? fail("the server does not offer STARTTLS") : Step::plain;
}

net::Prelude::Step StartTls::fail(std::string text) {
  // For the log: a line, and not all that a server may say.
  constexpr std::size_t kMostTold = 200;
  if (text.size() > kMostTold) text.resize(kMostTold);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c == '\x7f'; }, ' ');
  fault_ = std::move(text);
  return Step::failed;
}

}  // namespace encke::services::xmpp
