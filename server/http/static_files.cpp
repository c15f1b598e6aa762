// The files below a folder.
#include "server/http/content.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <utility>

namespace encke::http {

namespace {

constexpr std::size_t kIgnoredBody = 64 * 1024;
constexpr std::size_t kPiece = 64 * 1024;  // of a file that does not leave in one go
constexpr off_t kWhole = 256 * 1024;       // files up to this leave in one go

class File {
 public:
  explicit File(int descriptor = -1) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  File& operator=(File&&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int descriptor() const { return descriptor_; }

  /// Appends up to `most` bytes; false at the end and on an error.
  bool read(std::string& out, std::size_t most) const {
    const std::size_t before = out.size();
    out.resize(before + most);
    ssize_t size = 0;
    do {
      size = ::read(descriptor_, out.data() + before, most);
    } while (size < 0 && errno == EINTR);
    out.resize(before + static_cast<std::size_t>(size > 0 ? size : 0));
    return size > 0;
  }

 private:
  int descriptor_;
};

/// Sends a large file piece by piece, as fast as the peer takes it.
class FileSender final : public Exchange::Owner {
 public:
  FileSender(Exchange& exchange, File file) : exchange_(exchange), file_(std::move(file)) {}

  void on_drained() override { send(); }
  void on_lost() override {}

  void send() {
    std::string piece;
    std::string chunk;
    while (exchange_.queued() <= kPiece) {
      piece.clear();
      chunk.clear();
      if (!file_.read(piece, kPiece)) {
        exchange_.end();
        return;
      }
      if (exchange_.chunked()) append_chunk(piece, chunk);
      exchange_.write_framed(exchange_.chunked() ? chunk : piece);
    }
  }

 private:
  Exchange& exchange_;
  File file_;
};

/// The decoded path, or nothing where it has a part that names no ordinary file: empty in the middle, hidden,
/// "..", or with a character that file systems treat as special.
std::optional<std::string> file_path(std::string_view path) {
  std::string decoded;
  for (std::size_t at = 0; at < path.size(); ++at) {
    char letter = path[at];
    if (letter == '%') {
      if (at + 2 >= path.size()) return std::nullopt;
      const int high = hex_value(path[at + 1]);
      const int low = hex_value(path[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      letter = static_cast<char>(high * 16 + low);
      if (letter == '/') return std::nullopt;
      at += 2;
    }
    if (letter == '\0' || letter == '\\') return std::nullopt;
    decoded += letter;
  }
  for (std::size_t at = 0; at < decoded.size(); ++at) {
    if (decoded[at] != '/' || at + 1 == decoded.size()) continue;
    if (decoded[at + 1] == '/' || decoded[at + 1] == '.') return std::nullopt;
  }
  return decoded;
}

std::string tag_of(const struct stat& facts) {
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "\"%llx-%llx-%lx\"", static_cast<unsigned long long>(facts.st_size),
      static_cast<unsigned long long>(facts.st_mtim.tv_sec), facts.st_mtim.tv_nsec);
  return {text.data(), static_cast<std::size_t>(size)};
}

class StaticFiles final : public Resource, public Handler {
 public:
  explicit StaticFiles(const std::string& folder) : folder_(real_path(folder)) {
    const std::string cannot = "cannot serve the folder \"" + folder + "\": ";
    // The user may be another one by now than when the configuration was read.
    if (folder_.empty() ? errno == EACCES
                        : ::faccessat(AT_FDCWD, folder_.c_str(), X_OK, AT_EACCESS) != 0 && errno == EACCES) {
      throw std::runtime_error(cannot + "the user of this process may not enter it");
    }
    // Below an empty path everything would be served.
    struct stat facts {};
    if (folder_.empty() || ::stat(folder_.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode)) {
      throw std::runtime_error(cannot + "there is none of that name");
    }
  }

  Admission admit(Request& request, std::string_view rest) override {
    request.captured = rest;
    return admit_reading(request, *this, kIgnoredBody);
  }

  void handle(Exchange& exchange) override {
    const Request& request = exchange.request();
    std::optional<std::string> path = file_path(request.captured);
    if (!path) return exchange.respond(not_found());
    if (path->empty()) return redirect_to_folder(exchange);
    if (path->back() == '/') *path += "index.html";
    const std::string real = real_path(folder_ + *path);
    // What a link leads out of the folder is not served.
    if (real.compare(0, folder_.size(), folder_) != 0 || real.size() <= folder_.size() ||
        real[folder_.size()] != '/') {
      return exchange.respond(not_found());
    }
    File file(::open(real.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat facts {};
    if (file.descriptor() < 0 || ::fstat(file.descriptor(), &facts) != 0)
      return exchange.respond(not_found());
    if (S_ISDIR(facts.st_mode)) return redirect_to_folder(exchange);
    if (!S_ISREG(facts.st_mode)) return exchange.respond(not_found());
    answer(exchange, std::move(file), facts, real);
  }

 private:
  static std::string real_path(const std::string& path) {
    std::array<char, PATH_MAX> resolved{};
    return ::realpath(path.c_str(), resolved.data()) == nullptr ? std::string{}
                                                                : std::string(resolved.data());
  }

  static void redirect_to_folder(Exchange& exchange) {
    const Request& request = exchange.request();
    std::string target(request.path);
    target += '/';
    if (!request.query.empty()) target += '?' + std::string(request.query);
    // Two slashes at the beginning would name another host.
    if (target.compare(0, 2, "//") == 0) return exchange.respond(not_found());
    exchange.respond(ResponseHead(301).add("Location", target), {});
  }

  static void answer(Exchange& exchange, File file, const struct stat& facts, std::string_view name) {
    const std::string tag = tag_of(facts);
    if (peer_has(exchange.request(), tag)) {
      exchange.respond(ResponseHead(304).add("ETag", tag), {});
      return;
    }
    const ResponseHead head = revalidated(media_type(name), tag);
    if (facts.st_size <= kWhole) {
      std::string body;
      while (body.size() < static_cast<std::size_t>(kWhole) && file.read(body, kPiece)) {
      }
      exchange.respond(head, body);
      return;
    }
    if (exchange.request().method == "HEAD") {
      exchange.begin(head);
      exchange.end();
      return;
    }
    auto sender = std::make_unique<FileSender>(exchange, std::move(file));
    FileSender& sending = *sender;
    exchange.wait(std::move(sender));
    exchange.begin(head);
    sending.send();
  }

  const std::string folder_;
};

}  // namespace

std::unique_ptr<Resource> make_static_files(const std::string& folder) {
  return std::make_unique<StaticFiles>(folder);
}

}  // namespace encke::http
