// Pages of SPSE 4 and 4.5: the announcement by labels, schedule, bidders, results of evaluation, winners, the list, and
// the notices beside tenders (direct procurement, works by an agency's own means). By labels and heads.
//
// Pure. Source: saved pages.
#pragma once

#include <string>
#include <vector>

#include "formats/spse/source_record.h"
#include "formats/web/html.h"

namespace pulih::spse {

// Empty when it is no page of SPSE 4 that we know. Offsets are in the page's text.
std::vector<SourceRecord> ReadPage45(const web::HtmlPage& page);

// The tender whose tabs ("Pengumuman", "Peserta", …) the page has; empty when none.
std::string TenderOfTabs(const web::HtmlPage& page);

}  // namespace pulih::spse
