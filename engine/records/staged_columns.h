// The columns of rows that wait in a temporary table of the target, and how SQL speaks of them there: c0, c1, … beside
// those of the table that they are for (planned_table.h).
//
// Pure: it makes text and asks nobody.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/repo/table.h"

namespace pulih {

class StagedColumns {
 public:
  // `number` tells the temporary tables of one transaction apart.
  explicit StagedColumns(size_t number) : number_(number) {}

  // `place`: of a column in the descriptor of its table. In the order in which they are staged.
  void Add(const TableDescriptor& table, size_t place);
  // True when the key has columns and all of them are staged: then rows can be told by it.
  bool SetKey(const TableDescriptor& table);

  size_t size() const { return names_.size(); }
  const std::vector<size_t>& places() const { return places_; }     // in the descriptor
  const std::vector<std::string>& names() const { return names_; }  // in the target's table
  const std::vector<std::string>& key() const { return key_; }      // names of the key's columns
  std::string bare_table() const { return "pulih_rows_" + std::to_string(number_); }
  std::string table() const { return "pg_temp." + bare_table(); }
  static std::string Name(size_t i) { return "c" + std::to_string(i); }

  // Where a column of the table is among these.
  std::optional<size_t> PlaceOf(const std::string& column) const;
  // s.c0 and s.c3, of the table called `alias`; nothing when one was not staged.
  std::optional<std::vector<std::string>> Of(const std::vector<std::string>& columns, const std::string& alias) const;
  // Conditions between a row of the target's table and a staged one, each by its alias.
  std::string JoinOnKey(const std::string& target_alias, const std::string& staged_alias) const;
  std::string Equal(const std::string& target_alias, const std::string& staged_alias) const;
  // The places of columns that differ, as text: "0,4".
  std::string Differences(const std::string& target_alias, const std::string& staged_alias) const;

 private:
  std::string Differ(size_t i, const std::string& target_alias, const std::string& staged_alias) const;

  size_t number_;
  std::vector<size_t> places_;
  std::vector<std::string> names_;
  std::vector<bool> are_bytes_;
  std::vector<std::string> key_;
};

}  // namespace pulih
