// Building responses.
#include "server/http/response.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace encke::http;

TEST_CASE("dates are those of RFC 9110 5.6.7") {
  CHECK(http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(http_date(951782400) == "Tue, 29 Feb 2000 00:00:00 GMT");
  CHECK(http_date(4102444799) == "Thu, 31 Dec 2099 23:59:59 GMT");
}

TEST_CASE("chunks have their size in hexadecimal (RFC 9112 7.1)") {
  std::string out;
  append_chunk("hello", out);
  append_chunk(std::string(26, 'x'), out);
  CHECK(out == "5\r\nhello\r\n1a\r\n" + std::string(26, 'x') + "\r\n");
  out.clear();
  append_chunk_size(65536, out);
  CHECK(out == "10000\r\n");
}

TEST_CASE("the data of a chunk is known from its framed size") {
  std::string data;
  std::string framed;
  for (std::size_t size = 1; size <= 70'000; ++size) {
    framed.clear();
    append_chunk_size(size, framed);
    const std::size_t whole = framed.size() + size + 2;
    if (chunk_data_size(whole) != size) {
      FAIL_CHECK("a chunk of ", size, " bytes of data is taken for one of ", chunk_data_size(whole));
      break;
    }
  }
  for (const std::size_t size : {0xfffff, 0x100000, 0xffffff, 0x1000000}) {
    framed.clear();
    append_chunk_size(size, framed);
    CHECK(chunk_data_size(framed.size() + size + 2) == size);
  }
}

TEST_CASE("cross-origin fields (Fetch 3.2, facts of SockJS)") {
  Request request;
  CHECK(ResponseHead(200).cross_origin(request).fields() ==
        "Access-Control-Allow-Origin: *\r\nVary: Origin\r\n");
  request.fields = {{"Origin", "null"}};
  CHECK(ResponseHead(200).cross_origin(request).fields() ==
        "Access-Control-Allow-Origin: null\r\n"
        "Access-Control-Allow-Credentials: true\r\n"
        "Vary: Origin\r\n");
  request.fields = {{"Origin", "http://a"}, {"Access-Control-Request-Headers", "a, b, c"}};
  CHECK(ResponseHead(200).cross_origin(request).fields() ==
        "Access-Control-Allow-Origin: http://a\r\n"
        "Access-Control-Allow-Credentials: true\r\n"
        "Vary: Origin\r\n"
        "Access-Control-Allow-Headers: a, b, c\r\n");
  request.fields = {{"Access-Control-Request-Headers", ""}};
  CHECK(ResponseHead(200).cross_origin(request).fields().find("Allow-Headers") == std::string::npos);
}

TEST_CASE("a preflight's answer holds for a year") {
  Request request;
  request.fields = {{"Origin", "http://a"}};
  const Response response = preflight(request, "OPTIONS, POST");
  CHECK(response.head.status() == 204);
  CHECK(response.body.empty());
  const std::string& fields = response.head.fields();
  CHECK(fields.find("Access-Control-Allow-Methods: OPTIONS, POST\r\n") != std::string::npos);
  CHECK(fields.find("Access-Control-Max-Age: 31536000\r\n") != std::string::npos);
  CHECK(fields.find("Cache-Control: public, max-age=31536000\r\n") != std::string::npos);
  CHECK(fields.find("Expires: ") != std::string::npos);
}

TEST_CASE("never cached is one field, byte for byte") {
  CHECK(ResponseHead(200).never_cached().fields() ==
        "Cache-Control: no-store, no-cache, no-transform, must-revalidate, max-age=0\r\n");
}

TEST_CASE("answers made of a status and a text, for no cache to keep") {
  const std::string uncached = ResponseHead(200).never_cached().fields();
  CHECK(text_response(400, "why").body == "why\n");
  CHECK(text_response(400, "why").head.fields() ==
        "Content-Type: text/plain; charset=UTF-8\r\n" + uncached + "X-Content-Type-Options: nosniff\r\n");
  CHECK(not_found().body == "404 Error: Page not found\n");
  CHECK(method_not_allowed("GET").head.status() == 405);
  CHECK(method_not_allowed("GET, POST").head.fields() == "Allow: GET, POST\r\n" + uncached);
  CHECK(method_not_allowed("GET").body.empty());
}

TEST_CASE("every status that is sent has its phrase") {
  for (const int status :
       {100, 101, 200, 204, 301, 304, 400, 403, 404, 405, 408, 413, 414, 417, 426, 431, 500, 501, 503, 505}) {
    CAPTURE(status);
    CHECK(reason_phrase(status) != "Status");
  }
  CHECK(reason_phrase(299) == "Status");
}
