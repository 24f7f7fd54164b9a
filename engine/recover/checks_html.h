// Rules that records break (checks.h), as a section of the report: each rule with how often it was looked at and broken, then
// what breaks it, with both values and their places. English or Indonesian.
// Pure. What came from evidence stands escaped.
#pragma once

#include <string>

#include "engine/recover/checks.h"
#include "engine/recover/report_html.h"

namespace pulih {

std::string ChecksHtml(const Checks& checks, ReportLanguage language);

}  // namespace pulih
