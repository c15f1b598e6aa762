// What one loop serves.
#include "server/app/site.hpp"

#include "server/app/client_files.hpp"
#include "server/app/feed_page.hpp"
#include "server/http/content.hpp"

#include <algorithm>
#include <utility>

namespace encke {

namespace {

/// At a router, for a place.
class WayIn final : public http::Resource {
 public:
  explicit WayIn(Place& place) : place_(place) {}
  http::Admission admit(http::Request& request, std::string_view rest) override {
    return place_.admit(request, rest);
  }

 private:
  Place& place_;
};

}  // namespace

Site::Site(const LoopContext& loop, const Contents& contents,
           std::span<const std::unique_ptr<Transport>> transports, const ServerOptions& options,
           const Networks& trusted, std::function<bool()> ready)
    : loop_(loop),
      transports_(transports),
      options_(options),
      all_sent_(loop.limits(), loop.workers),
      shared_(router_, trusted) {
  shared_.limits = http::limits_of(loop.limits());
  for (const ServiceEntry& entry : contents.services) add(entry);
  for (const FeedEntry& entry : contents.feeds) add(entry);
  for (const FolderEntry& entry : contents.folders) add(entry);
  if (options.health) router_.mount("/health", make_health_page(std::move(ready)));
  for (const auto& [path, file] : client_files()) {
    router_.mount(std::string(path), http::make_memory_file(file));
  }
}

Site::~Site() {
  // Their streams are sessions of the others. Handlers that they call may ask for what is here meanwhile.
  std::vector<std::unique_ptr<Place>> carrying;
  for (auto& place : places_) {
    if (place->carries()) carrying.push_back(std::move(place));
  }
  std::erase(places_, nullptr);
}

std::optional<mux::Target> Site::target(std::string_view path) const {
  Place* const place = at(path);
  if (place == nullptr || place->carries()) return std::nullopt;
  return place->target();
}

std::function<void(std::string_view)> Site::fault_of(const std::string& path) const {
  return [path, on_trouble = options_.on_trouble](std::string_view what) {
    if (on_trouble) on_trouble("the service " + path + " threw: " + std::string(what));
  };
}

Place* Site::at(std::string_view path) const {
  const auto is = [path](const auto& place) { return place->is_mounted() && place->path() == path; };
  const auto found = std::find_if(places_.begin(), places_.end(), is);
  return found == places_.end() ? nullptr : found->get();
}

void Site::mount(const std::string& path, std::unique_ptr<http::Resource> resource) {
  unmount(path);  // a service that was removed, and may still be letting its clients go
  std::vector<std::weak_ptr<LiveCounts>> before;
  for (const Succession::Left& left : left_) {
    if (left.path == path) before.push_back(left.service);
  }
  if (!before.empty()) {
    resource = std::make_unique<Succession>(std::move(resource), std::move(before), loop_, path, places_);
  }
  router_.mount(path, std::move(resource));
}

void Site::unmount(std::string_view path) {
  // Of files and feeds no request is in the middle of anything, and a service's way in is its place's.
  router_.unmount(path);
  std::erase_if(left_, [](const Succession::Left& left) { return left.service.expired(); });
  Place* const place = at(path);
  if (place == nullptr) return;
  place->unmounted();
  left_.push_back({place->path(), place->service()});
  if (!is_set()) loop_.timers.set(*this, kTidyTime);
}

void Site::add(const ServiceEntry& entry) {
  auto made = std::make_unique<Place>(loop_, entry, options_, all_sent_, *this, fault_of(entry.path));
  made->open(transports_);
  mount(entry.path, std::make_unique<WayIn>(*made));
  made->mounted();
  places_.push_back(std::move(made));
}

void Site::add(const FolderEntry& entry) { mount(entry.path, http::make_static_files(entry.folder)); }

void Site::add(const FeedEntry& entry) {
  mount(entry.path, make_feed_page(entry.type, entry.service, fault_of(entry.path)));
}

void Site::configure(std::string_view path, const ServiceOptions& options) {
  Place* const place = at(path);
  if (place == nullptr) return;
  place->configure(options);
  place->open(transports_);
  if (!is_set()) loop_.timers.set(*this, kTidyTime);
}

void Site::obey_limits() {
  all_sent_.rates = LoopMeter::rates_of(loop_.limits(), loop_.workers);
  shared_.limits = http::limits_of(loop_.limits());
  for (const auto& place : places_) place->obey_limits();
}

void Site::remove(const std::string& path) {
  Place* const place = at(path);
  if (place == nullptr) {
    unmount(path);
    return;
  }
  // Its pages have to find it once more to hear of it, so it stays in its place till then.
  place->leave([this, place] {
    if (place->is_mounted()) unmount(place->path());
  });
}

void Site::on_timer() {
  bool settled = true;
  for (auto& place : places_) {
    if (place->deserted()) {
      loop_.turn.bury(std::move(place));  // what has just ended may yet look at it
    } else {
      settled = place->tidy() && settled;
    }
  }
  std::erase(places_, nullptr);
  if (!settled) loop_.timers.set(*this, kTidyTime);
}

std::vector<Sessions*> Site::all() const {
  std::vector<Sessions*> all;
  for (const bool carries : {false, true}) {
    for (const auto& place : places_) {
      if (place->carries() == carries) all.insert(all.end(), {&place->resumable(), &place->plain()});
    }
  }
  return all;
}

std::unique_ptr<ByteStream::Owner> Site::open(ByteStream& stream) {
  return std::make_unique<http::Connection>(stream, shared_);
}

Sessions* Site::find(std::string_view path) const {
  Place* const place = at(path);
  return place == nullptr ? nullptr : &place->resumable();
}

void Site::gather(Collected& into) const {
  for (const auto& place : places_) {
    place->gather(into);
    // What takes a feed's place counts from nothing, once: with what goes beside it, the counts would fall
    // later.
    if (place->live() && place->is_mounted())
      gather_live(place->path(), place->live()->counts(), into.metrics);
  }
}

bool Site::close(const CloseOrder& order) {
  const auto is = [&order](const Session& session) { return session_key(session) == order.session; };
  const std::vector<Sessions*> sessions = all();
  return std::any_of(sessions.begin(), sessions.end(),
                     [&](Sessions* each) { return each->close_where(is, order.code, order.reason); });
}

void Site::close_all() {
  for (const auto& place : places_) place->stop_live();
  for (Sessions* const sessions : all()) sessions->close_all(close_code::kGoingAway, kGoingAwayText);
}

void Site::drain(const DrainOptions& options, std::function<void()> done) {
  if (departure_) return;
  departure_ = std::make_unique<Departure>(
      loop_, options, [this] { return all(); }, std::move(done),
      [this] {
        const auto carries = [](const auto& place) { return place->carries(); };
        return 2 * static_cast<std::size_t>(std::count_if(places_.begin(), places_.end(), carries));
      });
}

}  // namespace encke
