// Spreadsheets in Office Open XML. Parts that damage took cost what they held: without the shared strings a cell that
// refers to them has no text; a sheet that is cut gives its rows up to there.
//
// The one place that knows the XML parser (pugixml) is xlsx.cc: it reads no DTD and fetches nothing. Memory: one part at a
// time and the shared strings, kMostXml each. Pure. Source: ECMA-376 part 1, 18.3, 18.4, 18.8.
#pragma once

#include "engine/base/bytes.h"
#include "formats/archive/zip.h"
#include "formats/sheet/sheet.h"

namespace pulih::sheet {

inline constexpr uint64_t kMostXml = 64u << 20;

bool IsXlsx(const ZipList& list);
// A failure is the sink's own.
Status ReadXlsx(ByteView bytes, const ZipList& list, SheetSink& sink);

}  // namespace pulih::sheet
