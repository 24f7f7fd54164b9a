// The rows of a case (rebuilt_rows.h) as a source of rows for a backup, so that `records tables | get | history` show them beside
// those of live databases: each table under the name that the database gave it, each row under its own key.
//
//   DATABASE/SCHEMA.TABLE         the rows. A value that is lost is NULL here, as is one that is NULL; provenance.fields tells which
//   DATABASE/provenance.fields    (table, key, columns) → state, grade, disputed, decided, claim, evidence, where, and what is known
//                                 of a field in part. Columns of a row that have all of it in common stand in one line
//   DATABASE/provenance.evidence  (number) → sha256, name, class, captured, custodian, path
//
// A type that text cannot be read into here (formats/postgres/value_text.h) is stored as text. A value that its type refuses is
// told in provenance.fields, as "unreadable", and NULL in its row; a row whose key is such a value is a problem, and left out.
//
// One thread. Borrows the case.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/recover/case.h"
#include "engine/recover/rebuilt_rows.h"
#include "engine/source/row_visitor.h"

namespace pulih {

class RebuiltSource final : public RowSource {
 public:
  // `database`: under which name the tables are kept.
  static Result<std::unique_ptr<RebuiltSource>> Open(Case& of, std::string database);

  std::string name() const override { return "case:" + of_.id(); }
  Status Visit(RowVisitor& visitor) override;

  const std::vector<RebuiltTable>& tables() const { return rows_->tables(); }

 private:
  RebuiltSource(Case& of, std::string database) : of_(of), database_(std::move(database)) {}
  Status VisitTable(const RebuiltTable& table, RowVisitor& visitor);
  Status VisitFields(RowVisitor& visitor);
  // One line of provenance.fields; not `sound`: the row holds NULL for what is no value of its type.
  Status PutFields(const std::string& table, const std::string& key, const std::string& columns,
                   const RebuiltField& field, const std::string& claim, bool sound, RowVisitor& visitor);
  Status VisitEvidence(RowVisitor& visitor);

  Case& of_;
  const std::string database_;
  std::unique_ptr<RebuiltRows> rows_;
};

// Of the databases in `names` (tables of a repository) the one that has most of the case's tables; nothing when none has any.
// `invalid`, naming them, when several have equally many.
Result<std::optional<std::string>> DatabaseLike(const std::vector<RebuiltTable>& tables,
                                                const std::vector<TableName>& names);

}  // namespace pulih
