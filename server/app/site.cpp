// What one loop serves.
#include "server/app/site.hpp"

#include "server/app/client_files.hpp"
#include "server/app/feed_page.hpp"
#include "server/http/content.hpp"
#include "transports/shared/sockjs_service.hpp"

#include <algorithm>
#include <utility>

namespace encke {

bool Contents::has(const std::string& path) const {
  const auto taken = [&path](const auto& entry) { return entry.path == path; };
  return std::any_of(services.begin(), services.end(), taken) ||
         std::any_of(folders.begin(), folders.end(), taken) || std::any_of(feeds.begin(), feeds.end(), taken);
}

Site::Site(const LoopContext& loop, const Contents& contents,
           std::span<const std::unique_ptr<Transport>> transports, const ServerOptions& options,
           std::function<bool()> ready)
    : loop_(loop),
      transports_(transports),
      options_(options),
      all_sent_(loop.limits(), loop.workers),
      shared_(router_, Networks(options.trusted_proxies)) {
  shared_.limits = http::limits_of(loop.limits());
  for (const ServiceEntry& entry : contents.services) add(entry);
  for (const FeedEntry& entry : contents.feeds) add(entry);
  for (const FolderEntry& entry : contents.folders) add(entry);
  if (options.health) router_.mount("/health", make_health_page(std::move(ready)));
  for (const auto& [path, file] : client_files()) {
    router_.mount(std::string(path), http::make_memory_file(file));
  }
}

std::function<void(std::string_view)> Site::fault_of(const std::string& path) const {
  return [path, on_trouble = options_.on_trouble](std::string_view what) {
    if (on_trouble) on_trouble("the service " + path + " threw: " + std::string(what));
  };
}

void Site::add(const ServiceEntry& entry) {
  Throttle* throttle = nullptr;
  if (Throttle::is_needed(entry.options.limits, loop_.limits())) {
    auto made = std::make_unique<Throttle>(loop_.timers, entry.options.limits, loop_.workers, all_sent_);
    throttle = throttles_.emplace_back(std::move(made)).get();
  }
  const auto open = [&](Sessions::Kind kind) {
    Sessions& sessions = *sessions_.emplace_back(std::make_unique<Sessions>(
        loop_, entry.path, entry.options, entry.service, fault_of(entry.path), kind, entry.counts));
    sessions.set_throttle(throttle);
    if (options_.on_session_over) sessions.tell_ends(options_.on_session_over);
    return &sessions;
  };
  Gate* gate = nullptr;
  if (entry.authorizer) {
    auto made = std::make_unique<Gate>(entry.authorizer, entry.access, fault_of(entry.path));
    gate = gates_.emplace_back(std::move(made)).get();
  }
  const Placed placed{
      .resumable = open(Sessions::Kind::resumable), .plain = open(Sessions::Kind::plain), .gate = gate};
  by_path_.insert_or_assign(entry.path, placed);
  mount(entry.path, placed);
}

void Site::mount(const std::string& path, const Placed& placed) {
  if (auto before = router_.unmount(path)) replaced_.push_back(std::move(before));
  auto facade = std::make_unique<facade::FacadeService>(*placed.resumable, transports_, options_.on_report,
                                                        facade::kMostWaiting, placed.gate);
  router_.mount(path, std::make_unique<sockjs::SockjsService>(*placed.plain, transports_, std::move(facade),
                                                              placed.gate));
}

void Site::add(const FolderEntry& entry) {
  by_path_.erase(entry.path);  // a service that was removed, and may still be letting its clients go
  if (auto before = router_.unmount(entry.path)) replaced_.push_back(std::move(before));
  router_.mount(entry.path, http::make_static_files(entry.folder));
}

void Site::add(const FeedEntry& entry) {
  by_path_.erase(entry.path);
  if (auto before = router_.unmount(entry.path)) replaced_.push_back(std::move(before));
  router_.mount(entry.path, make_feed_page(entry.type, entry.service, fault_of(entry.path)));
}

void Site::configure(std::string_view path, const ServiceOptions& options) {
  sweep();
  const auto found = by_path_.find(path);
  if (found == by_path_.end()) return;
  found->second.resumable->set_options(options);
  found->second.plain->set_options(options);
  mount(found->first, found->second);
}

void Site::remove(const std::string& path) {
  sweep();
  const auto found = by_path_.find(path);
  if (found == by_path_.end()) {
    if (auto before = router_.unmount(path)) replaced_.push_back(std::move(before));
    return;
  }
  // Its pages have to find it once more to hear of it, so it stays in its place till then.
  Left& left = *left_.emplace_back(std::make_unique<Left>());
  for (auto& sessions : sessions_) {
    const bool its = sessions.get() == found->second.resumable || sessions.get() == found->second.plain;
    if (its) left.sessions.push_back(std::move(sessions));
  }
  std::erase(sessions_, nullptr);
  Sessions* const resumable = found->second.resumable;
  left.departure = std::make_unique<Departure>(
      loop_, DrainOptions{}, [&left] { return Departure::All(left.sessions); },
      [this, &left, path, resumable] {
        for (const auto& sessions : left.sessions)
          sessions->close_all(close_code::kGoingAway, kGoingAwayText);
        const auto now_there = by_path_.find(path);
        if (now_there == by_path_.end() || now_there->second.resumable != resumable) return;
        by_path_.erase(now_there);
        if (auto before = router_.unmount(path)) replaced_.push_back(std::move(before));
      });
}

void Site::sweep() {
  const auto waits = [](const auto& gate) { return gate->undecided() > 0; };
  if (std::any_of(gates_.begin(), gates_.end(), waits)) return;  // for what is to serve it then
  replaced_.clear();
  std::erase_if(left_, [this](const std::unique_ptr<Left>& left) {
    const auto& all = left->sessions;
    const auto serves = [&all](const auto& each) {
      return std::any_of(all.begin(), all.end(),
                         [&each](const auto& sessions) { return sessions.get() == each.second.plain; });
    };
    return std::none_of(by_path_.begin(), by_path_.end(), serves) &&
           std::all_of(all.begin(), all.end(), [](const auto& sessions) { return sessions->deserted(); });
  });
}

std::unique_ptr<ByteStream::Owner> Site::open(ByteStream& stream) {
  return std::make_unique<http::Connection>(stream, shared_);
}

Sessions* Site::find(std::string_view path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : found->second.resumable;
}

void Site::gather(Collected& into) const {
  for_all([&into](Sessions& sessions) { gather_sessions(sessions, into); });
}

bool Site::close(const CloseOrder& order) {
  const auto is = [&order](const Session& session) { return session_key(session) == order.session; };
  bool found = false;
  for_all([&](Sessions& sessions) { found = found || sessions.close_where(is, order.code, order.reason); });
  return found;
}

void Site::close_all() {
  for_all([](Sessions& sessions) { sessions.close_all(close_code::kGoingAway, kGoingAwayText); });
}

void Site::drain(const DrainOptions& options, std::function<void()> done) {
  if (departure_) return;
  departure_ = std::make_unique<Departure>(
      loop_, options, [this] { return Departure::All(sessions_); }, std::move(done));
}

}  // namespace encke
