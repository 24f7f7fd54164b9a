#include "engine/records/related_rows.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/row_script.h"

namespace pulih {
namespace {

// A table like PeopleTable(), with the columns named.
ScriptedTable Table(const std::string& name, const std::string& key, const std::string& first, const std::string& second) {
  ScriptedTable table = PeopleTable();
  table.descriptor.name = name;
  table.descriptor.columns[0].name = key;
  for (size_t i = 1; i < 3; ++i) {
    table.descriptor.columns[i].name = i == 1 ? first : second;
    table.descriptor.columns[i].not_null = false;
  }
  return table;
}

ForeignKey Reference(uint32_t column, const std::string& table, const std::string& to) { return {"fk_" + table, {column}, "public", table, {to}}; }

// Tenders with bidders, documents of bidders, objections that answer each other, and files named without a constraint.
std::vector<ScriptedTable> Tenders() {
  ScriptedTable tender = Table("lelang", "lls_id", "nama", "lain");
  tender.descriptor.columns[1].not_null = true;
  ScriptedTable bidder = Table("peserta", "psr_id", "lls_id", "nama");
  bidder.descriptor.columns[1].type = 0;
  bidder.descriptor.foreign_keys = {Reference(1, "lelang", "lls_id")};
  ScriptedTable document = Table("dok", "dok_id", "psr_id", "blb_id");
  document.descriptor.columns[1].type = document.descriptor.columns[2].type = 0;
  document.descriptor.foreign_keys = {Reference(1, "peserta", "psr_id")};
  ScriptedTable objection = Table("sanggahan", "sgh_id", "psr_id", "san_sgh_id");
  objection.descriptor.columns[1].type = objection.descriptor.columns[2].type = 0;
  objection.descriptor.foreign_keys = {Reference(1, "peserta", "psr_id"), Reference(2, "sanggahan", "sgh_id")};
  ScriptedTable files = Table("blob_table", "blb_id", "isi", "lain");

  const auto number = [](int32_t n) { return *Person(n, "", std::nullopt)[0]; };
  for (int32_t t = 1; t <= 50; ++t) {
    tender.rows.push_back(Person(t, "tender " + std::to_string(t), std::nullopt));
    for (int32_t b = 1; b <= 3; ++b) {
      const int32_t id = t * 10 + b;
      bidder.rows.push_back({number(id), number(t), std::nullopt});
      document.rows.push_back({number(id * 10), number(id), number(id * 100)});
      files.rows.push_back({number(id * 100), ToBytes(AsBytes("isi")), std::nullopt});
    }
  }
  // 1 is answered by 2, 2 by 3, and 3, by mistake, by 1: a loop.
  objection.rows = {{number(1), number(71), number(3)}, {number(2), std::nullopt, number(1)}, {number(3), std::nullopt, number(2)}, {number(4), std::nullopt, std::nullopt}};
  return {files, document, objection, bidder, tender};
}

using Keys = std::map<std::string, std::set<std::string>>;
Keys KeysOf(const RelatedRows& rows) {
  Keys keys;
  for (const RelatedRow& row : rows.rows) {
    const TableReader& table = rows.tables[row.table];
    CHECK(keys[table.descriptor().name].insert(table.KeyText(row.row)).second);
  }
  return keys;
}

const TableName kTender{std::nullopt, std::nullopt, "lelang"};

}  // namespace

TEST_CASE("what hangs on a row is found through all tables, also in a loop, and nothing else") {
  RowScene scene;
  const Snapshot snapshot = scene.BackUpRows(Tenders());
  auto reading = scene.Read();
  for (const unsigned jobs : {1u, 3u}) {
    const auto rows = FindRelatedRows(*reading.session, snapshot, kTender, {"7"}, true, jobs);
    REQUIRE(rows.ok());
    CHECK(KeysOf(*rows) == Keys{{"lelang", {"7"}},
                                {"peserta", {"71", "72", "73"}},
                                {"dok", {"710", "720", "730"}},
                                {"sanggahan", {"1", "2", "3"}},
                                {"blob_table", {"7100", "7200", "7300"}}});
    CHECK(rows->damaged.empty());
    // What is pointed at comes first.
    std::vector<std::string> order;
    for (const TableReader& table : rows->tables) order.push_back(table.descriptor().name);
    const auto place = [&](const char* name) { return std::find(order.begin(), order.end(), name) - order.begin(); };
    CHECK(place("lelang") < place("peserta"));
    CHECK(place("peserta") < place("dok"));
    CHECK(place("blob_table") < place("dok"));
    CHECK(place("peserta") < place("sanggahan"));
  }
}

TEST_CASE("rows that stand together by their key are looked up, and are those that reading all finds") {
  // Files with several versions each: the key is (blb_id, versi), and what is sought is its first column.
  std::vector<ScriptedTable> tables = Tenders();
  ScriptedTable& files = tables[0];
  files.descriptor.columns[1] = {"versi", 0, "integer", true, 0, false};
  files.descriptor.key = {0, 1};
  const auto number = [](int32_t n) { return *Person(n, "", std::nullopt)[0]; };
  files.rows.clear();
  for (int32_t id = -2000; id < 60000; id += 25) {
    for (int32_t version = 0; version < 3; ++version) files.rows.push_back({number(id), number(version), std::nullopt});
  }
  RowScene scene;
  const Snapshot snapshot = scene.BackUpRows(tables);
  auto reading = scene.Read();
  const auto rows = FindRelatedRows(*reading.session, snapshot, kTender, {"7"}, true, 2);
  REQUIRE(rows.ok());
  std::set<std::string> wanted;
  for (const char* id : {"7100", "7200", "7300"}) {
    for (const char* version : {"0", "1", "2"}) wanted.insert(std::string(id) + "," + version);
  }
  CHECK(KeysOf(*rows)["blob_table"] == wanted);
}

TEST_CASE("without following, only the rows asked for; a key that is not there is named") {
  RowScene scene;
  const Snapshot snapshot = scene.BackUpRows(Tenders());
  auto reading = scene.Read();
  const auto rows = FindRelatedRows(*reading.session, snapshot, kTender, {"7", "lls_id=9"}, false, 1);
  REQUIRE(rows.ok());
  CHECK(KeysOf(*rows) == Keys{{"lelang", {"7", "9"}}});
  const auto missing = FindRelatedRows(*reading.session, snapshot, kTender, {"7", "99"}, false, 1);
  CHECK(missing.status().code() == Code::not_found);
  CHECK(missing.status().message().find("99") != std::string::npos);
}

TEST_CASE("a row that has other columns than its table is corrupt, by whichever way it is read") {
  RowScene scene;
  ScriptedTable table = PeopleTable();
  table.rows = {Person(1, "satu", std::nullopt)};
  const Snapshot snapshot = scene.BackUpRows({table});
  auto reading = scene.Read();
  ListedTable listed = FindTable(*reading.session, snapshot, {std::nullopt, std::nullopt, "orang"}).value();
  const Bytes key = *TableReader(*reading.session, listed).KeyOf("1");
  listed.descriptor.columns.push_back(listed.descriptor.columns.back());
  listed.descriptor.columns.back().name = "tidak_ada";
  const TableReader reader(*reading.session, listed);
  const auto is_refused = [](const Status& status) {
    CHECK(status.code() == Code::corrupt);
    CHECK(status.message() == "reading uji/public.orang: a row has 3 columns, the table 4");
  };
  is_refused(reader.Get(key).status());
  is_refused(reader.Scan({}, [](StoredRow) { return true; }, [](const MapGap&) {}));
  size_t entries = 0;
  REQUIRE(reader
              .ScanEncoded({},
                           [&](ByteView at, ByteView value) {
                             is_refused(reader.RowOf(at, value).status());
                             return ++entries < 10;
                           },
                           [](const MapGap&) {})
              .ok());
  CHECK(entries == 1);
}

}  // namespace pulih
