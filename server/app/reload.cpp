// A changed configuration, applied to a server that runs.
#include "server/app/reload.hpp"

#include "server/services/builtin.hpp"
#include "server/tokens/policy.hpp"

#include <algorithm>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

namespace encke::app {

namespace {

template <typename Entry>
const Entry* at(const std::vector<Entry>& all, const std::string Entry::*path, const std::string& wanted) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Entry& entry) { return entry.*path == wanted; });
  return found == all.end() ? nullptr : &*found;
}

/// What is there in the end: of each that was there before what `carry(old, wanted)` leaves there, where
/// `wanted` is null if nothing shall be; and each that is new for which `add(wanted)` holds.
template <typename Entry, typename Carry, typename Add>
std::vector<Entry> walk(const std::vector<Entry>& before, const std::vector<Entry>& after,
                        const std::string Entry::*path, const Carry& carry, const Add& add) {
  std::vector<Entry> now;
  for (const Entry& old : before) {
    const Entry* const left = carry(old, at(after, path, old.*path));
    if (left != nullptr) now.push_back(*left);
  }
  for (const Entry& wanted : after) {
    if (at(before, path, wanted.*path) == nullptr && add(wanted)) now.push_back(wanted);
  }
  return now;
}

/// Whether the options of a service that serves may become these.
bool may_become(const ServiceConfig& before, const ServiceConfig& after) {
  return before.type == after.type && before.options.protocols == after.options.protocols &&
         before.options.limits == after.options.limits &&
         (before.type != ServiceType::broadcast || before.options.slow_reader == after.options.slow_reader);
}

class Change {
 public:
  Change(Server& server, Reloaded& result) : server_(server), result_(result) {}

  /// False where it failed, and what is there stays.
  bool make(const std::string& what, const std::function<void(Server&)>& call) {
    try {
      call(server_);
    } catch (const std::exception& error) {
      result_.failed.push_back(what + ": " + error.what());
      return false;
    }
    result_.done.push_back(what);
    return true;
  }

  void refuse(const std::string& why) { result_.failed.push_back(why); }

 private:
  Server& server_;
  Reloaded& result_;
};

/// What is served afterwards in the place of `old`.
const ServiceConfig* reload_service(Change& change, const ServiceConfig& old, const ServiceConfig* wanted) {
  const std::string name = "service " + old.path;
  if (wanted == nullptr) {
    const auto remove = [&](Server& server) { server.remove(old.path); };
    return change.make(name + " removed", remove) ? nullptr : &old;
  }
  if (wanted->type == old.type && wanted->options == old.options && wanted->tokens == old.tokens) return &old;
  const bool becomes = may_become(old, *wanted);
  if (wanted->tokens != old.tokens || (old.tokens && !becomes)) {
    // At no moment may it be open to those who have none.
    change.refuse(name + ": its tokens, and what replaces it, take a restart");
    return &old;
  }
  const auto configure = [&](Server& server) { server.configure(old.path, wanted->options); };
  const auto replace = [&](Server& server) {
    server.remove(old.path);
    add_service(server, *wanted);
  };
  const bool done = becomes ? change.make(name + " changed", configure)
                            : change.make(name + " replaced, its clients connect anew", replace);
  return done ? wanted : &old;
}

bool add_to(Change& change, const ServiceConfig& wanted) {
  if (wanted.tokens) {
    change.refuse("service " + wanted.path + ": with tokens it takes a restart");
    return false;
  }
  const auto add = [&](Server& server) { add_service(server, wanted); };
  return change.make("service " + wanted.path + " added", add);
}

const StaticMount* reload_mount(Change& change, const StaticMount& old, const StaticMount* wanted) {
  if (wanted != nullptr && wanted->folder == old.folder) return &old;
  const auto replace = [&](Server& server) {
    server.remove(old.mount);
    if (wanted != nullptr) server.serve_folder(old.mount, wanted->folder.string());
  };
  return change.make("files at " + old.mount + (wanted == nullptr ? " removed" : " changed"), replace)
             ? wanted
             : &old;
}

bool add_to(Change& change, const StaticMount& wanted) {
  const auto add = [&](Server& server) { server.serve_folder(wanted.mount, wanted.folder.string()); };
  return change.make("files at " + wanted.mount + " added", add);
}

void reload_contents(Change& change, const Config& before, const Config& after, Config& now) {
  const auto add = [&change](const auto& wanted) { return add_to(change, wanted); };
  now.services = walk(
      before.services, after.services, &ServiceConfig::path,
      [&](const auto& old, const auto* wanted) { return reload_service(change, old, wanted); }, add);
  now.mounts = walk(
      before.mounts, after.mounts, &StaticMount::mount,
      [&](const auto& old, const auto* wanted) { return reload_mount(change, old, wanted); }, add);
}

/// What the server as a whole obeys.
void reload_server(Change& change, const Config& before, const Config& after, Config& now) {
  const auto obey = [&](auto Config::*part, const std::string& what,
                        const std::function<void(Server&)>& call) {
    if (before.*part != after.*part && change.make(what, call)) now.*part = after.*part;
  };
  obey(&Config::limits, "limits changed", [&](Server& server) { server.set_limits(after.limits); });
  obey(&Config::trusted_proxies, "trusted_proxies changed",
       [&](Server& server) { server.set_trusted_proxies(after.trusted_proxies); });
  obey(&Config::drain, "drain changed", [&](Server& server) { server.set_drain(after.drain); });
  obey(&Config::log_level, "log.level is " + std::string(to_string(after.log_level)),
       [&](Server&) { log::set_level(after.log_level); });
  if (!before.admin || !after.admin || after.admin->token.empty()) return;
  if (before.admin->token == after.admin->token) return;
  const auto expect = [&](Server& server) { server.set_admin_token(after.admin->token); };
  if (change.make("admin: another token", expect)) now.admin->token = after.admin->token;
}

/// Whether nothing differs but the token. None in its place takes a restart: what it guards may be elsewhere
/// then.
bool same_door(const std::optional<AdminOptions>& before, const std::optional<AdminOptions>& after) {
  if (!before || !after || after->token.empty()) return before == after;
  AdminOptions moved = *before;
  moved.token = after->token;
  return moved == *after;
}

}  // namespace

void add_service(Server& server, const ServiceConfig& service) {
  switch (service.type) {
    case ServiceType::echo:
      server.serve(service.path, services::echo(), service.options);
      break;
    case ServiceType::close:
      server.serve(service.path, services::close(), service.options);
      break;
    case ServiceType::amplify:
      server.serve(service.path, services::amplify(), service.options);
      break;
    case ServiceType::broadcast:
      server.serve_broadcast(service.path, service.options);
      break;
  }
  if (service.tokens) server.authorize(service.path, tokens::authorizer(*service.tokens));
}

std::vector<std::string> needing_restart(const Config& before, const Config& after) {
  std::vector<std::string> keys;
  const auto note = [&keys](bool same, std::string_view key) {
    if (!same) keys.emplace_back(key);
  };
  // Certificates are read again in any case.
  const auto same_place = [](const ListenConfig& one, const ListenConfig& other) {
    return one.address == other.address && one.tls.has_value() == other.tls.has_value() &&
           one.proxy_protocol == other.proxy_protocol;
  };
  note(std::equal(before.listen.begin(), before.listen.end(), after.listen.begin(), after.listen.end(),
                  same_place),
       "listen");
  note(before.workers == after.workers, "workers");
  note(before.flash_policy == after.flash_policy, "flash_policy");
  note(same_door(before.admin, after.admin), "admin");
  note(before.health == after.health, "health");
  note(before.identity == after.identity, "user, group");
  note(before.log_format == after.log_format, "log.format");
  note(before.log_access == after.log_access, "log.access");
  return keys;
}

Reloaded reload(Server& server, const Config& before, const Config& after, bool policy_only) {
  Reloaded result{.now = before, .done = {}, .failed = {}};
  Change change(server, result);
  if (!policy_only) reload_contents(change, before, after, result.now);
  reload_server(change, before, after, result.now);
  return result;
}

}  // namespace encke::app
