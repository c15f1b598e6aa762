// An HTTP request as the layers above see it: views into the connection's bytes.
#pragma once

#include "server/http/field_text.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace encke::http {

class Exchange;

struct Field {
  std::string_view name;
  std::string_view value;
};

/// A parsed request. All views are valid only until Handler::handle returns or the exchange is answered,
/// begun or upgraded, whichever comes first: copy what must live on.
struct Request {
  std::string_view method;  ///< upper case, as sent
  std::string_view path;    ///< up to the '?', raw: nothing is decoded or normalised
  std::string_view query;   ///< behind the '?'; set by read_query()
  std::vector<Field> fields;
  std::vector<Field> parameters;  ///< of the query; set by read_query()
  std::string_view body;
  bool http11 = true;                  ///< false: HTTP/1.0
  bool keep_alive = true;              ///< what the peer asked for
  bool upgrade = false;                ///< Upgrade and Connection: upgrade were sent
  bool has_body = false;               ///< the head announces a body, of length zero even
  std::string_view captured;           ///< what the route captured of the path; set by Resource::admit
  const Exchange* exchange = nullptr;  ///< that it came with, while a resource is asked; else it may be null

  /// The first field of that name, compared without case; empty when there is none.
  std::string_view field(std::string_view name) const;
  bool has_field(std::string_view name) const;
  /// Sets the query and its parameters, raw. Behind an empty one (`a=1&&b=2`) and behind the sixteenth a
  /// query is the page's own, and is not looked at.
  void read_query(std::string_view text);
  /// The raw value of a query parameter, the first of that name; null data() when it is not there.
  std::string_view parameter(std::string_view name) const {
    for (const Field& parameter : parameters) {
      if (parameter.name == name) return parameter.value;
    }
    return {};
  }
  /// The value of a cookie; null data() when it is not there.
  std::string_view cookie(std::string_view name) const;
};

}  // namespace encke::http
