// Tables that do not live in a database: a CSV file, JSON (an array of objects, or one), JSON Lines, OCDS packages
// and releases. What a file is its content says, not its name.
//
//   CSV     columns by the header, all text; nothing between two delimiters is NULL
//   JSON    columns by the keys, in the order in which they first appear: text where all values are strings or null, else json.
//           What has no keys (an array of arrays), or more than a table may have, is one column "value"
//   OCDS    NAME: each release under (ocid, id), whole. NAME_compiled: each contracting process under its ocid, merged
//           (formats/ocds/merge.h), with what is left of its records: links, and what their publisher merged. A package's
//           own frame (publisher, licence) is not kept
//
// A file is read two or three times: columns and keys must be known before the first row. Memory is bounded whatever
// the file's size; one value of JSON may have 256 MiB. A key that repeats or is NULL in a row is told as a Problem, and
// the table then has no key: no row is lost. A file that changes while it is read is told, and does not count.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/source/row_visitor.h"

namespace pulih {

struct TableFile {
  std::string path;
  std::string name;                      // empty: the file's name without its folder and extension
  std::vector<std::string> primary_key;  // names of columns
};

struct TableFileOptions {
  std::string spill_directory = "/var/tmp";
  size_t key_memory = 64u << 20;         // for the check of keys; more is spilled
};

// What is wrong with the file goes to the visitor, as a Problem or by DropTable, and the result is ok. Fails with
// `invalid` when a column of the primary key is not there (the message names those that are), with `interrupted`, and
// with the visitor's own failure.
Status VisitTableFile(const TableFile& file, RowVisitor& visitor, const TableFileOptions& options = {});

}  // namespace pulih
