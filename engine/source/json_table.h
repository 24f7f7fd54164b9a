// Reads a JSON file, or JSON Lines, as a table. See table_source.h.
#pragma once

#include <functional>

#include "engine/source/table_bytes.h"
#include "engine/source/table_source.h"
#include "engine/source/table_visit.h"
#include "formats/text/json.h"
#include "formats/text/json_splitter.h"

namespace pulih {

// How the values of a file are told apart.
struct JsonForm {
  bool lines = false;
  uint32_t mark_size = 0;  // of a byte order mark
};
// JSON Lines when the first line is an object by itself and more follows; or the next two are, and only the first is broken.
Result<JsonForm> DetectJsonForm(const TableBytes& bytes);

// Reads each piece and hands it over; a line that is no JSON is told once all are read (`tell`), and left out. In a file
// that is no JSON Lines it ends the pass.
struct JsonPassResult {
  uint64_t broken_lines = 0, first_broken_line = 0;
  uint64_t repeated_keys = 0;
};
using JsonTake = std::function<Status(const JsonPiece& piece, Json value)>;
Result<JsonPassResult> PassJson(const TableBytes& bytes, const JsonForm& form, const std::vector<std::string>& members_to_cut, const JsonTake& take);
Status TellJsonPass(const JsonPassResult& pass, TableVisit& visit);

Status VisitJson(const TableBytes& bytes, const JsonForm& form, const TableFile& file, const std::string& name, const TableFileOptions& options,
                 TableVisit& visit);

}  // namespace pulih
