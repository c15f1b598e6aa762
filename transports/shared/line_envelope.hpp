// Frames as lines: the body of both XHR transports.
#pragma once

#include "transports/shared/receiver.hpp"

namespace encke::sockjs {

/// A frame, a line feed. application/javascript, as SockJS has it.
const ReceiverKind& line_kind();

}  // namespace encke::sockjs
