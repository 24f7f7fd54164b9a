// Pages of SPSE 3.x (2012 to 2015): a list whose CSS classes are column names, a view by labels, the schedule, the
// bidders, lists of winners. Told by classes and heads, never by an address or a position.
//
// Only the view and the list say which tender they are of; of the others the caller knows it or nobody (page_source.h).
// Pure. Source: saved pages, and the page classes as the domain reference names them.
#pragma once

#include <vector>

#include "formats/spse/source_record.h"
#include "formats/web/html.h"

namespace pulih::spse {

// Empty when it is no page of SPSE 3 that we know. Offsets are in the page's text.
std::vector<SourceRecord> ReadPage3(const web::HtmlPage& page);

}  // namespace pulih::spse
