// The page of a feed: a GET whose answer lasts.
#pragma once

#include <encke/feed.hpp>
#include "server/http/exchange.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace encke {

/// Answers GET at its own path, and nothing below it, with a response of `type` that `service` writes.
/// `fault` is told of exceptions that leave `service` and what it gives to on_close().
std::unique_ptr<http::Resource> make_feed_page(std::string type, FeedService service,
                                               std::function<void(std::string_view)> fault);

}  // namespace encke
