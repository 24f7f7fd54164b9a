// The rows of a case's tables as an export shows them (choose.h), by the names of their columns: for whoever asks what the
// database says rather than how it is known. Rulings of people are not applied: it is what the evidence says.
//
// Reads the case only, one thread. Memory: the claims of one row.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/progress.h"
#include "engine/recover/choose.h"
#include "engine/recover/claim_sources.h"
#include "engine/recover/claim_store.h"

namespace pulih {

// One row; borrows it for the call that it is given to.
struct ShownRow {
  const std::vector<StoredClaim>& claims;
  const ChosenRow& chosen;
  const std::unordered_map<std::string, size_t>& places;

  // The text of a column; null when it is NULL, lost, or there is no such column.
  const std::string* Find(std::string_view column, Grade* grade = nullptr) const;
  const StoredClaim& best() const { return claims[chosen.order.front()]; }
};

class ShownRows {
 public:
  ShownRows(OrderedKv& kv, const ClaimSources& sources, Schema schema, std::string_view phase, ProgressListener& progress)
      : store_(kv), sources_(sources), schema_(std::move(schema)), phase_(phase), progress_(progress) {}

  // Of schema public; null when the case does not know it.
  const SchemaTable* Known(std::string_view table) const { return schema_.Find("public", std::string(table)); }
  // Each row that is not deleted, in the order of keys. A table that the case does not know has none.
  Status Scan(std::string_view table, const std::function<Status(const ShownRow&)>& each);

 private:
  ClaimStore store_;
  const ClaimSources& sources_;
  const Schema schema_;
  const std::string_view phase_;
  ProgressListener& progress_;
};

}  // namespace pulih
