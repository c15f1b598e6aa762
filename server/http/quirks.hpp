// What browsers and proxies make of HTTP that no standard asks for: each quirk once, with who has it and
// where that is known from. docs/transports.md shows them, and a test compares it with this file.
#pragma once

#include <cstddef>
#include <string_view>

namespace encke::http::quirks {

// ---- bytes that a browser wants to have before it shows any of a response
// ----------------------------------

/// Internet Explorer up to 10 and Safari look at so many bytes to guess what a response is, and show none of
/// it before. Kaazing's gateway, key `.kp`; Orbited's streams begin with as many blanks.
inline constexpr std::size_t kSniffedBytes = 256;
/// Browsers run the scripts of a page that is loading, and show it, only once it is longer than this.
/// sockjs-node, htmlfile.
inline constexpr std::size_t kLoadingPageBytes = 1024;
/// Firefox guesses by one byte more than 1 KiB. Kaazing's gateway, key `.kp`.
inline constexpr std::size_t kFirefoxSniffedBytes = 1025;
/// XDomainRequest of Internet Explorer 8 and 9, and XMLHttpRequest of 11, show nothing before. SockJS,
/// xhr-streaming; Kaazing's gateway, key `.kp`.
inline constexpr std::size_t kExplorerStreamBytes = 2048;
/// The browser of Android up to 4.3 takes what arrives in blocks of this size, and shows the beginning of one
/// only when all of it is there: after each frame, not only the first. Kaazing's gateway, key `.kbp`.
inline constexpr std::size_t kAndroidBlockBytes = 4096;

// ---- caches and what stands on the way
// ---------------------------------------------------------------------

/// Safari of iOS 6 answers a POST from its cache where the answer before did not forbid that, so each answer
/// to a POST does, refusals too. `no-transform` is for gateways of mobile networks, which compress, and hold
/// back for it what they compress. Stack Overflow, question 12506897; RFC 9111, 5.2.2.
inline constexpr std::string_view kNeverCached =
    "no-store, no-cache, no-transform, must-revalidate, max-age=0";
/// nginx collects the answers of what it stands before, but not one that carries this field.
/// nginx, proxy_buffering of ngx_http_proxy_module.
inline constexpr std::string_view kUnbufferedField = "X-Accel-Buffering";
inline constexpr std::string_view kUnbuffered = "no";
/// Browsers of the nineties and Internet Explorer send this to proxies. One that speaks HTTP/1.0 passes it on
/// unread, and waits for the end of a connection that we would keep: so it means nothing here.
/// RFC 9112, appendix C.2.2.
inline constexpr std::string_view kProxyConnection = "proxy-connection";
/// Internet Explorer 4 to 6 says that it takes gzip, and then loses the beginning of scripts; Windows XP SP2,
/// which mended that, adds the mark. mod_deflate and nginx (gzip_disable) tell it in the same way.
inline constexpr std::string_view kExplorerMark = "MSIE ";
inline constexpr std::string_view kMendedExplorerMark = "SV1";

// ---- content that is taken for something else
// --------------------------------------------------------------

/// Internet Explorer and Chromium guess what a response is, whatever its type says; from version 8 of the one
/// on not with this. Fetch standard, 3.6.
inline constexpr std::string_view kTypeOptionsField = "X-Content-Type-Options";
inline constexpr std::string_view kNoSniffing = "nosniff";
/// The Flash Player ran what begins with the letters of a callback as a Flash file; a comment first is none.
/// CVE-2014-4671 ("Rosetta Flash").
inline constexpr std::string_view kScriptGuard = "/**/";
/// Opera 10 does not take a type with a charset for an event stream. SockJS, which compares the bare type.
inline constexpr std::string_view kEventStreamType = "text/event-stream";
/// Opera reads events only behind an empty line. sockjs-node, eventsource.
inline constexpr std::string_view kEventStreamBegin = "\r\n";

}  // namespace encke::http::quirks
