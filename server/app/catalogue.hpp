// What a server serves at which paths, while it is set up and while it runs.
#pragma once

#include "server/app/contents.hpp"
#include "server/app/site.hpp"
#include "server/core/guard.hpp"

#include <encke/access.hpp>
#include <encke/service_counts.hpp>
#include <encke/service_options.hpp>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

/// The sites of all loops are made of it, and are told what changes from then on. Any thread; faults are
/// std::runtime_error, as Server has them.
class Catalogue {
 public:
  using Change = std::function<void(Site&)>;
  /// `guard` outlives this. `tell` has every loop make a change to its site. `trouble`, which may be null, is
  /// told what services refuse, from any of the loops.
  Catalogue(const Guard& guard, std::function<void(const Change&)> tell, Guard::Trouble trouble);

  void serve(ServiceEntry entry);
  void configure(const std::string& path, ServiceOptions options);
  void remove(const std::string& path);
  void replace(const std::string& path, const std::function<void()>& serve);
  void authorize(std::string_view path, Authorizer authorizer, AccessOptions options);
  void serve_folder(FolderEntry entry);
  void serve_feed(FeedEntry entry);
  ServiceCounts counts(std::string_view path) const;
  /// The live feed whose place something is about to take, by replace(); null: there is none.
  std::shared_ptr<services::LiveFeed> replaced_feed() const;
  /// The guard's limits are others.
  void obey_limits();

  /// Makes the sites; what changes meanwhile is told to them.
  void open(const std::function<void(const Contents&)>& make_sites);
  /// A change to every site that there is; those that are made later are as they should be.
  void change(const Change& change);

 private:
  void check_path(const std::string& path) const;
  /// With the lock held, all checks done, as the next two. Takes out what `entry` replaces, if anything.
  template <typename Entry>
  void add(std::vector<Entry>& entries, Entry entry);
  void take_out(std::string_view path);
  void tell(const Change& change) const;

  const Guard& guard_;
  const std::function<void(const Change&)> tell_;
  const Guard::Trouble trouble_;
  mutable std::mutex mutex_;
  Contents contents_;
  std::string replaced_;  // the path, from replace() until something comes there
  bool open_ = false;
};

}  // namespace encke
