// A visitor that keeps all that it is told, for tests of sources.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/source/row_visitor.h"

namespace pulih {

using RecordedRow = std::vector<std::optional<Bytes>>;

struct RecordedTable {
  TableDescriptor table;
  std::vector<RecordedRow> rows;
};

class RecordedRows final : public RowVisitor {
 public:
  Status BeginTable(const TableDescriptor& table) override {
    open_ = RecordedTable{table, {}};
    return begin_ ? begin_(table) : OkStatus();
  }
  Status Row(const RowImages& images) override {
    RecordedRow& row = open_.rows.emplace_back();
    for (const auto& image : images) row.push_back(image ? std::optional<Bytes>(ToBytes(*image)) : std::nullopt);
    return OkStatus();
  }
  Status LongRow(const RowImages& images, const LongColumns& columns) override {
    PULIH_TRY(Row(images));
    ++long_rows;
    return columns.read([&](size_t place, ByteView piece) {
      std::optional<Bytes>& image = open_.rows.back()[place];
      if (!image) image.emplace();
      Append(*image, piece);
      return OkStatus();
    });
  }
  Status EndTable() override {
    tables[TableRootName(open_.table)] = std::move(open_);
    return OkStatus();
  }
  Status DropTable(const Status& why) override {
    dropped.emplace(TableRootName(open_.table), why);
    return OkStatus();
  }
  Status Problem(std::string_view what, const Status& why) override {
    problems.emplace(std::string(what), why);
    return OkStatus();
  }
  Status Unread(const TableName& table, const std::string& why) override {
    unread.emplace(TableRootName(table), why);
    return OkStatus();
  }
  Status Database(const DatabaseDescriptor& about, const DatabaseDdl& text,
                  const std::vector<SequenceValue>& values) override {
    database = about;
    ddl = text;
    sequences = values;
    return OkStatus();
  }
  bool ShouldStop() override { return should_stop_ && should_stop_(); }

  std::map<std::string, RecordedTable> tables;
  std::map<std::string, Status> dropped, problems;
  std::map<std::string, std::string> unread;
  size_t long_rows = 0;
  DatabaseDescriptor database;
  DatabaseDdl ddl;
  std::vector<SequenceValue> sequences;

  std::function<Status(const TableDescriptor&)> begin_;
  std::function<bool()> should_stop_;

 private:
  RecordedTable open_;
};

}  // namespace pulih
