// JSON in which tenders are told: answers of DataTables, LKPP's datasets, OCDS, and arrays of flat objects of anybody.
// What it is shows in its items; damage costs the items that it touches.
//
// Pure.
#pragma once

#include "engine/base/bytes.h"
#include "formats/spse/source_sink.h"

namespace pulih::spse {

// Whether the text begins like JSON: behind blanks a bracket, and then what may follow one.
bool LooksLikeJson(ByteView head);

Status ReadJsonSource(ByteView bytes, const SourceLimits& limits, SourceSink& sink);

}  // namespace pulih::spse
