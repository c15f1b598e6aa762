// What a server serves at which paths.
#include "server/app/catalogue.hpp"

#include "server/app/option_faults.hpp"
#include "server/http/content.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

namespace encke {

namespace {

template <typename Entries>
auto entry_at(Entries& entries, std::string_view path) {
  return std::find_if(entries.begin(), entries.end(),
                      [path](const auto& entry) { return entry.path == path; });
}

}  // namespace

bool Contents::has(std::string_view path) const {
  return entry_at(services, path) != services.end() || entry_at(folders, path) != folders.end() ||
         entry_at(feeds, path) != feeds.end();
}

Catalogue::Catalogue(const Guard& guard, std::function<void(const Change&)> tell, Guard::Trouble trouble)
    : guard_(guard), tell_(std::move(tell)), trouble_(std::move(trouble)) {}

void Catalogue::check_path(const std::string& path) const {
  const bool root = path == "/";
  if (path.empty() || path.front() != '/' || (!root && path.back() == '/')) {
    throw std::runtime_error("cannot serve at \"" + path + "\": expected a path as \"/echo\"");
  }
  if (path != replaced_ && contents_.has(path)) {
    throw std::runtime_error("cannot serve at \"" + path + "\": something is served there already");
  }
}

template <typename Entry>
void Catalogue::add(std::vector<Entry>& entries, Entry entry) {
  const bool replaces = entry.path == replaced_;
  if (replaces) {
    take_out(entry.path);
    replaced_.clear();
  }
  entries.push_back(std::move(entry));
  // In one go, so that nobody finds the path empty.
  tell([added = entries.back(), replaces](Site& site) {
    if (replaces) site.remove(added.path);
    site.add(added);
  });
}

void Catalogue::take_out(std::string_view path) {
  const auto its = [path](const auto& entry) { return entry.path == path; };
  std::erase_if(contents_.services, its);
  std::erase_if(contents_.folders, its);
  std::erase_if(contents_.feeds, its);
}

void Catalogue::serve(ServiceEntry entry) {
  const std::lock_guard lock(mutex_);
  check_path(entry.path);
  if (entry.path == "/")
    throw std::runtime_error("cannot serve a service at \"/\": expected a path as \"/echo\"");
  if (entry.inbox && entry.inbox->blocks) entry.options.slow_reader = SlowReader::block;
  check_options(entry.path, entry.options);
  Guard::Trouble trouble;
  if (trouble_) {
    trouble = [path = entry.path, to = trouble_](std::string_view what) {
      to("service " + path + ": " + std::string(what));
    };
  }
  entry.counts =
      std::make_shared<LiveCounts>(entry.options.limits, guard_.limits().unlimited_addresses, trouble);
  add(contents_.services, std::move(entry));
}

void Catalogue::configure(const std::string& path, ServiceOptions options) {
  const std::lock_guard lock(mutex_);
  const auto entry = entry_at(contents_.services, path);
  if (entry == contents_.services.end()) throw std::runtime_error("there is no service at \"" + path + "\"");
  if (options.limits != entry->options.limits || options.protocols != entry->options.protocols) {
    throw std::runtime_error("cannot change limits or protocols of \"" + path + "\" while it serves");
  }
  if (entry->blocks || (entry->inbox && entry->inbox->blocks)) options.slow_reader = SlowReader::block;
  check_options(path, options);
  if (entry->live) options.slow_reader = entry->options.slow_reader;  // the feed has its own
  entry->options = options;
  tell([path, options = std::move(options)](Site& site) { site.configure(path, options); });
}

void Catalogue::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!contents_.has(path)) throw std::runtime_error("nothing is served at \"" + path + "\"");
  take_out(path);
  tell([path](Site& site) { site.remove(path); });
}

void Catalogue::replace(const std::string& path, const std::function<void()>& serve) {
  const auto set = [this](std::string to) {
    const std::lock_guard lock(mutex_);
    if (!to.empty() && !contents_.has(to)) {
      throw std::runtime_error("nothing is served at \"" + to + "\"");
    }
    replaced_ = std::move(to);
  };
  set(path);
  try {
    serve();
  } catch (...) {
    set({});
    throw;
  }
  set({});
}

void Catalogue::authorize(std::string_view path, Authorizer authorizer, AccessOptions options) {
  const std::lock_guard lock(mutex_);
  const auto fault = [path](const std::string& why) {
    return std::runtime_error("cannot decide on access to \"" + std::string(path) + "\"" + why);
  };
  if (open_) throw fault(" while it serves");  // it would have been open to all until now
  const auto entry = entry_at(contents_.services, path);
  if (entry == contents_.services.end()) throw fault(": no service is served there");
  entry->authorizer = std::move(authorizer);
  entry->access = options;
}

void Catalogue::serve_folder(FolderEntry entry) {
  const std::lock_guard lock(mutex_);
  check_path(entry.path);
  http::make_static_files(entry.folder);  // throws now what would be thrown by a loop
  add(contents_.folders, std::move(entry));
}

void Catalogue::serve_feed(FeedEntry entry) {
  const std::lock_guard lock(mutex_);
  check_path(entry.path);
  if (entry.type.empty() || entry.type.find_first_of("\r\n") != std::string::npos) {
    throw std::runtime_error("cannot serve at \"" + entry.path +
                             "\": expected a media type as \"image/gif\"");
  }
  add(contents_.feeds, std::move(entry));
}

ServiceCounts Catalogue::counts(std::string_view path) const {
  const std::lock_guard lock(mutex_);
  const auto entry = entry_at(contents_.services, path);
  return entry == contents_.services.end() ? ServiceCounts{} : entry->counts->now();
}

std::shared_ptr<services::LiveFeed> Catalogue::replaced_feed() const {
  const std::lock_guard lock(mutex_);
  const auto entry = entry_at(contents_.services, replaced_);
  return entry == contents_.services.end() ? nullptr : entry->live;
}

void Catalogue::obey_limits() {
  const std::lock_guard lock(mutex_);
  for (const ServiceEntry& entry : contents_.services) {
    entry.counts->set_limits(entry.options.limits, guard_.limits().unlimited_addresses);
  }
  tell([](Site& site) { site.obey_limits(); });
}

void Catalogue::open(const std::function<void(const Contents&)>& make_sites) {
  const std::lock_guard lock(mutex_);
  make_sites(contents_);
  open_ = true;
}

void Catalogue::change(const Change& change) {
  const std::lock_guard lock(mutex_);
  tell(change);
}

void Catalogue::tell(const Change& change) const {
  if (open_) tell_(change);
}

}  // namespace encke
