// Text pushed to an <img>, with no script at all: "forever_gif [ADDRESS:PORT]" serves a room at /talk, and at
// /talk.gif a picture of it that goes on for ever.
#include <encke/server.hpp>

#include "examples/forever_gif/board.hpp"

#include <cstdio>
#include <exception>
#include <set>

namespace {

constexpr std::string_view kPage = R"(<!doctype html>
<title>Forever GIF</title>
<p>The picture needs no script:</p>
<img src="/talk.gif" width="480" height="160" alt="What is said in the room">
<form><input name="text" size="50" autofocus> <button>Say</button></form>
<script src="/encke.js"></script>
<script>
  var socket = new Encke.Socket('/talk');
  document.forms[0].onsubmit = function () {
    socket.send(this.elements.text.value);
    this.reset();
    return false;
  };
</script>
)";

/// One loop, so nothing is shared.
struct Room {
  Board board;
  std::set<encke::Channel*> channels;
  std::set<encke::Feed*> pictures;

  void say(const encke::Message& message) {
    board.add(message.data());
    for (encke::Channel* channel : channels) channel->send(message);
    if (pictures.empty()) return;
    const std::string frame = board.frame();
    // A picture that is behind misses this frame; the next one has all of the board again.
    for (encke::Feed* picture : pictures) picture->write(frame);
  }
};

}  // namespace

int main(int argc, char** argv) {
  try {
    encke::Server server{
        {.listen = {argc > 1 ? argv[1] : "127.0.0.1:8080"}, .workers = 1, .stop_on_signals = true}};
    Room room;
    server.serve("/talk", [&room](encke::Channel& channel) {
      room.channels.insert(&channel);
      channel.on_message([&room](const encke::Message& message) { room.say(message); });
      channel.on_close([&room, &channel](const encke::CloseReason&) { room.channels.erase(&channel); });
    });
    server.serve_feed("/talk.gif", "image/gif", [&room](encke::Feed& picture) {
      picture.write(room.board.beginning());
      room.pictures.insert(&picture);
      picture.on_close([&room, &picture] { room.pictures.erase(&picture); });
    });
    server.serve_feed("/", "text/html; charset=UTF-8", [](encke::Feed& page) {
      page.write(kPage);
      page.end();
    });
    for (const auto& address : server.listen())
      std::fprintf(stderr, "listening on http://%s/\n", address.c_str());
    server.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "forever_gif: %s\n", error.what());
    return 1;
  }
}
