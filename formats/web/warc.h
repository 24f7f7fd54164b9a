// Records of a web archive, unpacked: WARC 0.17 to 1.1, and ARC 1. One gzip member each is the caller's to unpack
// (formats/spse/archive_source.h); here is one byte after the other.
//
// A record is as long as it says, unless another begins inside and nothing proves it. Behind damage the next "WARC/" that
// begins a head is looked for. Pure. Source: ISO 28500; the ARC file format of the Internet Archive, 1996.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace pulih::web {

enum class WarcProof : uint8_t {
  none,       // it has no digest that we know
  proven,     // a digest of it agrees
  disproven,  // it has digests, and none agrees
};

struct WarcRecord {
  std::string type;  // "response", "revisit", "resource", …; of ARC "response"
  std::string id, url, content_type;
  std::string date;  // ISO 8601 in UTC
  std::string payload_digest;                       // as it stands: "sha1:…"
  std::string refers_to, refers_to_url, refers_to_date;  // of a revisit
  ByteView block;                    // an HTTP message, for most
  uint64_t offset = 0, length = 0;   // of the record with its head
  bool cut = false;                  // its block ends before it should
  WarcProof proof = WarcProof::none;
};

class WarcSink {
 public:
  virtual ~WarcSink() = default;
  virtual Status Record(const WarcRecord& record) = 0;
  virtual Status Damage(uint64_t offset, uint64_t length) = 0;
};

bool IsWarcHead(ByteView bytes);
bool IsArcHead(ByteView bytes);
// A failure is the sink's own.
Status WalkWarc(ByteView bytes, WarcSink& sink);
Status WalkArc(ByteView bytes, WarcSink& sink);

// "sha1:" and base32, of these bytes.
std::string WarcDigest(ByteView bytes);

}  // namespace pulih::web
