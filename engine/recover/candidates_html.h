// Candidates (candidates.h) as a section of the report: which record without a key may be which thing, how likely, what agrees
// and what differs, and what people ruled on it. English or Indonesian.
// Pure. What came from evidence stands escaped.
#pragma once

#include <string>
#include <vector>

#include "engine/recover/link_rulings.h"
#include "engine/recover/report_html.h"

namespace pulih {

std::string CandidatesHtml(const std::vector<LinkCandidate>& candidates, const std::vector<LinkRuling>& rulings, ReportLanguage language);

// The ruling that holds for a record; null when none does.
const LinkRuling* RulingOn(const std::vector<LinkRuling>& rulings, const std::string& record);

}  // namespace pulih
