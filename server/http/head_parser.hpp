// The request head and the chunked body over llhttp: bytes in, a Request out.
#pragma once

#include "server/core/result.hpp"
#include "server/http/request.hpp"

#include <llhttp.h>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace encke::http {

/// Where the head ends in `bytes`: the offset behind its empty line, or 0 when that has not come. `from` is
/// where the last look ended, so that dribbled bytes are each looked at once.
std::size_t find_head_end(std::string_view bytes, std::size_t from);

/// How the body behind a head is framed.
struct BodyFraming {
  bool chunked = false;
  std::uint64_t length = 0;
};

/// One request's parser. Feed it the whole head at once, then, where the body is chunked, the body in any
/// pieces.
class HeadParser {
 public:
  HeadParser() = default;
  HeadParser(const HeadParser&) = delete;
  HeadParser& operator=(const HeadParser&) = delete;

  /// Parses a complete head, as found by find_head_end, into `request`, whose views then point into `head`.
  Result<BodyFraming> parse(std::string_view head, Request& request);

  struct Fed {
    std::size_t used = 0;   ///< bytes of the input that belong to the body
    bool complete = false;  ///< the body has ended; what is left belongs to the next request
  };
  /// Decodes a chunked body behind parse(); appends its data to `body`. 413 once it is larger than `limit`,
  /// 400 once its framing (sizes, extensions, trailers) is out of proportion to its data.
  Result<Fed> feed_chunked(std::string_view bytes, std::string& body, std::size_t limit);

 private:
  static const llhttp_settings_t& settings();
  static HeadParser& self(llhttp_t* parser) { return *static_cast<HeadParser*>(parser->data); }

  llhttp_t parser_{};
  Request* request_ = nullptr;
  std::string_view target_;
  std::string* body_ = nullptr;  // set once the head is done
  std::size_t limit_ = 0;
  std::size_t chunked_bytes_ = 0;  // of the body so far, framing included
  bool folded_ = false;            // a value goes on in another line (RFC 9112 5.2)
  bool too_large_ = false;
  bool complete_ = false;
};

}  // namespace encke::http
