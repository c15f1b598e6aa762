// Drawing and encoding are libgd's.
#include "examples/forever_gif/board.hpp"

#include <gd.h>
#include <gdfontl.h>

#include <cstddef>
#include <memory>

namespace {

constexpr int kMargin = 8;
constexpr int kLineHeight = 18;
constexpr std::size_t kLines = 8;
constexpr std::size_t kLongest = (Board::kWidth - 2 * kMargin) / 8;  // characters; the font is 8 pixels wide

struct Destroy {
  void operator()(gdImage* image) const { gdImageDestroy(image); }
};
using Image = std::unique_ptr<gdImage, Destroy>;

/// Every frame has all of the picture and the same colours, which the beginning tells.
Image draw(const std::deque<std::string>& lines) {
  Image image(gdImageCreate(Board::kWidth, Board::kHeight));
  gdImageColorAllocate(image.get(), 255, 255, 255);  // the first is the ground
  const int ink = gdImageColorAllocate(image.get(), 23, 26, 41);
  int y = kMargin;
  for (const std::string& line : lines) {
    std::string text = line;  // gd wants to write to it
    gdImageString(image.get(), gdFontGetLarge(), kMargin, y, reinterpret_cast<unsigned char*>(text.data()),
                  ink);
    y += kLineHeight;
  }
  return image;
}

/// The bytes that gd made, which are its own to free.
std::string taken(void* bytes, int size) {
  std::string text(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
  gdFree(bytes);
  return text;
}

std::string encoded(gdImage* image) {
  int size = 0;
  constexpr int kLocalColours = 0;
  constexpr int kDelay = 0;
  void* const bytes =
      gdImageGifAnimAddPtr(image, &size, kLocalColours, 0, 0, kDelay, gdDisposalNone, nullptr);
  return taken(bytes, size);
}

}  // namespace

void Board::add(std::string_view line) {
  std::string text;
  for (const char letter : line) {
    const auto byte = static_cast<unsigned char>(letter);
    if ((byte & 0xC0) == 0x80) continue;  // a character's later bytes
    text += byte >= ' ' && byte <= '~' ? letter : '?';
  }
  lines_.push_back(text.substr(0, kLongest));
  if (lines_.size() > kLines) lines_.pop_front();
}

std::string Board::beginning() const {
  const Image image = draw(lines_);
  int size = 0;
  constexpr int kGlobalColours = 1;
  constexpr int kNoLoop = -1;
  void* const bytes = gdImageGifAnimBeginPtr(image.get(), &size, kGlobalColours, kNoLoop);
  return taken(bytes, size) + encoded(image.get());
}

std::string Board::frame() const { return encoded(draw(lines_).get()); }
