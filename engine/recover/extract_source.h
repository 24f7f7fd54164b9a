// The extractor of everything that is no database: saved pages, web archives, lists, releases, spreadsheets, mail, and
// archives of these. Parsing is formats/spse/read_source.h's, meaning is engine/tender/mapping.h's; this joins the two and
// grades what comes out:
//
//   a record that stands whole in its source          B
//   one whose end damage took                          D  (fields that could be cut are not in it)
//
// Such a source knows no schema: LearnSchema finds nothing. Stateless between units.
#pragma once

#include <memory>

#include "engine/recover/extract.h"

namespace pulih {

std::unique_ptr<Extractor> MakeSourceExtractor();

}  // namespace pulih
