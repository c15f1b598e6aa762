// Text out of bytes that are cut anywhere (RFC 3629; Unicode 3.9, U+FFFD substitution).
#include "server/services/text_pieces.hpp"

#include "server/core/utf8.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using encke::services::TextPieces;

namespace {

const std::vector<std::string> kTexts{"plain",
                                      "\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80 z",
                                      "\xF0\x9F\x98\x80\xF0\x9F\x98\x80",
                                      "\xFF\xFE bad \xC3( \xE2\x82( \xF0\x9F\x98(",
                                      "\xC0\x80 \xED\xA0\x80 \xF4\x90\x80\x80",
                                      "ends in \xE2\x82",
                                      std::string("\0\xC3\xA4\0", 4),
                                      "\x80\x80\x80\x80 \xBF\xBF"};

}  // namespace

TEST_CASE("whatever the cuts, the pieces together are the text with what is ill-formed replaced") {
  for (const std::string& text : kTexts) {
    const std::string expected = encke::replace_invalid_utf8(text);
    for (std::size_t first = 0; first <= text.size(); ++first) {
      for (std::size_t second = first; second <= text.size(); ++second) {
        CAPTURE(text);
        CAPTURE(first);
        CAPTURE(second);
        TextPieces pieces;
        std::string out;
        for (const std::string& piece :
             {text.substr(0, first), text.substr(first, second - first), text.substr(second)}) {
          const std::string given = pieces.feed(piece);
          CHECK(encke::valid_utf8(given));
          out += given;
        }
        CHECK(out + pieces.end() == expected);
      }
    }
    TextPieces pieces;
    std::string out;
    for (const char byte : text) out += pieces.feed({&byte, 1});
    CHECK(out + pieces.end() == expected);
  }
}

TEST_CASE("a character is given once it is whole, and nothing waits that no byte could mend") {
  TextPieces pieces;
  CHECK(pieces.feed("a\xF0\x9F\x98") == "a");
  CHECK(pieces.feed("\x80") == "\xF0\x9F\x98\x80");
  CHECK(pieces.feed("\xC0") == "\xEF\xBF\xBD");
  CHECK(pieces.feed("\xED\xA0") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(pieces.feed("\xE2\x82") == "");
  CHECK(pieces.end() == "\xEF\xBF\xBD");
  CHECK(pieces.end() == "");
}
