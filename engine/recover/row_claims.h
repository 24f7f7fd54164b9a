// Makes claims of the rows of one group: what each field is, and what the row is worth.
//
//   the bytes are proven by a checksum                              A   (C when the table is known by agreement only)
//   before any known damage, and the row fits its table             B
//   behind damage, every byte known, fits, and its key is new       C
//   anything else: a row of which damage took something, one behind
//   an error whose place is not known, one that repeats a key       D
//
// Never: a field behind an unknown byte that could hide the border of two rows; a row whose number of fields is wrong.
//
// Borrows the schema. One thread. Keys are remembered up to a limit, beyond which none counts as new.
#pragma once

#include <functional>

#include "engine/recover/dump_rows.h"
#include "engine/recover/key_set.h"
#include "engine/recover/name_groups.h"
#include "engine/recover/row_fit.h"

namespace pulih {

class RowClaims {
 public:
  RowClaims(const Schema& schema, std::string encoding, ExtractSink& sink);

  // A new group; rows that follow are of it.
  void Begin(const RowGroup& group, const GroupName& name);
  Status Line(const TextLine& line);
  Status Inserted(const InsertedRow& row);
  // Damage of unknown place lies somewhere in the unit: only what a checksum proves is more than D.
  void set_doubtful(bool doubtful) { doubtful_ = doubtful; }
  void set_encoding(std::string encoding) { encoding_ = std::move(encoding); }

  // Lines that no claim was made of, since Begin.
  uint64_t lost_lines() const { return lost_; }
  uint64_t rows() const { return rows_; }

 private:
  Status Whole(const TextLine& line);
  Status Masked(const TextLine& line);
  Status Beginning(const TextLine& line, std::string_view known);
  Status Ending(const TextLine& line);
  Status Emit(const TextLine& line, std::vector<ClaimedField> fields, Grade grade);
  Grade GradeOf(SegmentTrust trust, bool fits, bool key_is_new) const;
  bool TakeValue(std::string_view written, size_t i, ClaimedField& field) const;
  void Normalise(size_t i, std::string& text) const;
  bool KeyIsNew(const RowTexts& row);
  std::string Path() const;
  const TableForm& form() const { return *form_; }

  const Schema& schema_;
  std::string encoding_;
  ExtractSink& sink_;
  RowGroup group_;
  GroupName name_;
  std::optional<TableForm> form_;
  KeySet keys_;
  size_t keys_of_table_ = SIZE_MAX;
  std::vector<CopyField> split_;
  RowTexts row_;
  uint64_t rows_ = 0, lost_ = 0;
  bool behind_ = false;
  bool doubtful_ = false;
};

}  // namespace pulih
