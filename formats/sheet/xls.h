// Spreadsheets of Excel 97 to 2003 (BIFF8), as far as cell records go: texts, numbers, dates by style, what formulas
// showed. Of Excel 5 and 95 (BIFF5) texts of cells and numbers.
//
// A stream that breaks off gives the cells before. Pure. Source: [MS-XLS] 2.4 and 2.5.293.
#pragma once

#include "engine/base/bytes.h"
#include "formats/sheet/sheet.h"

namespace pulih::sheet {

inline constexpr uint64_t kMostXls = 256u << 20;

bool IsXls(ByteView bytes);
// A failure is the sink's own.
Status ReadXls(ByteView bytes, SheetSink& sink);

}  // namespace pulih::sheet
