#include "engine/backup/table_recorder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

#include "engine/base/endian.h"
#include "engine/records/absent_tables.h"
#include "engine/records/row_changes.h"
#include "engine/records/table_reader.h"
#include "tests/support/row_script.h"

namespace pulih {
namespace {


std::vector<std::string> KeysOf(const TableReader& table) {
  std::vector<std::string> keys;
  REQUIRE(table.Scan({}, [&](const StoredRow& row) { return keys.push_back(table.KeyText(row)), true; }, [](const MapGap&) { FAIL("a gap"); }).ok());
  return keys;
}

}  // namespace

TEST_CASE("rows come back by key as they were, whatever the order they came in") {
  RowScene scene;
  ScriptedTable table = PeopleTable();
  for (int i = 0; i < 3000; ++i) table.rows.push_back(Person(i * 7 - 900, "orang " + std::to_string(i), i % 3 == 0 ? std::nullopt : std::optional<std::string>("catatan")));
  const auto first = scene.BackUpRows({table});
  std::shuffle(table.rows.begin(), table.rows.end(), std::mt19937(20141004));
  const auto second = scene.BackUpRows({table});
  CHECK(first.Root("uji/public.orang") == second.Root("uji/public.orang"));

  auto reading = scene.Read();
  auto listed = FindTable(*reading.session, second, {std::nullopt, std::nullopt, "orang"});
  REQUIRE(listed.ok());
  const TableReader reader(*reading.session, std::move(listed).value());
  CHECK(reader.rows() == 3000);
  const auto keys = KeysOf(reader);
  REQUIRE(keys.size() == 3000);
  CHECK(keys.front() == "-900");
  CHECK(keys[1] == "-893");
  CHECK(keys.back() == std::to_string(2999 * 7 - 900));

  const auto key = reader.KeyOf("87");
  REQUIRE(key.ok());
  const auto row = reader.Get(*key);
  REQUIRE((row.ok() && row->has_value()));
  CHECK(ColumnText(reader, **row, 1).value() == "orang 141");
  CHECK(ColumnText(reader, **row, 2).value() == std::nullopt);
  CHECK(!reader.Get(*reader.KeyOf("88")).value().has_value());
}

TEST_CASE("a long column is moved out, comes back whole, and is stored once") {
  RowScene scene;
  std::string document(3u << 20, '\0');
  std::mt19937_64 random(7);
  for (char& c : document) c = static_cast<char>('a' + random() % 26);
  ScriptedTable table = PeopleTable();
  table.rows = {Person(1, "satu", document), Person(2, "dua", document), Person(3, "tiga", std::nullopt)};
  const auto first = scene.BackUpRows({table});
  table.rows[0] = Person(1, "satu diubah", document);
  const uint64_t before = scene.StoredBytes();
  const auto second = scene.BackUpRows({table});
  CHECK(scene.StoredBytes() - before < 100'000);

  auto reading = scene.Read();
  const TableReader reader(*reading.session, FindTable(*reading.session, second, {std::nullopt, std::nullopt, "orang"}).value());
  const auto row = reader.Get(*reader.KeyOf("2")).value();
  REQUIRE(row.has_value());
  CHECK(std::holds_alternative<MovedColumn>(row->columns[2]));
  CHECK(ColumnText(reader, *row, 2).value() == document);
  std::vector<std::string> changed;
  const auto counts = DiffRows(*reading.session, first, second, std::nullopt, [&](const RowChange& change) -> Result<bool> {
    CHECK(change.kind == RowChangeKind::changed);
    changed = change.fields;
    return true;
  });
  REQUIRE(counts.ok());
  CHECK(counts->changed == 1);
  CHECK(changed == std::vector<std::string>{"nama"});
}

TEST_CASE("a row gives the same root whether its long columns come whole or in pieces") {
  std::mt19937_64 random(11);
  const auto text = [&](size_t size) {
    std::string made(size, '\0');
    for (char& c : made) c = static_cast<char>('a' + random() % 26);
    return made;
  };
  ScriptedTable table = PeopleTable();
  const std::string zeros(9u << 20, '0');  // no cut but at the longest chunk
  table.rows = {Person(1, "satu", text(65'537)), Person(2, text(70'000), text(5'000'000)), Person(3, text(60'000), text(65'000)),
                Person(4, zeros, text(66'000)), Person(5, "lima", std::nullopt)};
  if (GENERATE(false, true)) table.descriptor.key.clear();  // then the key is a digest of the row
  RowScene scene;
  BackupReport whole, pieces;
  const auto first = scene.BackUpRows({table}, &whole);
  table.piece = GENERATE(1000u, 262'144u, 1u << 20, 20u << 20);
  const auto second = scene.BackUpRows({table}, &pieces);
  CHECK(first.Root("uji/public.orang") == second.Root("uji/public.orang"));
  CHECK(whole.row_bytes == pieces.row_bytes);
}

TEST_CASE("equal rows of a table without a key are counted, not lost") {
  RowScene scene;
  ScriptedTable table = PeopleTable();
  table.descriptor.key.clear();
  table.rows = {Person(1, "sama", "x"), Person(2, "lain", "y"), Person(1, "sama", "x"), Person(1, "sama", "x")};
  const auto snapshot = scene.BackUpRows({table});
  auto reading = scene.Read();
  const TableReader reader(*reading.session, FindTable(*reading.session, snapshot, {std::nullopt, std::nullopt, "orang"}).value());
  CHECK(reader.rows() == 4);
  std::vector<uint64_t> counts;
  REQUIRE(reader.Scan({}, [&](const StoredRow& row) { return counts.push_back(row.count), true; }, [](const MapGap&) {}).ok());
  std::sort(counts.begin(), counts.end());
  CHECK(counts == std::vector<uint64_t>{1, 3});
}

TEST_CASE("rows of one key, from a unique index that is damaged, are all kept and told") {
  RowScene scene;
  ScriptedTable table = PeopleTable();
  table.rows = {Person(5, "satu", "x"), Person(5, "dua", "y"), Person(6, "tiga", "z"), Person(5, "empat", "w")};
  BackupReport report;
  const auto snapshot = scene.BackUpRows({table}, &report);
  CHECK(report.problems.count == 1);
  auto reading = scene.Read();
  const TableReader reader(*reading.session, FindTable(*reading.session, snapshot, {std::nullopt, std::nullopt, "orang"}).value());
  CHECK(KeysOf(reader) == std::vector<std::string>{"5", "5", "5", "6"});
}

TEST_CASE("history tells each version of a row, its end and its return") {
  RowScene scene;
  ScriptedTable table = PeopleTable();
  table.rows = {Person(1, "satu", "x"), Person(2, "dua", "x")};
  scene.BackUpRows({table});
  scene.BackUpRows({table});
  table.rows[0] = Person(1, "SATU", "y");
  scene.BackUpRows({table});
  table.rows.erase(table.rows.begin());
  scene.BackUpRows({table});
  scene.BackUpFiles();  // a night without the database says nothing
  table.rows.push_back(Person(1, "satu lagi", std::nullopt));
  scene.BackUpRows({table});

  auto reading = scene.Read();
  const auto history = RowHistory(*reading.session, reading.list.snapshots, {std::nullopt, std::nullopt, "orang"}, "1");
  REQUIRE(history.ok());
  const auto* versions = &history->versions;
  CHECK(history->unread.empty());
  REQUIRE(versions->size() == 4);
  CHECK((*versions)[0].kind == RowChangeKind::added);
  CHECK((*versions)[1].kind == RowChangeKind::changed);
  CHECK((*versions)[1].snapshot == 2);
  CHECK((*versions)[1].fields == std::vector<std::string>{"nama", "catatan"});
  CHECK((*versions)[2].kind == RowChangeKind::removed);
  CHECK((*versions)[3].kind == RowChangeKind::added);
  CHECK((*versions)[3].snapshot == 5);
  CHECK(RowHistory(*reading.session, reading.list.snapshots, {std::nullopt, std::nullopt, "orang"}, "77").status().code() == Code::not_found);
}

TEST_CASE("a night on which the table had another key is told, and ends no history") {
  RowScene scene;
  ScriptedTable table = PeopleTable();
  table.rows = {Person(1, "satu", "x")};
  scene.BackUpRows({table});
  table.descriptor.key.clear();
  scene.BackUpRows({table});
  table.descriptor.key = {0};
  table.rows[0] = Person(1, "SATU", "x");
  scene.BackUpRows({table});
  auto reading = scene.Read();
  const auto history = RowHistory(*reading.session, reading.list.snapshots, {std::nullopt, std::nullopt, "orang"}, "1");
  REQUIRE(history.ok());
  REQUIRE(history->versions.size() == 2);
  CHECK(history->versions[1].kind == RowChangeKind::changed);
  REQUIRE(history->unread.size() == 1);
  CHECK(history->unread[0].first == 1);
  CHECK(RowHistory(*reading.session, reading.list.snapshots, {std::nullopt, std::nullopt, "orang"}, "bukan").status().code() == Code::invalid);
}

TEST_CASE("a table that broke off counts for nothing, the others do") {
  RowScene scene;
  ScriptedTable good = PeopleTable(), broken = PeopleTable();
  good.rows = {Person(1, "satu", "x")};
  broken.descriptor.name = "rusak";
  broken.rows = {Person(1, "satu", "x")};
  broken.breaks = true;
  BackupReport report;
  const auto snapshot = scene.BackUpRows({broken, good}, &report);
  CHECK(report.tables == 1);
  CHECK(report.rows == 1);
  REQUIRE(report.problems.listed.size() == 1);
  CHECK(report.problems.listed[0].path == "uji/public.rusak");
  auto reading = scene.Read();
  const TableName rusak{"uji", "public", "rusak"};
  const Status found = FindTable(*reading.session, snapshot, {std::nullopt, std::nullopt, "rusak"}).status();
  CHECK(found.code() == Code::not_found);
  CHECK(found.message().find("table uji/public.rusak: its rows are not in snapshot") == 0);
  CHECK_FALSE(WhyAbsent(*reading.session, snapshot, rusak)->was_gone);
  CHECK(WhyAbsent(*reading.session, snapshot, {"uji", "public", "tiada"})->was_gone);
  CHECK(WhyAbsent(*reading.session, snapshot, {"lain", "public", "rusak"})->no_database);
}

TEST_CASE("a table that broke off one night is not compared with one that has it, and none of its rows went") {
  RowScene scene;
  ScriptedTable good = PeopleTable(), other = PeopleTable();
  good.rows = {Person(1, "satu", "x")};
  other.descriptor.name = "lain";
  other.rows = {Person(1, "satu", "x"), Person(2, "dua", "y")};
  const auto before = scene.BackUpRows({good, other});
  other.breaks = true;
  const auto broken = scene.BackUpRows({good, other});
  const auto dropped = scene.BackUpRows({good});
  auto reading = scene.Read();
  const auto compare = [&](const Snapshot& a, const Snapshot& b) {
    return DiffRows(*reading.session, a, b, std::nullopt, [](const RowChange&) -> Result<bool> { return true; }).value();
  };
  const DiffCounts lacking = compare(before, broken);
  CHECK(lacking.removed == 0);
  CHECK(lacking.tables_only_before.empty());
  REQUIRE(lacking.not_compared.size() == 1);
  CHECK(lacking.not_compared[0].table == "uji/public.lain");
  CHECK(lacking.not_compared[0].is_in_before);
  CHECK(lacking.not_compared[0].why.find("it could not be read: ") == 0);
  CHECK(compare(broken, before).added == 0);
  const DiffCounts gone = compare(before, dropped);
  CHECK(gone.removed == 2);
  CHECK(gone.tables_only_before == std::vector<std::string>{"uji/public.lain"});
  CHECK(gone.not_compared.empty());
}

}  // namespace pulih
