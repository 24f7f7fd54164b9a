// What of a case goes into a snapshot beside its rows: the evidence, from where it lies, and the case's own custody log and
// description (never its key). Whether each file is still what was added is looked at: by size, times and inode, and
// where those are others, by its content.
//
// Reads only. One thread.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/recover/case.h"

namespace pulih {

struct EvidencePaths {
  std::vector<std::string> roots;     // absolute
  std::vector<std::string> problems;  // "evidence 3 (b.dump): /srv/b.dump: it is not there any more"
};
// Without evidence: the case's own files only.
Result<EvidencePaths> FindEvidencePaths(Case& of, bool with_evidence);

}  // namespace pulih
