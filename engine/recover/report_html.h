// The report of a case as one page of HTML that needs nothing else: no script, no font, no picture from elsewhere. Block
// maps are drawn as SVG. Everything that came from evidence (names, remarks) is hostile and stands escaped.
//
// Pure: same report, same bytes.
#pragma once

#include <string>
#include <string_view>

#include "engine/recover/report.h"

namespace pulih {

enum class ReportLanguage : uint8_t { english, indonesian };

// `year`: what year_html.h made of its tenders, set on the first page; may be empty.
std::string ReportHtml(const CaseReport& report, std::string_view year = {}, ReportLanguage language = ReportLanguage::english);

// For HTML text and attribute values in double quotes; what is no sound UTF-8, and control characters, become U+FFFD.
std::string EscapeHtml(std::string_view text);

}  // namespace pulih
