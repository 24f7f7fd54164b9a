// TableRecorder is what a backup does with the rows that a source visits: encode each, sort the table's rows by key in
// bounded memory, and build the table's map; at the end the descriptor map of each database.
//
//   RowSource → RowEncoder → RowSorter → MapBuilder → sink
//
// Rows that arrive in another order, or from another physical table with the same rows, give the same root. One
// thread, that of the sink. Everything is queued in the sink afterwards, not yet durable.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/backup/problems.h"
#include "engine/progress.h"
#include "engine/backup/row_encoder.h"
#include "engine/records/row_sorter.h"
#include "engine/repo/repository.h"

namespace pulih {

struct RecordedRoot {
  std::string name;  // "epns_prod/public.paket", "epns_prod/"
  ObjectId root;
};

struct TableCounts {
  uint64_t tables = 0, rows = 0;
  uint64_t bytes = 0;          // of all images
  uint64_t bytes_new = 0;      // of moved columns that were not stored yet
};

class TableRecorder final : public RowVisitor {
 public:
  TableRecorder(const Repository& repository, ObjectSink& sink, ProgressListener& progress, SourceProblems& problems,
                const RowSorterOptions& sorting);
  ~TableRecorder() override;

  Status BeginTable(const TableDescriptor& table) override;
  Status Row(const RowImages& images) override { return LongRow(images, {}); }
  Status LongRow(const RowImages& images, const LongColumns& columns) override;
  Status EndTable() override;
  Status DropTable(const Status& why) override;
  Status Problem(std::string_view what, const Status& why) override;
  Status Unread(const TableName& table, const std::string& why) override;
  Status Database(const DatabaseDescriptor& database, const DatabaseDdl& ddl, const std::vector<SequenceValue>& sequences) override;
  bool ShouldStop() override;

  // Builds the descriptor maps. The roots of all maps, in the order of their names. Called once.
  Result<std::vector<RecordedRoot>> Finish();
  const TableCounts& counts() const { return counts_; }

 private:
  // A descriptor map in the making: it is small, and its keys come in any order.
  using Entries = std::map<Bytes, Bytes>;

  Status BuildMap(MapRoot& root);
  void Report();

  const Repository& repository_;
  ProgressListener& progress_;
  SourceProblems& problems_;
  NodeWriter nodes_;
  const MapOptions map_options_;
  RowEncoder encoder_;
  RowSorter sorter_;

  std::string table_name_;   // of the open table
  TableDescriptor table_;
  EncodedRow encoded_;
  Bytes sorted_value_;
  uint64_t rows_of_table_ = 0, bytes_of_table_ = 0;

  std::map<std::string, ObjectId> roots_;
  std::map<std::string, Entries> descriptors_;  // by database
  std::set<std::string> described_;             // databases that Database() was called for
  TableCounts counts_;
};

}  // namespace pulih
