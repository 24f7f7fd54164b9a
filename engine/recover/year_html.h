// The part of a case's report that is about tenders, as HTML: on its first page what the head of the agency asks (what is
// there, what is disputed, what is lost), behind it the lists. English or Indonesian. No script, no font, nothing from
// elsewhere; every shade is also a number or a word, so that it can be read without colour and prints on A4.
//
// Pure: same figures, same bytes. What came from evidence stands escaped.
#pragma once

#include <string>

#include "engine/recover/gaps.h"
#include "engine/recover/report_html.h"
#include "engine/recover/year_survey.h"

namespace pulih {

// `more`: further sections, which stand before the limits.
std::string YearHtml(const YearSurvey& survey, const Gaps& gaps, const SurveyOptions& options, ReportLanguage language, const std::string& more = {});

}  // namespace pulih
