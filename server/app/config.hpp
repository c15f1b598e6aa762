// The configuration: what the JSON file says, checked, as plain values. docs/configuration.md describes every
// key.
#pragma once

#include <encke/admin.hpp>
#include <encke/drain_options.hpp>
#include <encke/flash_policy.hpp>
#include <encke/inbox.hpp>
#include <encke/limits.hpp>
#include <encke/live_feed.hpp>
#include <encke/mux.hpp>
#include <encke/service_options.hpp>
#include <encke/tcp_options.hpp>
#include <encke/xmpp_options.hpp>
#include "server/app/config_listen.hpp"
#include "server/app/log.hpp"
#include "server/app/privileges.hpp"
#include "server/tokens/policy.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace encke::app {

enum class ServiceType : std::uint8_t { echo, close, amplify, broadcast, tcp, inbox, feed, mux, xmpp };

struct ServiceConfig {
  std::string path;  ///< "/echo": begins with a slash, does not end in one
  ServiceType type = ServiceType::echo;
  ServiceOptions options;
  std::optional<TcpOptions> tcp = {};    ///< of one of that type
  std::optional<XmppOptions> xmpp = {};  ///< of one of that type
  std::optional<tokens::Policy> tokens = {};
  InboxOptions inbox = {};                   ///< of the type inbox
  std::optional<LiveFeedOptions> feed = {};  ///< of the type `feed`
  std::optional<MuxOptions> mux = {};        ///< of the type `mux`
};

/// A folder of files and the path below which they are served: "/" or like a service's path.
struct StaticMount {
  std::string mount;
  std::filesystem::path folder;  ///< existed when it was read
};

struct Config {
  std::vector<ListenConfig> listen{{{"127.0.0.1", 8080}}};
  unsigned workers = 0;                 ///< loops; 0: one for each core
  std::vector<ServiceConfig> services;  ///< sorted by path
  std::vector<StaticMount> mounts;      ///< sorted by path
  std::optional<FlashPolicy> flash_policy;
  std::optional<AdminOptions> admin;
  bool health = false;  ///< is told on the public listeners too
  ServerLimits limits;
  std::vector<std::string> trusted_proxies;  ///< networks
  std::vector<std::string> name_servers;     ///< of DNS; empty: the system's
  std::optional<Identity> identity;          ///< who to become once the ports are bound
  log::Level log_level = log::Level::info;
  log::Format log_format = log::Format::text;
  bool log_access = false;  ///< a line for each session that is over
  DrainOptions drain;
};

inline constexpr unsigned kMostWorkers = 256;

/// A configuration, usable only where there are no errors. Each error is a line: the place, what was found
/// there and what was expected.
struct ConfigResult {
  Config config;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;  ///< of the same form; they keep nobody from using it
};

/// Reads the text of a configuration file. Relative folders start at `base`; `transports` are the names built
/// in.
ConfigResult parse_config(std::string_view text, const std::filesystem::path& base,
                          std::span<const std::string_view> transports);

/// Reads a configuration file; every error begins with the file's name.
ConfigResult load_config(const std::filesystem::path& file, std::span<const std::string_view> transports);

/// What is wrong with all of it together, the command line's part included; with `policy_only` nothing but
/// the policy is served.
std::vector<std::string> faults_of_whole(const Config& config, bool policy_only);

/// What runs when no file is given: the demonstration services, and the chat's pages at "/".
Config default_config(const std::filesystem::path& chat_folder);

}  // namespace encke::app
