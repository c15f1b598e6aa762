// Whose session a request of the facade's speaks for: keys, origins, the numbers in its query (PROTOCOL 6.1,
// 6.2).
#pragma once

#include "server/core/result.hpp"
#include "server/core/sessions.hpp"
#include "server/http/request.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace encke::facade {

/// A key's first characters name the session, the others are its secret.
inline constexpr std::size_t kIdCharacters = 12;
inline constexpr std::size_t kKeyCharacters = kIdCharacters + std::tuple_size_v<Resumption::Secret>;

/// Opens a session for a page of `origin`, which may be empty, on this loop, with the sub-protocol that was
/// agreed on. Returns its key.
std::string reserve(Sessions& sessions, std::string_view origin, std::string_view protocol,
                    Places places = {});

/// The sub-protocol for a page that asks by `p`, names with commas: the first of them that the service has;
/// empty where the page asks for none. 400 where the service has none of them.
Result<std::string_view> protocol_of(const http::Request& request, const ServiceOptions& options);

/// The session that `key` belongs to. Errors 404, and 403 where it is another origin's. Changes nothing.
Result<Session*> find(Sessions& sessions, std::string_view key, std::string_view origin);
/// Of a request that is not refused: the session is its origin's from now on, if it is nobody's yet.
void claim(Session& session, std::string_view origin);

/// A query's number; nothing where it has none. 400 for anything that is no number.
Result<std::optional<std::uint64_t>> number_parameter(const http::Request& request, std::string_view name);

/// Whether the page can read the status of an answer, and the text of one that is not 200: not where it says
/// `x=1`. Then refusals are frames in answers of 200 (PROTOCOL 6.9).
bool shows_status(const http::Request& request);

/// Whether the page asks for padding behind all that a stream says (PROTOCOL 6.3), by `b=1`.
bool wants_padding(const http::Request& request);

/// What a request for frames states in `n` and `a`, and, of a poll, in `w`.
Result<Joining> joining_of(const http::Request& request, bool polls);

}  // namespace encke::facade
