// The options of `pulih backup` that name databases and tables, and what they become: sources of rows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/source/row_visitor.h"

namespace pulih {

struct RowArguments {
  std::vector<std::string> postgres, schemas, exclude_tables, tables, primary_keys;
  std::string rate;
  bool any() const { return !postgres.empty() || !tables.empty(); }
};
Status CheckRowArguments(const RowArguments& arguments);

// Connects, and takes the snapshots of the databases, in the order given.
Result<std::vector<std::unique_ptr<RowSource>>> OpenRowSources(const RowArguments& arguments, unsigned jobs);

// Where rows are sorted that memory does not hold: $TMPDIR, else /var/tmp, which is more often a disk than /tmp is.
std::string SpoolDirectory();

}  // namespace pulih
