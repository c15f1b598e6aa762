// Messages: one allocation holds the counter and the bytes; encoded forms hang on it as a short list.
#include <encke/message.hpp>

#include <cstring>
#include <limits>
#include <new>

namespace encke {

struct Message::Encoded {
  const MessageEncoder* encoder;
  std::string bytes;
  Encoded* next;
};

Message::Message(Kind kind, std::string_view bytes, std::string_view id) {
  id = id.substr(0, std::numeric_limits<std::uint8_t>::max());
  body_ = static_cast<Body*>(::operator new(sizeof(Body) + bytes.size() + id.size()));
  new (body_) Body{1, kind, static_cast<std::uint8_t>(id.size()), bytes.size(), nullptr};
  char* const place = reinterpret_cast<char*>(body_ + 1);
  if (!bytes.empty()) std::memcpy(place, bytes.data(), bytes.size());
  if (!id.empty()) std::memcpy(place + bytes.size(), id.data(), id.size());
}

void Message::destroy(Body* body) {
  while (Encoded* first = body->encoded) {
    body->encoded = first->next;
    delete first;
  }
  ::operator delete(body);
}

void Message::append_encoded(const MessageEncoder& encoder, std::string& out) const {
  for (const Encoded* form = body_->encoded; form != nullptr; form = form->next) {
    if (form->encoder == &encoder) {
      out += form->bytes;
      return;
    }
  }
  if (body_->references == 1) {
    encoder.encode(*this, out);
    return;
  }
  auto* form = new Encoded{&encoder, {}, body_->encoded};
  body_->encoded = form;
  encoder.encode(*this, form->bytes);
  out += form->bytes;
}

}  // namespace encke
