// The one door to evidence that is no database: bytes of any kind in, what they tell of tenders out. Told by the bytes;
// the name only helps where these say nothing.
//
//   pages of SPSE          pages3.h, pages45.h
//   JSON                   json_source.h: DataTables, LKPP, OCDS, flat objects
//   CSV, spreadsheets      csv_source.h, formats/sheet
//   containers             WARC, ARC, MHT, zip, tar, gzip, mail: each member is a source again (container.h)
//
// Not a judge: texts stand as they were found (source_record.h), and what a text means is engine/tender/mapping.h's.
// Pure: no files, clocks or threads; memory is bounded by SourceLimits. One thread per call.
#pragma once

#include <string_view>

#include "engine/base/bytes.h"
#include "formats/spse/source_sink.h"

namespace pulih::spse {

// Numbers are not stored.
enum class SourceForm : uint8_t {
  none, empty, html, json, csv, warc, arc, xlsx, xls, mbox, mail, mht, zip, tar, gzip,
};
std::string_view SourceFormName(SourceForm form);  // "web archive", "spreadsheet (xlsx)"

// By the beginning of the bytes; for CSV by more of them.
SourceForm RecogniseSource(ByteView bytes, std::string_view name);

// A failure is the sink's own. Bytes of no form that is known are told as skipped.
Status ReadSource(ByteView bytes, std::string_view name, const SourceLimits& limits, SourceSink& sink);

}  // namespace pulih::spse
