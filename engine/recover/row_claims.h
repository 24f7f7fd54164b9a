// Makes claims of the rows of one group: what each field is, and what the row is worth.
//
//   the bytes are proven by a checksum                              A   (C when the table is known by agreement only)
//   before any known damage, and the row fits its table             B
//   behind damage, every byte known, fits, and its key is new       C
//   the same, when some of its bytes were surely solved             E
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
#include "engine/recover/lost_lines.h"
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
  void set_encoding(std::string encoding);
  // Only lines with bytes that were solved become claims; their paths say by which of `sources` (TextLine::solved_by).
  void set_only_solved(const std::vector<std::string>* sources) { solvers_ = sources; }

  // Tells what became of the bytes of lines that no claim was made of; after the last line of a group.
  Status TellLost() { return lost_lines_.Tell(); }
  // Lines that no claim was made of, since Begin.
  uint64_t lost_lines() const { return lost_; }
  uint64_t rows() const { return rows_; }

 private:
  Status Read(const TextLine& line);
  Status Whole(const TextLine& line);
  Status Masked(const TextLine& line);
  Status Beginning(const TextLine& line, std::string_view known);
  Status Ending(const TextLine& line);
  Status Emit(const TextLine& line, std::vector<ClaimedField> fields, Grade grade);
  Status EmitFields(const TextLine& line, Grade grade);
  Grade GradeOf(SegmentTrust trust, bool fits, bool key_is_new) const;
  bool TakeValue(std::string_view written, size_t i, ClaimedField& field) const;
  void Normalise(size_t i, std::string& text) const;
  size_t Strangers(const RowViews& row) const;
  bool KeyIsNew(const RowViews& row);
  void SetNames();
  const TableForm& form() const { return *form_; }

  const Schema& schema_;
  std::string encoding_;
  bool utf8_ = true;
  ExtractSink& sink_;
  RowGroup group_;
  GroupName name_;
  std::optional<TableForm> form_;
  KeySet keys_;
  size_t keys_of_table_ = SIZE_MAX;
  CopyRow row_;                // of a whole line
  std::vector<CopyField> split_;  // of another
  RowClaim claim_;             // the one that is being made; its texts keep their memory from row to row
  std::string path_head_;      // of the group
  std::vector<bool> is_bytea_; // of each column that is listed
  LostLines lost_lines_;
  uint64_t rows_ = 0, lost_ = 0;
  bool behind_ = false;
  bool doubtful_ = false;
  const std::vector<std::string>* solvers_ = nullptr;
};

}  // namespace pulih
