// What a configuration says of a service of type xmpp.
#include "server/app/config_xmpp.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace encke::app {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 4> kSecurities{"starttls", "starttls_if_offered", "tls",
                                                      "none"};  // as XmppSecurity
constexpr std::string_view kDomainForm = "a domain in lower case, as \"xmpp.example\"";

bool is_domain(std::string_view text) {
  return is_peer_name(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

XmppOptions read_xmpp(ObjectReader& reader, const std::filesystem::path& base, ConfigErrors& errors) {
  XmppOptions options;
  read_connect(reader, options.connect, {}, errors);
  read_backends(reader, options);
  if (reader.is_object() && reader.find("domains") == nullptr)
    errors.add(reader.path_of("domains"),
               "missing, expected a list of those that pages log in to, each " + std::string(kDomainForm));
  reader.read("domains", options.domains, kDomainForm, is_domain);
  if (const auto word = reader.read_word("security", kSecurities)) {
    options.security = static_cast<XmppSecurity>(std::find(kSecurities.begin(), kSecurities.end(), *word) -
                                                 kSecurities.begin());
  }
  reader.read("max_stanza_bytes", options.max_stanza_bytes, "a number of bytes", 1024, std::size_t{1} << 30);
  if (const json* const tls = reader.find("tls")) {
    options.tls = read_backend_tls(*tls, reader.path_of("tls"), base, errors);
    if (options.security == XmppSecurity::none)
      errors.add(reader.path_of("tls"), "is of no use with security \"none\", expected one of the two");
  }
  return options;
}

}  // namespace encke::app
