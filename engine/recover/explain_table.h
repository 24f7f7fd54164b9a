// Explains a table: which evidence holds rows of it and in which bytes, and which bytes of the evidence are damaged, so
// that a table of which nothing is left is not passed over in silence: its rows may have stood there.
//
// Reads the case only; one thread. Memory does not grow with the rows.
#pragma once

#include <string>
#include <vector>

#include "engine/recover/case.h"
#include "engine/recover/evidence.h"

namespace pulih {

inline constexpr size_t kToldStretches = 100;  // of damage, of one piece of evidence; the longest

struct TableInFile {
  std::string file;          // of the evidence
  uint64_t claims = 0;
  uint64_t from = 0, to = 0; // all of them stand in [from, to)
};

struct DamagedStretch {
  std::string file;
  uint64_t offset = 0, length = 0;
  std::string what;
};

struct TableInEvidence {
  Evidence evidence;
  uint64_t claims = 0;
  std::vector<TableInFile> files;
  std::vector<DamagedStretch> damage;  // in the order of files and offsets
  uint64_t damage_not_told = 0;        // stretches beyond kToldStretches
};

struct TableExplanation {
  std::string table;
  std::vector<TableInEvidence> evidence;  // all of the case
};

// not_found when neither the schema nor a claim knows such a table; invalid when several have the name.
Result<TableExplanation> ExplainTable(Case& of, const std::string& table);

// The table that words mean ([SCHEMA.]TABLE), of those with claims and those of the schema. Errors as above.
Result<std::string> FindRecoveredTable(Case& of, const std::string& words);

}  // namespace pulih
