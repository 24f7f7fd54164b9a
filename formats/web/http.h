// An HTTP response as an archive keeps it: head, and the body with transfer and content encodings taken off.
//
// Bodies are bounded; what ends early is told. Pure. Source: RFC 9110, RFC 9112.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/bytes.h"
#include "formats/web/head_fields.h"

namespace pulih::web {

struct HttpResponse {
  int status = 0;
  HeadFields head;
  ByteView wire;        // the body as it came
  Bytes decoded;        // without encodings, where it had any
  bool is_decoded = false;
  bool complete = true;  // as long as it says, its chunks and its stream ended
  ByteView body() const { return is_decoded ? ByteView(decoded) : wire; }
};
// Nothing when it does not begin with a status line, or its body cannot be unpacked.
std::optional<HttpResponse> ReadHttpResponse(ByteView bytes, uint64_t most_body);

// The bytes of a chunked body; false: it ended before its last chunk, or is not chunked at all.
bool ReadChunked(ByteView wire, uint64_t most, Bytes& out);

// "Sun, 28 Sep 2014 15:00:00 GMT" as "2014-09-28T15:00:00Z"; empty when it is none.
std::string HttpDateToIso(std::string_view date);

}  // namespace pulih::web
