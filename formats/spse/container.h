// Containers of anything: gzip, tar, zip. Each member is read as a source of its own (source_walk.h).
//
// Pure.
#pragma once

#include "engine/base/bytes.h"
#include "formats/archive/gzip.h"
#include "formats/archive/zip.h"
#include "formats/spse/source_walk.h"

namespace pulih::spse {

Status ReadGzipSource(ByteView bytes, const PageOrigin& origin, uint32_t depth, SourceWalk& walk, SourceSink& sink);
Status ReadTarSource(ByteView bytes, uint32_t depth, SourceWalk& walk, SourceSink& sink);
Status ReadZipSource(ByteView bytes, const ZipList& list, uint32_t depth, SourceWalk& walk, SourceSink& sink);

// Surveys members within the walk's limits.
GzipFile SurveyGzipSource(ByteView bytes, const SourceWalk& walk);
Unpacked UnpackMember(const GzipMember& member, const SourceWalk& walk);

}  // namespace pulih::spse
