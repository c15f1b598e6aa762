// Which resource answers which path.
#include "server/http/router.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace encke::http;

namespace {

/// Refuses with its name and the rest of the path.
class Named final : public Resource {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}
  Admission admit(Request&, std::string_view rest) override {
    return Admission::refuse(Response{ResponseHead(200), name_ + ":" + std::string(rest)});
  }

 private:
  std::string name_;
};

std::string routed(const Router& router, std::string_view path) {
  Request request;
  request.path = path;
  const Admission admission = router.admit(request);
  return admission.refusal.head.status() == 404 ? "404" : admission.refusal.body;
}

}  // namespace

TEST_CASE("the longest prefix wins, at the end of the path or before a slash") {
  Router router;
  for (const char* path : {"/a", "/a/b", "/abc", "/a/b/c"}) {
    router.mount(path, std::make_unique<Named>(path));
  }
  CHECK(routed(router, "/a") == "/a:");
  CHECK(routed(router, "/a/") == "/a:/");
  CHECK(routed(router, "/a/x") == "/a:/x");
  CHECK(routed(router, "/a/b") == "/a/b:");
  CHECK(routed(router, "/a/b/x") == "/a/b:/x");
  CHECK(routed(router, "/a/b/c/d") == "/a/b/c:/d");
  CHECK(routed(router, "/a/bc") == "/a:/bc");
  CHECK(routed(router, "/ab") == "404");
  CHECK(routed(router, "/abc/") == "/abc:/");
  CHECK(routed(router, "/abcd") == "404");
  CHECK(routed(router, "/") == "404");
  CHECK(routed(router, "") == "404");
}

TEST_CASE("paths are compared raw: no case, no decoding, no normalising") {
  Router router;
  router.mount("/a", std::make_unique<Named>("a"));
  for (const char* path : {"/A", "/%61", "//a", "/./a", "/b/../a", "a", "/a%2Fb"}) {
    CAPTURE(path);
    CHECK(routed(router, path) == "404");
  }
  CHECK(routed(router, "/a/../b") == "a:/../b");
  CHECK(routed(router, "/a//") == "a://");
}

TEST_CASE("the root takes what nobody else takes") {
  Router router;
  router.mount("/", std::make_unique<Named>("root"));
  router.mount("/a", std::make_unique<Named>("a"));
  CHECK(routed(router, "/") == "root:/");
  CHECK(routed(router, "/x/y") == "root:/x/y");
  CHECK(routed(router, "/ab") == "root:/ab");
  CHECK(routed(router, "/a/b") == "a:/b");
  CHECK(routed(router, "*") == "404");
}

TEST_CASE("what is unmounted is taken back, and what lies above it answers again") {
  Router router;
  router.mount("/", std::make_unique<Named>("root"));
  router.mount("/a", std::make_unique<Named>("a"));
  CHECK(router.unmount("/b") == nullptr);
  CHECK(router.unmount("/a") != nullptr);
  CHECK(routed(router, "/a/x") == "root:/a/x");
  CHECK(router.unmount("/") != nullptr);
  CHECK(routed(router, "/a/x") == "404");
}
