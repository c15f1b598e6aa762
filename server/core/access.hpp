// What became of the question whether somebody may open a socket.
#pragma once

#include <encke/access.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace encke {

struct AccessAnswer {
  enum class Kind : std::uint8_t {
    granted,
    refused,  ///< opened, and closed at once with `reason`
    denied,   ///< answered with `status`, and the reason's text
  };
  Kind kind = Kind::denied;
  Grant grant{};
  CloseReason reason{};
  int status = 403;

  static std::shared_ptr<const AccessAnswer> deny(int status, std::string text) {
    AccessAnswer answer;
    answer.reason = {close_code::kPolicy, std::move(text)};
    answer.status = status;
    return std::make_shared<const AccessAnswer>(std::move(answer));
  }
};

/// One question, shared by who waits for the answer and who will give it. Belongs to one loop.
class AccessState {
 public:
  class Waiter {
   public:
    /// There is an answer. Called inside the application's call.
    virtual void on_answer() = 0;

   protected:
    ~Waiter() = default;
  };

  /// The first counts.
  void answer(AccessAnswer given);
  const std::shared_ptr<const AccessAnswer>& given() const { return given_; }
  /// Null: nobody waits any more.
  void set_waiter(Waiter* waiter) { waiter_ = waiter; }
  /// Nobody wants to know any more.
  void abandon() {
    waiter_ = nullptr;
    abandoned_ = true;
  }
  bool awaited() const { return given_ == nullptr && !abandoned_; }

 private:
  std::shared_ptr<const AccessAnswer> given_;
  Waiter* waiter_ = nullptr;
  bool abandoned_ = false;
};

/// Has `authorizer` decide. Of what comes back there is an answer, or somebody who may yet give one: where it
/// throws, or gives none and keeps nothing to give it by, that is a denial, and `fault`, which may be null,
/// is told.
std::shared_ptr<AccessState> ask(const Authorizer& authorizer, const AccessRequest& request,
                                 const std::function<void(std::string_view)>& fault);

/// What a grant without a token is refused for where nothing tells whose page asks.
inline constexpr std::string_view kUnprovenOrigin =
    "nothing tells whose page this is; expected Origin, or Referer, with an origin of this service's list, "
    "or "
    "a token";

}  // namespace encke
