// Candidates and rulings on them (engine/recover/candidates.h, link_rulings.h) as JSON, as lines on the terminal, and as CSV.
#pragma once

#include <string>
#include <vector>

#include "engine/os/file_system.h"
#include "engine/recover/link_rulings.h"
#include "tools/context.h"

namespace pulih {

// A member of the object that is being written: candidates.
void WriteCandidatesJson(Context& context, const std::vector<LinkCandidate>& candidates, const std::vector<LinkRuling>& rulings);
void PrintCandidates(Context& context, const std::vector<LinkCandidate>& candidates, const std::vector<LinkRuling>& rulings);
// candidates.csv, a line for each field that was compared, into a folder that is there; nothing when there are none.
Status WriteCandidatesCsv(FileSystem& files, const std::string& directory, const std::vector<LinkCandidate>& candidates);

void WriteLinkRuling(JsonWriter& json, const LinkRuling& ruling);

}  // namespace pulih
