// Gzip files (RFC 1952): members one behind the other, each a header, a deflate stream, a CRC-32 and a length.
//
// GzipMembers finds where members begin, also behind damage; each is then a DeflateStream for marker_inflate.h, which
// reads its header and checks its end. A place counts as a beginning when a header is there and its stream inflates for
// a while, so that the three magic bytes inside compressed data are passed over.
//
// Pure functions. Read next: marker_inflate.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "formats/archive/marker_inflate.h"

namespace pulih {

inline constexpr size_t kLeastGzipHeader = 10;
inline constexpr size_t kMostGzipHeader = 192u << 10;  // an extra field of 64 KiB, a name and a comment; ours, not the RFC's

struct GzipHeader {
  size_t size = 0;      // of the header itself
  uint32_t mtime = 0;   // seconds since 1970; 0: not told
  uint8_t system = 255;
  ByteView extra;       // borrowed
  std::string name, comment;  // Latin-1 by the RFC, in practice whatever the writer used
};
// The header that `bytes` begins with. Its own CRC-16, where there is one, must agree.
std::optional<GzipHeader> ReadGzipHeader(ByteView bytes);

struct GzipMember {
  DeflateStream stream;
  InflateSurvey survey;
  uint64_t offset = 0, end_offset = 0;  // in the file; the end is where the member's checksum ends, or the next begins
  std::optional<GzipHeader> header;     // views into the file
  bool head_lost = false;               // begins behind damage, or the file does not begin with a member
};

struct GzipFile {
  std::vector<GzipMember> members;
  // What belongs to no member: padding, or bytes that begin nothing.
  std::vector<CompressedRange> foreign;
};

// Surveys a whole file or a part of one; `offset` is where the bytes stand in it. Runs of one value inside are taken
// for holes (AppendPieces). With a lost head the bytes up to the first member are tried as a member's remains.
struct GzipLimits {
  InflateLimits inflate;  // max_output: of all members together
  uint32_t max_members = 1u << 20;
};
GzipFile SurveyGzip(ByteView bytes, uint64_t offset, const ByteSet& allowed, const GzipLimits& limits = {});

// The next place at or behind `from` where a member begins; bytes.size() when there is none.
size_t FindGzipMember(ByteView bytes, size_t from);

}  // namespace pulih
