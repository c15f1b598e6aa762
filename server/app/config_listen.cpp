// The configuration of the listeners: where they are, and what they speak.
#include "server/app/config_listen.hpp"

#include "server/app/config_tls.hpp"
#include "server/app/json_text.hpp"

#include <algorithm>
#include <utility>

namespace encke::app {

using nlohmann::json;

std::vector<ListenConfig> read_listen(const json& value, const std::filesystem::path& base,
                                      ConfigErrors& errors) {
  std::vector<ListenConfig> result;
  if (!value.is_array() || value.empty()) {
    errors.expected("$.listen", value, "a list of at least one " + std::string(kListenAddressForm));
    return result;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::string at = element_path("$.listen", i);
    const json* text = &value[i];
    ListenConfig listen;
    if (text->is_object()) {
      ObjectReader reader(*text, at, errors);
      reader.allow({"address", "tls", "proxy_protocol"});
      reader.read("proxy_protocol", listen.proxy_protocol);
      if (const json* tls = reader.find("tls")) {
        listen.tls = read_tls(*tls, reader.path_of("tls"), base, errors);
      }
      at = reader.path_of("address");
      text = reader.find("address");
      if (text == nullptr) {
        errors.add(at, "missing, expected " + std::string(kListenAddressForm));
        continue;
      }
    }
    const auto address =
        text->is_string() ? parse_listen_address(text->get_ref<const std::string&>()) : std::nullopt;
    const auto same = [&address](const ListenConfig& other) { return other.address == *address; };
    if (!address) {
      errors.expected(at, *text, kListenAddressForm);
    } else if (address->is_fixed() && std::any_of(result.begin(), result.end(), same)) {
      errors.add(at, to_string(*address) + " is given twice, expected once");
    } else {
      listen.address = *address;
      result.push_back(std::move(listen));
    }
  }
  return result;
}

}  // namespace encke::app
