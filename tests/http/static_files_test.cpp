// The files below a folder, asked for over a connection.
#include "server/http/content.hpp"
#include "tests/http/support.hpp"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

using namespace encke;
using namespace encke::test;
namespace fs = std::filesystem;

namespace {

/// A folder that goes when the test ends, with www/ to be served and a secret beside it.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "encke-static-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    root_ = name;
    fs::create_directories(root_ / "www/sub/deep");
    fs::create_directories(root_ / "www/empty");
    fs::create_directories(root_ / "www-secret");
    file("www/index.html", "<p>home");
    file("www/page.css", "p{}");
    file("www/a b.txt", "blank");
    file("www/sub/index.html", "<p>sub");
    file("www/sub/deep/data.json", "{}");
    file("www/.hidden", "secret");
    file("www-secret/file", "secret");
    file("secret", "secret");
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(root_); }

  void file(const std::string& name, std::string_view content) const {
    std::ofstream(root_ / name, std::ios::binary) << content;
  }
  void link(const std::string& to, const std::string& name) const { fs::create_symlink(to, root_ / name); }
  std::string www() const { return (root_ / "www").string(); }

 private:
  fs::path root_;
};

struct FileSite : Site {
  explicit FileSite(const Folder& folder, std::string path = "/") {
    router.mount(std::move(path), http::make_static_files(folder.www()));
  }
  std::string get(const std::string& path, std::string_view fields = "", const char* method = "GET") {
    return ask(std::string(method) + " " + path + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n");
  }
};

std::string field(const std::string& answer, const std::string& name) {
  const std::size_t at = answer.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return answer.substr(begin, answer.find("\r\n", begin) - begin);
}

std::string body(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

std::string status(const std::string& answer) { return answer.substr(9, 3); }

}  // namespace

TEST_CASE("files are served with type, tag and length") {
  const Folder folder;
  FileSite site(folder);
  const std::string answer = site.get("/page.css");
  CHECK(status(answer) == "200");
  CHECK(field(answer, "Content-Type") == "text/css; charset=UTF-8");
  CHECK(field(answer, "Content-Length") == "3");
  CHECK(field(answer, "Cache-Control") == "no-cache");
  CHECK(field(answer, "X-Content-Type-Options") == "nosniff");
  CHECK(body(answer) == "p{}");
  CHECK(body(site.get("/sub/deep/data.json?v=1")) == "{}");
  CHECK(body(site.get("/a%20b.txt")) == "blank");
}

TEST_CASE("a tag that the peer has makes a 304 (RFC 9110 13.1.2)") {
  const Folder folder;
  FileSite site(folder);
  const std::string tag = field(site.get("/page.css"), "ETag");
  REQUIRE(tag.size() > 2);
  for (const std::string& known : {tag, "W/" + tag, "\"x\", " + tag, std::string("*")}) {
    CAPTURE(known);
    const std::string answer = site.get("/page.css", "If-None-Match: " + known + "\r\n");
    CHECK(answer == "HTTP/1.1 304 Not Modified\r\nETag: " + tag + "\r\n\r\n");
  }
  CHECK(status(site.get("/page.css", "If-None-Match: \"other\"\r\n")) == "200");
  folder.file("www/page.css", "p{color:red}");
  CHECK(body(site.get("/page.css", "If-None-Match: " + tag + "\r\n")) == "p{color:red}");
}

TEST_CASE("a folder is its index, behind a slash") {
  const Folder folder;
  FileSite site(folder);
  CHECK(body(site.get("/")) == "<p>home");
  CHECK(body(site.get("/sub/")) == "<p>sub");
  const std::string answer = site.get("/sub?x=y");
  CHECK(status(answer) == "301");
  CHECK(field(answer, "Location") == "/sub/?x=y");
  CHECK(status(site.get("/empty/")) == "404");
  CHECK(status(site.get("/page.css/")) == "404");
}

TEST_CASE("below a path of its own") {
  const Folder folder;
  FileSite site(folder, "/files");
  CHECK(field(site.get("/files"), "Location") == "/files/");
  CHECK(body(site.get("/files/")) == "<p>home");
  CHECK(body(site.get("/files/sub/deep/data.json")) == "{}");
  CHECK(status(site.get("/filesystem")) == "404");
}

TEST_CASE("nothing leads out of the folder") {
  const Folder folder;
  folder.link("../secret", "www/out");
  folder.link("..", "www/above");
  folder.link("../www-secret", "www/near");
  folder.link("sub", "www/inside");
  folder.link("nowhere", "www/dangling");
  FileSite site(folder);
  for (const char* path : {"/../secret",
                           "/sub/../../secret",
                           "/%2e%2e/secret",
                           "/%2E./secret",
                           "/.%2e/secret",
                           "/..%2fsecret",
                           "/sub/..%2f..%2fsecret",
                           "/..%5csecret",
                           "/..\\secret",
                           "/out",
                           "/above/secret",
                           "/near/file",
                           "/../www-secret/file",
                           "/.hidden",
                           "/sub/.././.hidden",
                           "/%2ehidden",
                           "//etc/passwd",
                           "//",
                           "/sub//",
                           "/sub//index.html",
                           "/./page.css",
                           "/sub/../page.css",
                           "/page.css%00",
                           "/page.css%00.html",
                           "/%",
                           "/%4",
                           "/%zz",
                           "/dangling",
                           "/nowhere",
                           "/sub/nowhere",
                           "/sub%2findex.html"}) {
    CAPTURE(path);
    const std::string answer = site.get(path);
    CHECK(status(answer) == "404");
    CHECK(answer.find("secret") == std::string::npos);
  }
  CHECK(body(site.get("/inside/")) == "<p>sub");
  CHECK(site.stream.open());
}

TEST_CASE("a redirect never names another host") {
  const Folder folder;
  FileSite site(folder);
  for (const char* path : {"//sub", "//h.example/..", "//sub/deep"}) {
    CAPTURE(path);
    CHECK(field(site.get(path), "Location") == "");
  }
}

TEST_CASE("only GET and HEAD") {
  const Folder folder;
  FileSite site(folder);
  CHECK(field(site.get("/page.css", "", "POST"), "Allow") == "GET, HEAD");
  const std::string head = site.get("/page.css", "", "HEAD");
  CHECK(field(head, "Content-Length") == "3");
  CHECK(body(head) == "");
}

TEST_CASE("a large file leaves in pieces, as fast as the peer takes them") {
  const Folder folder;
  std::string content;
  for (int line = 0; content.size() < 1'000'000; ++line) content += std::to_string(line) + "\n";
  folder.file("www/large.txt", content);
  FileSite site(folder);
  site.stream.take_only(1000);
  std::string received = site.get("/large.txt");
  std::size_t rounds = 0;
  while (received.size() < 5 || received.substr(received.size() - 5) != "0\r\n\r\n") {
    REQUIRE(site.stream.queued() > 0);
    REQUIRE(site.stream.queued() < 256 * 1024);
    REQUIRE(++rounds < 1000);
    site.stream.take_only(50'000);
    site.stream.settle();
    received += undated(site.stream.sent());
  }
  site.stream.drain();
  CHECK(field(received, "Transfer-Encoding") == "chunked");
  std::string joined;
  for (std::size_t at = received.find("\r\n\r\n") + 4; at < received.size();) {
    const std::size_t line = received.find("\r\n", at);
    const std::size_t size = std::stoul(received.substr(at, line - at), nullptr, 16);
    joined += received.substr(line + 2, size);
    at = line + 2 + size + 2;
  }
  CHECK(joined == content);
  CHECK(body(site.get("/page.css")) == "p{}");
}

TEST_CASE("HEAD of a large file says nothing untrue of its length (RFC 9110 8.6)") {
  const Folder folder;
  folder.file("www/large", std::string(1'000'000, 'x'));
  FileSite site(folder);
  const std::string head = site.get("/large", "", "HEAD");
  CHECK(status(head) == "200");
  CHECK(body(head) == "");
  const std::string length = field(head, "Content-Length");
  CHECK((length.empty() || length == "1000000"));
  CHECK(body(site.get("/page.css")) == "p{}");
}

TEST_CASE("a peer that goes away while a large file leaves") {
  const Folder folder;
  folder.file("www/large", std::string(1'000'000, 'x'));
  FileSite site(folder);
  site.stream.take_only(1000);
  site.stream.give("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  site.stream.lose();
  CHECK(site.stream.state() == FakeStream::State::lost);
}

TEST_CASE("types by ending, whatever its case") {
  CHECK(http::media_type("a.html") == "text/html; charset=UTF-8");
  CHECK(http::media_type("A.HTM") == "text/html; charset=UTF-8");
  CHECK(http::media_type("a.min.js") == "text/javascript; charset=UTF-8");
  CHECK(http::media_type("x.svg") == "image/svg+xml");
  CHECK(http::media_type("x.JpEg") == "image/jpeg");
  CHECK(http::media_type("x.unknown") == "application/octet-stream");
  CHECK(http::media_type("html") == "application/octet-stream");
}

TEST_CASE("a file in memory is one path, for any origin") {
  Site site;
  site.router.mount("/lib.js", http::make_memory_file({http::kJavaScript, "\"tag\"", "code", {}, {}}));
  const std::string answer = site.ask("GET /lib.js HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(body(answer) == "code");
  CHECK(field(answer, "ETag") == "\"tag\"");
  CHECK(field(answer, "Access-Control-Allow-Origin") == "*");
  CHECK(site.ask("GET /lib.js HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"tag\"\r\n\r\n") ==
        "HTTP/1.1 304 Not Modified\r\nETag: \"tag\"\r\n\r\n");
  CHECK(status(site.ask("GET /lib.js/ HTTP/1.1\r\nHost: h\r\n\r\n")) == "404");
  CHECK(field(site.ask("POST /lib.js HTTP/1.1\r\nHost: h\r\n\r\n"), "Allow") == "GET, HEAD");
}

TEST_CASE("a file in memory is compressed for those that take it (RFC 9110 8.4, 12.5.3)") {
  Site site;
  site.router.mount("/lib.js",
                    http::make_memory_file({http::kJavaScript, "\"tag\"", "code", "packed", "\"tag-gzip\""}));
  const auto ask = [&site](const std::string& fields, const std::string& version = "1.1") {
    return site.ask("GET /lib.js HTTP/" + version + "\r\nHost: h\r\n" + fields + "\r\n");
  };
  const auto check = [&ask](const std::string& fields, bool compressed, const std::string& version = "1.1") {
    CAPTURE(fields);
    const std::string answer = ask(fields, version);
    CHECK(body(answer) == (compressed ? "packed" : "code"));
    CHECK(field(answer, "Content-Encoding") == (compressed ? "gzip" : ""));
    CHECK(field(answer, "ETag") == (compressed ? "\"tag-gzip\"" : "\"tag\""));
    CHECK(field(answer, "Vary") == "Accept-Encoding, User-Agent");
  };
  check("", false);
  check("Accept-Encoding: gzip\r\n", true);
  check("Accept-Encoding: deflate, GZip ;q=0.5, br\r\n", true);
  check("Accept-Encoding: x-gzip\r\n", true);
  check("Accept-Encoding: gzip;q=0\r\n", false);
  check("Accept-Encoding: gzip; q=0.000, br\r\n", false);
  check("Accept-Encoding: gzip;q=0.001\r\n", true);
  check("Accept-Encoding: br, *\r\n", false);
  // The browser says that it takes it, and then loses the beginning of a script.
  const std::string explorer = "Accept-Encoding: gzip, deflate\r\nUser-Agent: Mozilla/4.0 (compatible; MSIE ";
  check(explorer + "5.5; Windows NT 5.0)\r\n", false);
  check(explorer + "6.0; Windows NT 5.1)\r\n", false);
  check(explorer + "6.0; Windows NT 5.1; SV1)\r\n", true);
  check(explorer + "7.0; Windows NT 5.1)\r\n", true);
  check(explorer + "10.0; Windows NT 6.1)\r\n", true);
  CHECK(ask("Accept-Encoding: gzip\r\nIf-None-Match: \"tag-gzip\"\r\n") ==
        "HTTP/1.1 304 Not Modified\r\nETag: \"tag-gzip\"\r\nVary: Accept-Encoding, User-Agent\r\n\r\n");
  CHECK(status(ask("Accept-Encoding: gzip\r\nIf-None-Match: \"tag\"\r\n")) == "200");
  check("Accept-Encoding: gzip\r\n", false, "1.0");  // the connection ends with it
}

TEST_CASE("a folder that does not exist is refused, not taken for the whole file system") {
  const Folder folder;
  CHECK_THROWS_AS(http::make_static_files(folder.www() + "/none"), std::runtime_error);
  CHECK_THROWS_AS(http::make_static_files(folder.www() + "/page.css"), std::runtime_error);
  CHECK_THROWS_AS(http::make_static_files(""), std::runtime_error);
}
