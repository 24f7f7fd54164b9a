#include "tests/support/row_script.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "engine/base/endian.h"
#include "formats/repo/row.h"

namespace pulih {
namespace {

const PgType kInt4{PgTypeKind::base, "pg_catalog", "int4", pg_oid::kInt4, 0, {}};
const PgType kText{PgTypeKind::base, "pg_catalog", "text", pg_oid::kText, 0, {}};

}  // namespace

ScriptedTable PeopleTable() {
  ScriptedTable table;
  TableDescriptor& d = table.descriptor;
  d.database = "uji";
  d.schema = "public";
  d.name = "orang";
  d.types = {kInt4, kText};
  d.columns = {{"id", 0, "integer", true, 0, false}, {"nama", 1, "text", true, 0, false}, {"catatan", 1, "text", false, 0, false}};
  d.key = {0};
  return table;
}

ScriptedRow Person(int32_t id, const std::string& name, const std::optional<std::string>& note) {
  Bytes number(4);
  StoreBe(number.data(), static_cast<uint32_t>(id));
  return {number, ToBytes(AsBytes(name)), note ? std::optional(ToBytes(AsBytes(*note))) : std::nullopt};
}

Status ScriptedSource::Visit(RowVisitor& visitor) {
  for (const ScriptedTable& table : tables_) {
    PULIH_TRY(visitor.BeginTable(table.descriptor));
    for (const ScriptedRow& row : table.rows) {
      RowImages images;
      for (const auto& column : row) images.push_back(column ? std::optional<ByteView>(*column) : std::nullopt);
      LongColumns longs;
      for (size_t i = 0; i < images.size() && table.piece > 0; ++i) {
        if (images[i] && images[i]->size() > kMaxInlineRow) longs.places.push_back(i), images[i].reset();
      }
      longs.read = [&](const LongColumns::Take& take) {
        for (const size_t place : longs.places) {
          for (ByteView rest = *row[place]; !rest.empty(); rest = rest.subspan(std::min(rest.size(), table.piece)))
            PULIH_TRY(take(place, rest.first(std::min(rest.size(), table.piece))));
        }
        return OkStatus();
      };
      PULIH_TRY(longs.places.empty() ? visitor.Row(images) : visitor.LongRow(images, longs));
    }
    PULIH_TRY(table.breaks ? visitor.DropTable(Status(Code::io, "it broke off")) : visitor.EndTable());
  }
  return OkStatus();
}

Snapshot RowScene::Take(const std::function<void(BackupOptions&)>& adjust, BackupReport* report) {
  scene_.clock().Advance(60);
  auto repository = scene_.Open(scene_.owner());
  BackupOptions options = scene_.Options();
  adjust(options);
  SilentProgress progress;
  auto done = Backup(*repository, *catalog_, options, progress);
  INFO(done.status().ToString());
  REQUIRE(done.ok());
  if (report != nullptr) *report = *done;
  auto list = ListSnapshots(*repository);
  REQUIRE(list.ok());
  for (Snapshot& snapshot : list->snapshots) {
    if (snapshot.id == *done->snapshot) return snapshot;
  }
  FAIL("the snapshot is not listed");
  return {};
}

Snapshot RowScene::BackUpRows(const std::vector<ScriptedTable>& tables, BackupReport* report) {
  ScriptedSource source(tables);
  return Take(
      [&](BackupOptions& options) {
        options.tree.roots.clear();
        options.rows = {&source};
        options.spool_directory = scene_.Scratch("");
      },
      report);
}

Snapshot RowScene::BackUpFiles() {
  scene_.MakeTree();
  return Take([](BackupOptions&) {}, nullptr);
}

uint64_t RowScene::StoredBytes() {
  uint64_t bytes = 0;
  for (const auto& [name, blob] : BlobsOf(scene_.store())) bytes += blob.size();
  return bytes;
}

}  // namespace pulih
