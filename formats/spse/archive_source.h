// Web archives as sources: the pages and answers in their records, each captured when its record says. A record that its
// own digest disproves is damaged; a revisit is read as the payload that it points to, captured then.
//
// Pure. The records: formats/web/warc.h.
#pragma once

#include "engine/base/bytes.h"
#include "formats/archive/gzip.h"
#include "formats/spse/source_walk.h"

namespace pulih::spse {

// One record after the other, WARC or ARC.
Status ReadArchive(ByteView bytes, uint32_t depth, SourceWalk& walk, SourceSink& sink);
// One gzip member for each record; `file` was surveyed.
Status ReadPackedArchive(ByteView bytes, const GzipFile& file, uint32_t depth, SourceWalk& walk, SourceSink& sink);

}  // namespace pulih::spse
