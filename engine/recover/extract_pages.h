// Rows out of the files of a data directory, of one database's folder, or of a loose relation file: catalog → which file
// is which table (relation_match.h where the catalog does not tell) → TOAST and indexes of each → its pages
// (table_pages.h). Nothing is started on evidence, and no server is asked.
#pragma once

#include <memory>

#include "engine/recover/extract.h"

namespace pulih {

std::unique_ptr<Extractor> MakePagesExtractor();

}  // namespace pulih
