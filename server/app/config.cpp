// The configuration file, top level: listen, workers, services, static, user.
#include "server/app/config.hpp"

#include "server/app/config_admin.hpp"
#include "server/app/config_flash.hpp"
#include "server/app/config_limits.hpp"
#include "server/app/config_listen.hpp"
#include "server/app/config_operation.hpp"
#include "server/app/config_reader.hpp"
#include "server/app/config_service.hpp"
#include "server/app/config_tcp.hpp"
#include "server/app/json_text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace encke::app {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::uintmax_t kMostFileBytes = 16u << 20;

std::vector<StaticMount> read_mounts(const json& value, const fs::path& base,
                                     const std::vector<ServiceConfig>& services, ConfigErrors& errors) {
  std::vector<StaticMount> result;
  if (!value.is_object()) {
    errors.expected("$.static", value, "an object of paths and folders: {\"/\": \"www\"}");
    return result;
  }
  for (const auto& [mount, folder] : value.items()) {
    const std::string at = member_path("$.static", mount);
    const std::string_view fault = mount == "/" ? std::string_view() : path_fault(mount);
    if (!fault.empty()) errors.expected(at, mount, "/, or " + std::string(fault));
    for (const ServiceConfig& service : services) {
      if (is_below(mount, service.path)) {
        errors.add(at, "collides with the service \"" + service.path +
                           "\", which answers everything below its path");
      }
    }
    if (!folder.is_string() || folder.get_ref<const std::string&>().empty()) {
      errors.expected(at, folder, "a folder, relative to the configuration file's");
      continue;
    }
    const fs::path found = (base / folder.get_ref<const std::string&>()).lexically_normal();
    std::error_code ignored;
    if (!fs::exists(found, ignored)) {
      errors.add(at, "there is no " + found.string() + ", expected a folder");
    } else if (!fs::is_directory(found, ignored)) {
      errors.add(at, found.string() + " is not a folder");
    }
    result.push_back({mount, found});
  }
  return result;
}

void read_identity(ObjectReader& reader, Config& config, ConfigErrors& errors) {
  std::string user;
  std::string group;
  const auto not_empty = [](std::string_view name) { return !name.empty(); };
  reader.read("user", user, "a user's name", not_empty);
  reader.read("group", group, "a group's name", not_empty);
  if (reader.find("user") == nullptr && !group.empty())
    errors.add("$.group", "is the user's, expected a user beside it");
  if (user.empty()) return;
  config.identity = find_user(user);
  if (!config.identity) {
    errors.expected("$.user", user, "a user of this machine");
    return;
  }
  if (config.identity->user == 0) {
    errors.expected("$.user", user, "a user without root's privileges");
  } else if (group.empty() && config.identity->group == 0) {
    errors.expected("$.user", user, "a user whose own group is not root's, or a group beside it");
  }
  if (group.empty()) return;
  const std::optional<gid_t> number = find_group(group);
  if (!number) {
    errors.expected("$.group", group, "a group of this machine");
  } else if (*number == 0) {
    errors.expected("$.group", group, "a group without root's privileges");
  } else {
    config.identity->group = *number;
  }
}

ConfigResult failed(std::string error) { return {{}, {std::move(error)}, {}}; }

}  // namespace

ConfigResult parse_config(std::string_view text, const fs::path& base,
                          std::span<const std::string_view> transports) {
  ConfigResult result;
  JsonText parsed = parse_json_text(text);
  if (!parsed.errors.empty()) {
    result.errors = std::move(parsed.errors);
    return result;
  }
  Config& config = result.config;
  ConfigErrors errors;
  ObjectReader reader(parsed.value, "$", errors);
  reader.allow({"listen", "workers", "services", "static", "flash_policy", "admin", "health", "limits",
                "trusted_proxies", "name_servers", "user", "group", "log", "drain"});
  if (const json* listen = reader.find("listen")) config.listen = read_listen(*listen, base, errors);
  std::size_t workers = 0;
  reader.read("workers", workers, "a number of threads (0: one for each core)", 0, kMostWorkers);
  config.workers = static_cast<unsigned>(workers);
  if (const json* services = reader.find("services"))
    config.services = read_services(*services, base, transports, errors);
  if (const json* mounts = reader.find("static"))
    config.mounts = read_mounts(*mounts, base, config.services, errors);
  if (const json* policy = reader.find("flash_policy"))
    config.flash_policy = read_flash_policy(*policy, errors);
  if (const json* admin = reader.find("admin")) config.admin = read_admin(*admin, base, errors);
  reader.read("health", config.health);
  if (const json* limits = reader.find("limits")) config.limits = read_limits(*limits, errors);
  config.trusted_proxies = read_trusted_proxies(reader);
  reader.read("name_servers", config.name_servers, kNameServerForm, is_name_server);
  read_identity(reader, config, errors);
  if (const json* log = reader.find("log")) read_log(*log, config, errors);
  if (const json* drain = reader.find("drain")) read_drain(*drain, config, errors);
  const bool policy_listens = config.flash_policy && !config.flash_policy->listen.empty();
  if (errors.all().empty() && config.services.empty() && config.mounts.empty() && !policy_listens) {
    errors.add("$", "nothing to serve, expected at least one entry in services or in static");
  }
  result.errors = errors.take();
  result.warnings = errors.take_warnings();
  return result;
}

ConfigResult load_config(const fs::path& file, std::span<const std::string_view> transports) {
  const std::string name = file.string();
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) return failed(name + ": there is no such file, expected the configuration");
  if (fs::is_directory(status)) return failed(name + ": is a folder, expected a file");
  const std::uintmax_t size = fs::file_size(file, error);
  if (!error && size > kMostFileBytes) {
    return failed(name + ": is " + std::to_string(size) + " bytes long, expected at most " +
                  std::to_string(kMostFileBytes));
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return failed(name + ": cannot be read: " + std::strerror(errno));
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad()) return failed(name + ": cannot be read");

  ConfigResult result = parse_config(text, file.parent_path(), transports);
  for (std::string& line : result.errors) line.insert(0, name + ": ");
  for (std::string& line : result.warnings) line.insert(0, name + ": ");
  return result;
}

std::vector<std::string> faults_of_whole(const Config& config, bool policy_only) {
  ConfigErrors errors;
  const bool listens = config.flash_policy && !config.flash_policy->listen.empty();
  if (policy_only && !listens) {
    errors.add("$.flash_policy", "has no listen, expected one for --policy-only");
  } else if (!policy_only && config.services.empty() && config.mounts.empty()) {
    errors.add(
        "$", "nothing to serve but the policy, expected an entry in services or in static, or --policy-only");
  }
  if (config.flash_policy) {
    const auto in_line = policy_only ? std::vector<ListenConfig>() : config.listen;
    check_flash_policy(*config.flash_policy, in_line, errors);
  }
  return errors.take();
}

Config default_config(const fs::path& chat_folder) {
  Config config;
  config.services = {{"/amplify", ServiceType::amplify, {}},
                     {"/broadcast", ServiceType::broadcast, {}},
                     {"/chat", ServiceType::broadcast, {}},
                     {"/close", ServiceType::close, {}},
                     {"/echo", ServiceType::echo, {}}};
  config.mounts = {{"/", chat_folder}};
  return config;
}

}  // namespace encke::app
