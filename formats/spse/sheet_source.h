// Spreadsheets as tables with a head, one for each sheet.
//
// Pure.
#pragma once

#include "engine/base/bytes.h"
#include "formats/archive/zip.h"
#include "formats/spse/source_sink.h"

namespace pulih::spse {

Status ReadXlsxSource(ByteView bytes, const ZipList& list, const SourceLimits& limits, SourceSink& sink);
Status ReadXlsSource(ByteView bytes, const SourceLimits& limits, SourceSink& sink);

}  // namespace pulih::spse
