// The schema `provenance` beside loaded tables: for each field the claim that it was taken from, for each claim the bytes of
// which evidence.
//
//   loads       a number for each load: case, when, who, with what options, how many rows
//   evidence    of a case: number, SHA-256, name, class, captured, custodian, path
//   claims      of a load: claim id, evidence, path inside of it, byte ranges as JSON [{file, offset, length}], grade, standing
//   taken       of a load: table, key, columns: state (known, null, missing, partial), grade, disputed, filled, decided, claim;
//               of a field that is not known, what is known of it. Rows that were loaded, and incomplete ones
//   fields      a view: the same, a line for each column
//   orphans     rows whose parent is lost: table, key, foreign key, its columns and values, the parent's table
//   incomplete  rows that were not loaded: table, key (NULL when it is lost), why, what is known, grade
//   sources     a view: fields with their claims and evidence, for people
//
// What a claim's id is: field_groups.h. One thread. Borrows the client.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/recover/load_table.h"

namespace pulih {

// Makes what is not there yet.
Status MakeProvenance(PgClient& client);
// A line in `loads` and the case's evidence; its number.
Result<std::string> BeginLoad(PgClient& client, Case& of, RebuiltRows& rows, const LoadOptions& options);

// Fields and claims of one table's rows.
class FieldRecorder {
 public:
  FieldRecorder(PgClient& client, std::string load, Case& of, RebuiltRows& rows)
      : client_(client), load_(std::move(load)), evidence_(of.kv()), rows_(rows) {}

  // `fates`: of the rows by number, in the order in which LoadTable staged them.
  Status Record(const LoadTable& table, Grade worst, const std::vector<LoadFate>& fates, ProgressListener& progress);

 private:
  Status PutRow(const RebuiltTable& table, const RebuiltRow& row);
  Status PutClaim(const StoredClaim& claim, const std::string& id);
  Result<std::string> RangesOf(const StoredClaim& claim);
  Status Flush();
  Status Send(const std::string& into, std::string& lines);

  PgClient& client_;
  const std::string load_;
  EvidenceRegister evidence_;
  RebuiltRows& rows_;
  std::string taken_, claims_;
  std::map<uint32_t, std::vector<EvidenceFile>> files_;
};

}  // namespace pulih
