#include "formats/web/http.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iterator>

#include "formats/archive/unpack.h"

namespace pulih::web {
namespace {

std::optional<uint64_t> Number(std::string_view text, int base) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

// Takes one content coding off `body`. False when it cannot be done.
bool Decode(std::string_view coding, uint64_t most, Bytes& body, bool& complete) {
  if (coding.empty() || coding == "identity") return true;
  DeflateWrap wrap = DeflateWrap::gzip;
  if (coding == "deflate") {
    // The standard means zlib; many servers send the bare stream.
    const bool is_zlib = body.size() >= 2 && (body[0] & 0x0F) == 8 && (body[0] * 256u + body[1]) % 31 == 0;
    wrap = is_zlib ? DeflateWrap::zlib : DeflateWrap::raw;
  } else if (coding != "gzip" && coding != "x-gzip") {
    return false;
  }
  Unpacked unpacked = Unpack(body, wrap, most);
  if (unpacked.how == UnpackedHow::damaged || unpacked.how == UnpackedHow::too_large) return false;
  complete = complete && unpacked.how != UnpackedHow::part;
  body = std::move(unpacked.bytes);
  return true;
}

}  // namespace

bool ReadChunked(ByteView wire, uint64_t most, Bytes& out) {
  const std::string_view text = AsText(wire);
  for (size_t at = 0; at < text.size();) {
    const size_t newline = text.find('\n', at);
    if (newline == std::string_view::npos || newline - at > 1024) return false;
    const std::optional<uint64_t> size = Number(text.substr(at, newline - at), 16);
    if (!size) return false;
    at = newline + 1;
    if (*size == 0) return true;
    const size_t there = static_cast<size_t>(std::min<uint64_t>(*size, text.size() - at));
    if (out.size() + there > most) return false;
    Append(out, wire.subspan(at, there));
    if (there < *size) return false;
    at += there;
    if (at < text.size() && text[at] == '\r') ++at;
    if (at < text.size() && text[at] == '\n') ++at;
  }
  return false;
}

std::optional<HttpResponse> ReadHttpResponse(ByteView bytes, uint64_t most_body) {
  const std::string_view text = AsText(bytes);
  if (text.substr(0, 5) != "HTTP/") return std::nullopt;
  const size_t line_end = text.find('\n');
  const size_t blank = text.find(' ');
  if (line_end == std::string_view::npos || blank > line_end || line_end > 4096) return std::nullopt;
  HttpResponse response;
  response.status = static_cast<int>(Number(text.substr(blank + 1, 3), 10).value_or(0));
  response.head = ReadHeadFields(text.substr(line_end + 1));
  if (!response.head.ended) return std::nullopt;
  response.wire = bytes.subspan(line_end + 1 + response.head.size);
  const std::optional<uint64_t> stated = Number(response.head.Find("content-length"), 10);
  const bool is_chunked = LowerCase(response.head.Find("transfer-encoding")).find("chunked") != std::string::npos;
  const std::string coding = LowerCase(response.head.Find("content-encoding"));
  if (response.wire.size() > most_body) return std::nullopt;
  if (is_chunked) {
    Bytes body;
    const bool whole = ReadChunked(response.wire, most_body, body);
    // Some archivers keep the head and take the chunks off: then nothing begins like one.
    if (whole || !body.empty()) {
      response.complete = whole;
      response.decoded = std::move(body);
      response.is_decoded = true;
    }
  } else if (stated) {
    response.complete = response.wire.size() >= *stated;
  }
  if (!coding.empty() && coding != "identity") {
    Bytes body = response.is_decoded ? std::move(response.decoded) : ToBytes(response.wire);
    const bool is_packed = body.size() > 2 && ((body[0] == 0x1F && body[1] == 0x8B) || coding == "deflate");
    if (is_packed && !Decode(coding, most_body, body, response.complete)) return std::nullopt;
    if (!is_packed && coding == "br") return std::nullopt;
    response.decoded = std::move(body);
    response.is_decoded = true;
  }
  return response;
}

std::string HttpDateToIso(std::string_view date) {
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const size_t comma = date.find(", ");
  if (comma == std::string_view::npos || date.size() < comma + 22) return {};
  date.remove_prefix(comma + 2);
  const auto month = std::find(std::begin(kMonths), std::end(kMonths), date.substr(3, 3));
  const auto day = Number(date.substr(0, 2), 10), year = Number(date.substr(7, 4), 10);
  if (month == std::end(kMonths) || !day || !year || date[14] != ':' || date[17] != ':') return {};
  char out[40];
  std::snprintf(out, sizeof out, "%04d-%02d-%02dT", static_cast<int>(*year), static_cast<int>(month - std::begin(kMonths) + 1), static_cast<int>(*day));
  return out + std::string(date.substr(12, 8)) + "Z";
}

}  // namespace pulih::web
