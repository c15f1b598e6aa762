// The service that gives pages capability URLs.
#include "server/services/inbox.hpp"

#include "server/crypto/base64.hpp"
#include "server/services/wait_for_room.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace encke::services {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kLargestNumber = 1'000'000'000;  // far beyond what any service grants

constexpr const char* kExpected = "expected {\"open\": {...}} or {\"close\": ID}";

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// A value for a text; what nests is not written down.
std::string shown(const Json& json) {
  if (json.is_object()) return "an object";
  return json.is_array() ? "a list" : text_of(json);
}

Json error_of(const std::string& what) { return {{"error", what}}; }

/// The member `name`, which is a whole number from 1 on; 0 where there is none.
std::uint64_t number_of(const Json& wish, const char* name, std::string& fault) {
  const auto found = wish.find(name);
  if (found == wish.end()) return 0;
  if (found->is_number_unsigned()) {
    const auto number = found->get<std::uint64_t>();
    if (number >= 1 && number <= kLargestNumber) return number;
  }
  fault = std::string(name) + ": found " + shown(*found) + ", expected a whole number from 1 on";
  return 0;
}

bool flag_of(const Json& wish, const char* name, std::string& fault) {
  const auto found = wish.find(name);
  if (found == wish.end()) return false;
  if (found->is_boolean()) return found->get<bool>();
  fault = std::string(name) + ": found " + shown(*found) + ", expected true or false";
  return false;
}

InboxTerms terms_of(const Json& wish, std::string& fault) {
  InboxTerms terms;
  if (!wish.is_object()) {
    fault = "found " + shown(wish) + ", expected an object, which may be empty";
    return terms;
  }
  for (const auto& [key, value] : wish.items()) {
    if (key != "seconds" && key != "messages" && key != "rate" && key != "get" && key != "jsonp") {
      fault = "found the key " + text_of(key) + ", expected seconds, messages, rate, get or jsonp";
      return terms;
    }
  }
  terms.time = std::chrono::seconds(number_of(wish, "seconds", fault));
  terms.messages = number_of(wish, "messages", fault);
  terms.rate = number_of(wish, "rate", fault);
  terms.get = flag_of(wish, "get", fault);
  terms.jsonp = flag_of(wish, "jsonp", fault);
  return terms;
}

std::string delivered(const Delivery& delivery) {
  Json json = {{"id", delivery.id}, {"method", delivery.method}, {"type", delivery.type}};
  if (delivery.text) {
    json["body"] = delivery.body;
  } else {
    json["body"] = crypto::base64_encode(delivery.body);
    json["base64"] = true;
  }
  return text_of(json);
}

Json open_url(Channel& channel, Inboxes& inboxes, const Json& wish) {
  std::string fault;
  const InboxTerms terms = terms_of(wish, fault);
  if (!fault.empty()) return error_of("open: " + fault);
  // The handlers need the number that is given only now.
  const auto id = std::make_shared<std::uint32_t>(0);
  const InboxUrl url = inboxes.open(
      channel, terms,
      {.deliver = [&channel](const Delivery& delivery) { return channel.send(delivered(delivery)); },
       .expired =
           [&channel, id] {
             // Where there is no room the page has nothing but the time that it was told.
             channel.send(text_of({{"closed", *id}, {"reason", "expired"}}));
           }});
  if (!url) return error_of("open: " + url.fault);
  *id = url.id;
  Json json = {{"opened", url.id},
               {"path", url.path},
               {"seconds", url.terms.time.count()},
               {"messages", url.terms.messages},
               {"rate", url.terms.rate}};
  if (url.terms.get) json["get"] = true;
  if (url.terms.jsonp) json["jsonp"] = true;
  return json;
}

Json close_url(Channel& channel, Inboxes& inboxes, const Json& id) {
  const bool good = id.is_number_unsigned() && id.get<std::uint64_t>() <= kLargestNumber;
  if (good && inboxes.revoke(channel, id.get<std::uint32_t>())) {
    return {{"closed", id}, {"reason", "revoked"}};
  }
  return error_of("close: found " + shown(id) + ", expected the id of a URL of this page's that is open");
}

Json answer(Channel& channel, Inboxes& inboxes, std::string_view request) {
  if (request.size() > kMostInboxRequest) {
    return error_of("found a message of " + std::to_string(request.size()) + " bytes, expected at most " +
                    std::to_string(kMostInboxRequest));
  }
  constexpr bool kThrow = false;
  const Json json = Json::parse(request, nullptr, kThrow);
  if (json.is_discarded()) return error_of(std::string("found no JSON, ") + kExpected);
  if (json.is_object() && json.size() == 1) {
    const auto wish = json.begin();
    if (wish.key() == "open") return open_url(channel, inboxes, *wish);
    if (wish.key() == "close") return close_url(channel, inboxes, *wish);
  }
  return error_of("found " + shown(json) + ", " + kExpected);
}

}  // namespace

InboxService inbox() {
  return [](Channel& channel, Inboxes& inboxes) {
    channel.on_message([&channel, &inboxes](const Message& message) {
      const Message reply = Message::text(text_of(answer(channel, inboxes, message.data())));
      if (!channel.send(reply) && channel.is_open()) wait_for_room(channel, reply);
    });
  };
}

}  // namespace encke::services
