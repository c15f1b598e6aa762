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

/// What a configuration has at a path: one of the two.
struct Entry {
  const ServiceConfig* service = nullptr;
  const StaticMount* mount = nullptr;

  const std::string& path() const { return service != nullptr ? service->path : mount->mount; }
  std::string name() const { return (service != nullptr ? "service " : "files at ") + path(); }
  bool has_tokens() const { return service != nullptr && service->tokens; }
  void serve(Server& server) const {
    if (service != nullptr) {
      add_service(server, *service);
    } else {
      server.serve_folder(mount->mount, mount->folder.string());
    }
  }
};

std::vector<Entry> entries_of(const Config& config) {
  std::vector<Entry> entries;
  for (const ServiceConfig& service : config.services) entries.push_back({.service = &service});
  for (const StaticMount& mount : config.mounts) entries.push_back({.mount = &mount});
  return entries;
}

const Entry* at(const std::vector<Entry>& all, const std::string& path) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Entry& entry) { return entry.path() == path; });
  return found == all.end() ? nullptr : &*found;
}

/// What a feed has taken from its options when it began.
bool same_for_feed(const ServiceOptions& before, const ServiceOptions& after) {
  return before.slow_reader == after.slow_reader && before.outbox_bytes == after.outbox_bytes &&
         before.max_message_bytes == after.max_message_bytes;
}

/// Whether the options of a service that serves may become these.
bool may_become(const ServiceConfig& before, const ServiceConfig& after) {
  return before.type == after.type && before.options.protocols == after.options.protocols &&
         before.options.limits == after.options.limits && before.tcp == after.tcp &&
         before.xmpp == after.xmpp && before.mux == after.mux && before.inbox == after.inbox &&
         before.feed == after.feed &&
         (before.type != ServiceType::broadcast || before.options.slow_reader == after.options.slow_reader) &&
         (before.type != ServiceType::feed || same_for_feed(before.options, after.options));
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

/// What is there stays where what comes instead is not accepted.
bool replace(Change& change, const std::string& what, const Entry& old, const Entry& wanted) {
  return change.make(what,
                     [&](Server& server) { server.replace(old.path(), [&] { wanted.serve(server); }); });
}

/// Whether `wanted` is served afterwards in the place of `old`, or is no other.
bool reload_service(Change& change, const Entry& old, const Entry& wanted) {
  const ServiceConfig& before = *old.service;
  const ServiceConfig& after = *wanted.service;
  if (after.type == before.type && after.options == before.options && after.tcp == before.tcp &&
      after.xmpp == before.xmpp && after.mux == before.mux && after.inbox == before.inbox &&
      after.feed == before.feed && after.tokens == before.tokens) {
    return true;
  }
  const bool becomes = may_become(before, after);
  if (after.tokens != before.tokens || (before.tokens && !becomes)) {
    // At no moment may it be open to those who have none.
    change.refuse(old.name() + ": its tokens, and what replaces it, take a restart");
    return false;
  }
  if (!becomes) return replace(change, old.name() + " replaced, its clients connect anew", old, wanted);
  return change.make(old.name() + " changed",
                     [&](Server& server) { server.configure(old.path(), after.options); });
}

bool may_begin(Change& change, const Entry& wanted) {
  if (wanted.has_tokens()) change.refuse(wanted.name() + ": with tokens it takes a restart");
  return !wanted.has_tokens();
}

/// As reload_service().
bool reload_entry(Change& change, const Entry& old, const Entry& wanted) {
  if (old.service != nullptr && wanted.service != nullptr) return reload_service(change, old, wanted);
  if (old.mount != nullptr && wanted.mount != nullptr) {
    return old.mount->folder == wanted.mount->folder || replace(change, old.name() + " changed", old, wanted);
  }
  if (!may_begin(change, wanted)) return false;
  const std::string heir = wanted.service != nullptr ? "a service" : "files";
  return replace(change, old.name() + " replaced by " + heir, old, wanted);
}

void reload_contents(Change& change, const Config& before, const Config& after, Config& now) {
  const std::vector<Entry> were = entries_of(before);
  const std::vector<Entry> wanted = entries_of(after);
  now.services.clear();
  now.mounts.clear();
  const auto keep = [&now](const Entry& entry) {
    if (entry.service != nullptr) now.services.push_back(*entry.service);
    if (entry.mount != nullptr) now.mounts.push_back(*entry.mount);
  };
  for (const Entry& old : were) {
    if (const Entry* const entry = at(wanted, old.path())) {
      keep(reload_entry(change, old, *entry) ? *entry : old);
    } else if (!change.make(old.name() + " removed", [&](Server& server) { server.remove(old.path()); })) {
      keep(old);
    }
  }
  for (const Entry& entry : wanted) {
    if (at(were, entry.path()) != nullptr || !may_begin(change, entry)) continue;
    if (change.make(entry.name() + " added", [&](Server& server) { entry.serve(server); })) keep(entry);
  }
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
    case ServiceType::tcp:
      server.serve_tcp(service.path, *service.tcp, service.options);
      break;
    case ServiceType::xmpp:
      server.serve_xmpp(service.path, *service.xmpp, service.options);
      break;
    case ServiceType::inbox:
      server.serve_inbox(service.path, service.inbox, service.options);
      break;
    case ServiceType::feed:
      server.serve_live_feed(service.path, *service.feed, service.options);
      break;
    case ServiceType::mux:
      server.serve_mux(service.path, *service.mux, service.options);
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
  note(before.name_servers == after.name_servers, "name_servers");
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
