// Who reads a source tells what it finds to a SourceSink, in the order of the bytes. Same bytes, same calls.
//
// Offsets are in the bytes that ReadSource was given. Of what was unpacked from a container (a record of a web archive,
// a member of a zip, an attachment) a record and a range say where the packed member lies there; the fields then say
// where they stand in the member's content, and the path says which member it is.
// Read next: read_source.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "formats/spse/source_record.h"

namespace pulih::spse {

// What hostile bytes may make us do. What lies beyond is told as skipped, with a remark.
struct SourceLimits {
  uint32_t max_depth = 4;                     // containers in containers
  uint64_t max_member = 256ull << 20;         // of one member, unpacked
  uint64_t max_unpacked = 4ull << 30;         // of all members together
  uint64_t max_members = 1u << 20;
  uint64_t max_records = 16u << 20;
};

enum class SourceFate : uint8_t {
  read,     // its records were told
  skipped,  // sound, and nothing that we read
  damaged,  // nothing could be made of it
};

struct SourceRange {
  uint64_t offset = 0, length = 0;
  SourceFate fate = SourceFate::read;
  std::string what;  // "page of bidders", "zeros where a list should be"
};

class SourceSink {
 public:
  virtual ~SourceSink() = default;
  // A failure of any of these means that nobody listens any more: it is passed up.
  //
  // Comes before the records that it is true of, and again where another source begins: a container has many.
  virtual Status Head(const SourceHead& head) = 0;
  virtual Status Record(const SourceRecord& record) = 0;
  // Of two ranges that overlap the one told later counts. Together they cover all bytes.
  virtual Status Range(const SourceRange& range) = 0;
  // In words for the report: "record 17 of the web archive does not inflate".
  virtual Status Remark(const std::string& text) = 0;
};

}  // namespace pulih::spse
