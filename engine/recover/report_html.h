// The report of a case as one page of HTML that needs nothing else: no script, no font, no picture from elsewhere. Block
// maps are drawn as SVG. Everything that came from evidence (names, remarks) is hostile and stands escaped.
//
// Pure: same report, same bytes.
#pragma once

#include <string>

#include "engine/recover/report.h"

namespace pulih {

std::string ReportHtml(const CaseReport& report);

// For HTML text and attribute values in double quotes; what is no sound UTF-8, and control characters, become U+FFFD.
std::string EscapeHtml(std::string_view text);

}  // namespace pulih
