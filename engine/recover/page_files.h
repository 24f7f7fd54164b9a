// The files of a unit, sorted by what their places say: folders of databases with their relations and segments, the
// transaction log, pg_control. Nothing is read but the control file and names. Borrows the unit.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/recover/extract.h"
#include "engine/recover/toast_relation.h"
#include "formats/postgres/catalog.h"
#include "formats/postgres/control.h"
#include "formats/postgres/xact.h"

namespace pulih {

struct DatabaseFiles {
  std::string folder;                                          // "base/16384"; empty for loose files
  std::vector<CatalogFile> files;                              // main forks and pg_filenode.map
  std::map<uint32_t, std::vector<RelationSegment>> relations;  // by filenode, segments in order
  std::map<uint32_t, std::vector<std::string>> names;          // of the segments' files, as the unit has them
};

struct SkippedFile {
  uint32_t file = 0;
  std::string what;
};

struct PageFiles {
  std::vector<DatabaseFiles> databases;  // by folder
  std::vector<SkippedFile> others;
  XactLog xacts;
  PgControl control;  // zeros when there is none
  PgMajor major = 0;  // by PG_VERSION or pg_control
};

PageFiles SortPageFiles(const std::vector<UnitFile>& files);

}  // namespace pulih
