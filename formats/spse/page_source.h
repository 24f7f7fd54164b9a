// One page, saved or archived: which of the portal's pages it is, its records, and the tender that they are of where the
// page itself does not say it. A page may end anywhere; what a hole left of it is read up to the hole.
//
// Each record of a page that is of one tender has a field "@tender_from": "page", "address" or "file name", for whoever
// weighs it. Pure.
#pragma once

#include <string>

#include "engine/base/bytes.h"
#include "formats/spse/source_sink.h"

namespace pulih::spse {

bool LooksLikeHtml(ByteView head);

// What is known of a page beside its bytes.
struct PageOrigin {
  std::string url, captured;
  std::string name;  // of its file
};
Status ReadPage(ByteView bytes, const PageOrigin& origin, const SourceLimits& limits, SourceSink& sink);

}  // namespace pulih::spse
