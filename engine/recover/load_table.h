// LoadTable is the way of one table's rows into the target. Rows are staged as text in a temporary table, so that one row that
// the target's types refuse costs itself and no other; from there they go into a second, made LIKE the target's own table, whose
// constraints they must satisfy:
//
//   staged = r number of the row | g its grade | o the same without what people ruled on | k key words, NULL: lost
//          | m which fields are not known, a '0' or '1' each | p what is known of fields in part (JSON) | f its fate, NULL: to be loaded | w why | c0, c1, … texts
//   typed  = the target's columns | pulih_r
//
// Better rows (by o) go first: of two that one unique constraint does not allow the better stays, and a row that somebody looked
// at is none the worse for it.
// One thread, one transaction. Borrows the client, the table and the report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/records/target_catalog.h"
#include "engine/recover/load.h"
#include "engine/recover/rebuilt_rows.h"

namespace pulih {

// What became of a row, by its number.
enum class LoadFate : uint8_t { loaded, incomplete, left };

class LoadTable {
 public:
  LoadTable(PgClient& client, const RebuiltTable& table, size_t number, LoadedTable& counts)
      : client_(client), table_(table), number_(number), counts_(counts) {}

  // Finds the target's table and makes the two temporary ones. False: there is nothing to load it into (counts.left_out says why).
  Result<bool> Prepare(LoadReport& report);
  Status Stage(RebuiltRows& rows, Grade worst, ProgressListener& progress);
  // Tells which rows the target's types and constraints refuse, then which are there already.
  Status Check();
  Status CompareWithTarget();

  // Inserts all that is left. Fails where the table keeps some of them out.
  Status Insert();
  // Counts, the first problems, and the incomplete rows into provenance. After it the fates are final.
  Status Tell(const std::string& load, LoadReport& report);
  // By number: what became of each row.
  Result<std::vector<LoadFate>> Fates();

  const TargetTable& target() const { return *target_; }
  const RebuiltTable& rebuilt() const { return table_; }
  LoadedTable& counts() { return counts_; }
  std::string typed() const { return "pg_temp.pulih_t" + std::to_string(number_); }
  std::string staged() const { return "pg_temp.pulih_s" + std::to_string(number_); }
  bool Loads(const std::string& column) const;

 private:
  struct Loaded {
    size_t place = 0;         // among the row's fields, and of the staged column
    std::string name, type;   // type: without a modifier, which an explicit cast would cut values to
    bool is_rounded = false;  // numeric(p, s): PostgreSQL rounds without a word
    bool not_null = false;
  };
  Status MakeTables();
  Status PutRow(const std::optional<std::string>& key, Grade grade, Grade order,
                const std::vector<const ClaimedField*>& fields);
  Status Flush();
  std::string Incomplete(const std::vector<const ClaimedField*>& fields) const;
  Status Fill(uint64_t from, uint64_t to, Grade grade);
  Result<bool> TryFill(uint64_t from, uint64_t to, Grade grade, std::string& why);
  Status RefuseRounded();
  std::string SameInAll(const std::string& there, const std::string& ours) const;
  Status MarkWhere(const std::string& fate, const std::string& why, const std::string& numbers);
  Status Failed(Status why, const std::string& doing) const;

  PgClient& client_;
  const RebuiltTable& table_;
  const size_t number_;
  LoadedTable& counts_;
  std::optional<TargetTable> target_;
  std::vector<Loaded> columns_;
  uint64_t rows_ = 0;  // staged
  std::string buffer_;
};

// A type's name without its modifier, such that a cast to it changes no value: "numeric(20,2)" → "numeric", "character(2)" →
// "pg_catalog.bpchar".
std::string TypeWithoutModifier(const std::string& type_text);
// PgText as a number; 0 for what is none.
uint64_t CountIn(const PgText& text);

}  // namespace pulih
