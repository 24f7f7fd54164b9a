// CSV with a head, of any dialect and encoding, as rows of tenders. Damage costs the rows that it touches: a row with
// zeros in it or with another number of fields than the head is told as damaged, and where a quote was lost reading
// begins anew on the next line.
//
// Of a last row without a line end the last field is left out, unless it stands in quotes: nobody knows whether it is
// whole. Pure.
#pragma once

#include "engine/base/bytes.h"
#include "formats/spse/source_sink.h"

namespace pulih::spse {

// Whether most of the first lines are cut alike by one delimiter, into three fields at least.
bool LooksLikeCsv(ByteView bytes);

Status ReadCsvSource(ByteView bytes, const SourceLimits& limits, SourceSink& sink);

}  // namespace pulih::spse
