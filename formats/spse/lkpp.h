// The datasets of LKPP's aggregator (ISB): one row is one flat object or one line of CSV, and which of the five it is
// shows in its keys alone. Not the reading of JSON or CSV: json_source.h, csv_source.h.
//
// Pure. Source: answers of the API as the project's reference describes them (docs/rebuild.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pulih::spse {

// "lkpp.steps" and its like, for the keys of a row; empty when they are no dataset of LKPP.
std::string_view LkppSource(const std::vector<std::string>& keys);

// Whether a row of it tells of a part of a tender (a step, a bidder, a result's price), not of the tender itself.
bool IsPartOfTender(std::string_view source);

// What the aggregator answers instead of data, with status 200.
bool IsLkppFailure(std::string_view text);

}  // namespace pulih::spse
