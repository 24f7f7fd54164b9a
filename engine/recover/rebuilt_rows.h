// The rows of a case as they count: of each row what the claims give (choose.h), with the rulings of people in their places
// (decide.h). The one door for whoever takes rows out of a case (export, load, snapshot), so that all of them take the same.
//
// Rows of grade F and rows that the newest evidence knows as deleted do not come through it. One thread; memory is that of the
// largest row. Borrows the case.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/progress.h"
#include "engine/recover/case.h"
#include "engine/recover/choose.h"
#include "engine/recover/claim_sources.h"
#include "engine/recover/decide.h"

namespace pulih {

// A table of which the case has claims.
struct RebuiltTable {
  std::string name;                          // "public.paket"
  const SchemaTable* known = nullptr;        // null where no schema tells its columns
  std::vector<const SchemaColumn*> columns;  // in the order of a row's fields; empty without a schema
  std::vector<size_t> key;                   // places in it; empty: none
};

// One field of a row: what is known of it, from which claim, how well.
struct RebuiltField {
  const ClaimedField* value = nullptr;
  const StoredClaim* claim = nullptr;
  Grade grade = Grade::d;
  bool disputed = false, filled = false, decided = false;

  bool is_known() const {
    return value->state == ClaimedField::State::value || value->state == ClaimedField::State::null;
  }
  std::optional<std::string_view> text() const {
    return value->state == ClaimedField::State::value ? std::optional<std::string_view>(value->text) : std::nullopt;
  }
};

struct RebuiltRow {
  ByteView key;  // as ClaimStore has it
  std::vector<RebuiltField> fields;
  Grade worst = Grade::a;            // of the fields that are known
  Grade worst_undecided = Grade::a;  // of those on which nobody ruled
};

class RebuiltRows {
 public:
  static Result<std::unique_ptr<RebuiltRows>> Open(Case& of);

  const std::vector<RebuiltTable>& tables() const { return tables_; }  // by name
  const Schema& schema() const { return schema_; }
  const ClaimSources& sources() const { return sources_; }
  const Decisions& decisions() const { return decisions_; }
  ClaimStore& store() { return store_; }

  // The rows of a table in the order of keys, until `each` says false. Borrowed for the call. `deleted` is told how many
  // rows were left out because they were deleted.
  using Each = std::function<Result<bool>(const RebuiltRow& row)>;
  Status Scan(const RebuiltTable& table, std::string_view phase, ProgressListener& progress, const Each& each,
              uint64_t* deleted = nullptr);

  // Claims whose key, or whose table, is lost: by the id of their evidence, so that the order never hangs on that of arrival.
  Status ScanUnkeyed(const RebuiltTable& table, const ClaimStore::EachClaim& each);
  Status ScanUnassigned(const ClaimStore::EachClaim& each);

  // How a person names the row (engine/records/row_key_text.h): "101", "a,b", "#" and the hash where the table has no key.
  static std::string KeyWords(const RebuiltTable& table, const RebuiltRow& row);

 private:
  Status ScanUnits(const ClaimStore::EachClaim& each, const std::function<Status(std::optional<uint32_t> unit, const ClaimStore::EachClaim& each)>& scan) const;
  explicit RebuiltRows(Case& of) : store_(of.kv()) {}

  ClaimStore store_;
  Schema schema_;
  ClaimSources sources_;
  Decisions decisions_;
  std::vector<RebuiltTable> tables_;
};

// The known part of a field, with U+FFFD for each byte that is lost, and which bytes those are: "3-7,12", with "9-" for an
// end that is lost.
std::string KnownPart(const ClaimedField& field);
std::string LostBytes(const ClaimedField& field);

}  // namespace pulih
