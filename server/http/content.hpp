// Content that does not change while it is served: its type, its tag, and answers that a cache can check.
#pragma once

#include "server/http/exchange.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace encke::http {

/// What GET and HEAD alone get: `handler`, with a body of so much; a 405 for all else.
Admission admit_reading(const Request& request, Handler& handler, std::size_t body_limit);

/// The media type for a file's name, by its ending; application/octet-stream for one that is not known.
std::string_view media_type(std::string_view name);

/// Head of a 200 with this type and tag; caches must ask again each time, and get a 304 where nothing
/// changed.
ResponseHead revalidated(std::string_view type, std::string_view tag);
/// Whether the request says that the peer has `tag` (RFC 9110 13.1.2); then the answer is a 304.
bool peer_has(const Request& request, std::string_view tag);

/// A file held in memory, built into the program, and sent compressed to those that take it so. All views
/// live for ever.
struct MemoryFile {
  std::string_view type;
  std::string_view tag;  ///< its entity tag, quotes included
  std::string_view body;
  std::string_view gzip;      ///< the body as gzip has it; empty: it is never compressed
  std::string_view gzip_tag;  ///< the tag of that
};
std::unique_ptr<Resource> make_memory_file(const MemoryFile& file);

/// The files below `folder`: index.html for a folder, no listing, no hidden files, nothing that a link or
/// ".." leads out of the folder. A std::runtime_error where `folder` does not exist.
std::unique_ptr<Resource> make_static_files(const std::string& folder);

}  // namespace encke::http
