// The first reading of a dump's rows: what each group of them says about the table that it is of, and whether rows that
// should be sound contradict each other. Judging is name_groups.h's business.
//
// Borrows the schemas. One thread. Memory: the candidates of each group, and the hashes of keys of one group at a time, up
// to a limit beyond which keys tell nothing.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "engine/recover/dump_rows.h"
#include "engine/recover/key_set.h"
#include "engine/recover/row_fit.h"

namespace pulih {

// Hashes of keys that are held at once.
inline constexpr size_t kMaxKeyHashes = size_t{1} << 24;

// A table that a group may be of.
struct Candidate {
  explicit Candidate(TableForm form_) : form(std::move(form_)) {}
  TableForm form;
  uint64_t fits = 0;
  uint64_t script_rows = 0;     // rows that the schema's script brings as well
  bool repeats_key = false;
  std::vector<KeySet> unique;
};

struct GroupState {
  RowGroup group;
  std::optional<size_t> named;           // the table that the dump says
  std::vector<Candidate> candidates;
  std::optional<TableForm> form;         // of the table that the dump says
  uint64_t rows = 0, whole_rows = 0;
  bool clean = true;                     // nothing of it is damaged, as far as is known
  bool first = true;
  bool repeats_key = false;
  uint64_t misfits = 0;
  bool broken_behind = false;            // behind known damage a whole row breaks the grammar or repeats a key
  std::vector<uint64_t> values;          // of each field: how many are not NULL,
  std::vector<uint64_t> numbers;         // … are numbers,
  std::vector<uint64_t> moments;         // … begin like a date

  // A few rows that do not fit are damage; many say that the table has another shape than we know.
  bool suspicious() const { return repeats_key || (misfits > 0 && misfits * 10 < whole_rows); }
  KeySet exact_keys;
};

// The rows of the schema's script, by table.
class ScriptRows {
 public:
  explicit ScriptRows(const Schema& schema) {
    for (const SchemaRow& row : schema.rows) rows_[row.table].insert(row.values);
  }
  bool Has(size_t table) const { return rows_.count(table) != 0; }
  size_t Count(size_t table) const {
    const auto at = rows_.find(table);
    return at == rows_.end() ? 0 : at->second.size();
  }
  bool Has(size_t table, const RowViews& row) const {
    const auto at = rows_.find(table);
    return at != rows_.end() && at->second.count(RowTexts(row.begin(), row.end())) != 0;
  }

 private:
  std::map<size_t, std::set<RowTexts>> rows_;
};

class GroupSurvey : public RowTaker {
 public:
  // `own`: the shape of tables as the dump itself says it.
  GroupSurvey(const Schema& schema, const Schema& own, std::string_view encoding)
      : schema_(schema), own_(own), script_(schema), utf8_(IsUtf8Encoding(encoding)) {}

  Status Group(const RowGroup& group) override;
  bool WantsRows() const override;
  Status Row(const TextLine& line) override;
  Status Ddl(std::string_view statement) override;
  void CloseGroup();  // also after the last one

  std::vector<GroupState>& groups() { return groups_; }
  const ScriptRows& script() const { return script_; }

 private:
  enum class Grammar : uint8_t { free, some, strong };
  Grammar GrammarOf(const SchemaColumn* column) const;
  void DropWeaker(GroupState& group) const;
  void BeginCandidates(GroupState& group);
  void TryCandidate(Candidate& candidate);
  void LookAtValues(GroupState& group) const;
  void CheckNamed(GroupState& group, bool sound, bool behind);
  TableForm FormOf(const GroupState& group) const;

  const Schema& schema_;
  const Schema& own_;
  ScriptRows script_;
  std::vector<GroupState> groups_;
  CopyRow row_;
  size_t hashes_ = 0;
  bool utf8_;
};

}  // namespace pulih
