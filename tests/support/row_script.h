// Rows without a server: tables that a test writes down, visited as a source would, and a small repository that takes
// snapshots of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/source/row_visitor.h"
#include "tests/support/small_repository.h"

namespace pulih {

using ScriptedRow = std::vector<std::optional<Bytes>>;
struct ScriptedTable {
  TableDescriptor descriptor;
  std::vector<ScriptedRow> rows;
  bool breaks = false;  // after its rows, instead of ending
  size_t piece = 0;     // columns above kMaxInlineRow come in pieces of this size; 0: whole
};

// uji/public.orang: id int4 (the key), nama text, catatan text.
ScriptedTable PeopleTable();
ScriptedRow Person(int32_t id, const std::string& name, const std::optional<std::string>& note);

class ScriptedSource final : public RowSource {
 public:
  explicit ScriptedSource(std::vector<ScriptedTable> tables) : tables_(std::move(tables)) {}
  std::string name() const override { return "script"; }
  Status Visit(RowVisitor& visitor) override;

 private:
  std::vector<ScriptedTable> tables_;
};

class RowScene {
 public:
  // Each run a minute later; with the catalog of the run before.
  Snapshot BackUpRows(const std::vector<ScriptedTable>& tables, BackupReport* report = nullptr);
  Snapshot BackUpFiles();
  Reading Read() { return scene_.Read(scene_.owner()); }
  uint64_t StoredBytes();
  SmallRepository& repository() { return scene_; }

 private:
  Snapshot Take(const std::function<void(BackupOptions&)>& adjust, BackupReport* report);
  SmallRepository scene_;
  std::unique_ptr<Catalog> catalog_ = NewTestCatalog();
};

}  // namespace pulih
