// A SourceWalk reads one source and what is in it: members of containers are sources again, to a bounded depth, number and
// size. It keeps the books that the members share.
//
// One thread, one walk. Read next: read_source.cc (what a source is), container.cc, archive_source.cc, mail_source.cc.
#pragma once

#include <string>

#include "engine/base/bytes.h"
#include "formats/spse/page_source.h"
#include "formats/spse/source_sink.h"

namespace pulih::spse {

class SourceWalk {
 public:
  explicit SourceWalk(const SourceLimits& limits) : limits_(limits) {}

  // Whatever `bytes` are.
  Status Source(ByteView bytes, const PageOrigin& origin, uint32_t depth, SourceSink& sink);

  // A member of a container, unpacked. `offset` and `length`: where it lies in the container's bytes. `path` comes before
  // the paths of its records. Its range is told, with all that is in it.
  struct Member {
    PageOrigin origin;
    uint64_t offset = 0, length = 0;
    std::string path;
    bool cut = false;  // a beginning of it
  };
  Status Enter(ByteView bytes, const Member& member, uint32_t depth, SourceSink& sink);
  // One that could not be unpacked.
  Status Lost(const Member& member, const std::string& why, SourceSink& sink);

  const SourceLimits& limits() const { return limits_; }
  // How large the next member may be.
  uint64_t room() const;

 private:
  const SourceLimits& limits_;
  uint64_t unpacked_ = 0, members_ = 0;
};

}  // namespace pulih::spse
