// What belongs together among files, by their names and by what they are: a data directory, a directory dump, a folder of
// WAL segments; every other file stands alone. Of files on a disk (find_units.h) as of members of an archive (nested.h).
//
// A data directory is a folder with PG_VERSION and base/ or global/, or, where those are lost, one with two or more
// numbered files of pages (and base/, global/, pg_xact/ beside it); its pg_wal is a unit of its own. Two or more files of one
// folder that are pieces of a custom dump without its beginning are one dump. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/recover/evidence.h"

namespace pulih {

struct FoundFile {
  std::string path;  // absolute
  std::string name;  // below its unit
  Identity identity;
};

struct FoundUnit {
  UnitKind unit = UnitKind::file;
  std::string path;  // of the file, or of the folder
  std::vector<FoundFile> files;
};

// By path, which begins with '/'. Units come in the order of their paths; each file is in one.
std::vector<FoundUnit> GatherUnits(std::map<std::string, Identity> files);

}  // namespace pulih
