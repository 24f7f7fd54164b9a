// Rows of the lists that SPSE 4 answers to its own pages (/dt/lelang, for the DataTables script): arrays of texts that
// only their places name. Fields are named "0" to "13"; a label that the server puts behind a name as HTML ("Tender
// Ulang") becomes a field of its own, "1.label".
//
// Pure. Source of the columns: domain reference, from lists as servers gave them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "formats/spse/source_record.h"
#include "formats/text/json_scan.h"

namespace pulih::spse {

// A text with tags taken out and entities decoded. What stood inside of elements is put into `label`, blank between.
struct LabelledText {
  std::string text, label;
};
LabelledText SplitLabel(std::string_view text);

// Whether an array of the list "data" is a row that we know: it begins with a code and has as many texts as one. Rows
// of direct procurement have other columns and are told as "spse4.dt.nonspk".
bool IsDataTablesRow(const Json& value);
SourceRecord DataTablesRecord(std::string_view row);  // with fields' offsets in `row`

}  // namespace pulih::spse
