#include "engine/recover/extract_wal.h"

#include <catch2/catch.hpp>

#include "engine/base/endian.h"
#include "formats/postgres/ddl.h"
#include "tests/formats/postgres/wal_builder.h"

namespace pulih {
namespace {

class Collect : public ExtractSink {
 public:
  Status Row(const RowClaim& claim) override {
    rows.push_back(claim);
    return OkStatus();
  }
  Status Range(const RangeNote& note) override {
    covered += note.fate == RangeFate::damaged ? 0 : note.range.length;
    return OkStatus();
  }
  Status Remark(const std::string&) override { return OkStatus(); }

  const RowClaim* Find(std::string_view number, std::string_view text) const {
    for (const RowClaim& row : rows)
      if (row.fields[0].text == number && row.fields[1].text == text) return &row;
    return nullptr;
  }
  std::vector<RowClaim> rows;
  uint64_t covered = 0;
};

template <typename... T>
Bytes Numbers(T... numbers) {
  Bytes bytes;
  const auto put = [&bytes](auto number) {
    bytes.resize(bytes.size() + sizeof number);
    StoreLe(bytes.data() + bytes.size() - sizeof number, number);
  };
  (put(numbers), ...);
  return bytes;
}

Bytes Row(uint32_t number, std::string_view text) {
  Bytes bytes = HeapFields(2);
  Append(bytes, RowBytes(number, text));
  return bytes;
}

constexpr uint8_t kXact = 1, kHeap2 = 9, kHeap = 10;

class Script {
 public:
  void Insert(uint32_t xid, uint16_t item, uint32_t number, std::string_view text) {
    log.Add(xid, kHeap, 0x00, Numbers(item, uint8_t{0}), {{0, {1663, 5, 16400}, 0, Row(number, text), {}, false}});
  }
  void Commit(uint32_t xid) { log.Add(xid, kXact, 0x00, Numbers(uint64_t{1})); }
  void Abort(uint32_t xid) { log.Add(xid, kXact, 0x20, Numbers(uint64_t{1})); }
  void Delete(uint32_t xid, uint16_t item) {
    log.Add(xid, kHeap, 0x10, Numbers(xid, item, uint8_t{0}, uint8_t{0}), {{0, {1663, 5, 16400}, 0, {}, {}, false}});
  }
  // Of the old row as many bytes as stand in both stay away.
  void Update(uint32_t xid, uint16_t from, uint16_t to, uint16_t prefix, uint16_t suffix, ByteView middle) {
    Bytes data = Numbers(prefix, suffix);
    Append(data, HeapFields(2));
    data.push_back(0);
    Append(data, middle);
    log.Add(xid, kHeap, 0x40, Numbers(xid, from, uint8_t{0}, uint8_t{0x60}, uint32_t{0}, to), {{0, {1663, 5, 16400}, 0, data, {}, false}});
  }
  Collect Extract(const Schema& schema) {
    bytes = log.Log();
    Collect collect;
    REQUIRE(MakeWalExtractor()->Extract({{"000000010000000000000001", bytes}}, schema, collect).ok());
    return collect;
  }
  WalBuilder log;
  Bytes bytes;
};

Schema OneTable() {
  Schema schema = ReadDdl("CREATE TABLE letter (id integer PRIMARY KEY, subject text NOT NULL);");
  schema.tables[0].filenode = 16400;
  return schema;
}

TEST_CASE("inserted rows are live when committed, no rows when rolled back, and unknown when neither is told") {
  Script script;
  script.Insert(800, 1, 1, "kept");
  script.Insert(801, 2, 2, "rolled back");
  script.Insert(802, 3, 3, "open");
  script.Commit(800);
  script.Abort(801);
  const Collect read = script.Extract(OneTable());
  REQUIRE(read.rows.size() == 2);
  const RowClaim* kept = read.Find("1", "kept");
  REQUIRE(kept != nullptr);
  CHECK(kept->table == "public.letter");
  CHECK(kept->standing == Standing::live);
  CHECK(kept->grade == Grade::a);
  CHECK(kept->moment > 0);
  REQUIRE(kept->bytes.size() == 1);
  CHECK(AsText(ByteView(script.bytes).subspan(kept->bytes[0].offset, kept->bytes[0].length)).find("kept") != std::string_view::npos);
  REQUIRE(read.Find("3", "open") != nullptr);
  CHECK(read.Find("3", "open")->standing == Standing::unknown);
  CHECK(read.covered == script.bytes.size());
}

TEST_CASE("an update that tells only what it changed is put together with the row before it") {
  Script script;
  script.Insert(800, 1, 1, "a letter of march");
  script.Commit(800);
  // "a letter of " stays (4 bytes of the number, the length, 12 of the text), "march" becomes "april".
  script.Update(801, 1, 2, 4 + 1 + 12, 0, AsBytes("april"));
  script.Commit(801);
  script.Insert(802, 3, 2, "deleted");
  script.Delete(803, 3);
  script.Commit(802);
  script.Commit(803);
  const Collect read = script.Extract(OneTable());
  REQUIRE(read.rows.size() == 3);
  REQUIRE(read.Find("1", "a letter of april") != nullptr);
  CHECK(read.Find("1", "a letter of april")->standing == Standing::live);
  CHECK(read.Find("1", "a letter of april")->grade == Grade::a);
  CHECK(read.Find("1", "a letter of april")->bytes.size() == 2);
  CHECK(read.Find("1", "a letter of march")->standing == Standing::older);
  CHECK(read.Find("2", "deleted")->standing == Standing::deleted);
}

TEST_CASE("an update whose old row may have been replaced in a lost record is not graded as proven") {
  Script script;
  script.Insert(800, 1, 1, "a letter of march");
  script.Commit(800);
  const uint64_t lost = script.log.Add(900, kHeap, 0x70, Bytes(16));
  script.Update(801, 1, 2, 4 + 1 + 12, 0, AsBytes("april"));
  script.Commit(801);
  Script damaged = script;
  Bytes log = script.log.Log();
  log[lost - script.log.start() + 30] ^= 1;
  Collect read;
  REQUIRE(MakeWalExtractor()->Extract({{"x", log}}, OneTable(), read).ok());
  REQUIRE(read.Find("1", "a letter of april") != nullptr);
  CHECK(read.Find("1", "a letter of april")->grade == Grade::d);
  CHECK(read.Find("1", "a letter of march")->grade == Grade::a);
}

TEST_CASE("a multi-insert gives its rows") {
  Bytes data;
  for (uint32_t i = 0; i < 3; ++i) {
    if (data.size() % 2 != 0) data.push_back(0);
    const Bytes row = RowBytes(10 + i, "of many");
    Append(data, Numbers(static_cast<uint16_t>(row.size())));
    Append(data, HeapFields(2));
    Append(data, row);
  }
  Script script;
  const bool init = GENERATE(true, false);
  Bytes main = Numbers(uint8_t{0}, uint8_t{0}, uint16_t{3});
  if (!init) Append(main, Numbers(uint16_t{4}, uint16_t{5}, uint16_t{6}));
  script.log.Add(800, kHeap2, static_cast<uint8_t>(0x50 | (init ? 0x80 : 0)), main, {{0, {1663, 5, 16400}, 0, data, {}, init}});
  script.Commit(800);
  const Collect read = script.Extract(OneTable());
  REQUIRE(read.rows.size() == 3);
  for (const RowClaim& row : read.rows) CHECK(row.standing == Standing::live);
  CHECK(read.Find("12", "of many")->path.ends_with(init ? "item 3" : "item 6"));
}

TEST_CASE("a relation is the table that its rows fit, and none where they fit two alike") {
  Script script;
  script.Insert(800, 1, 1, "a");
  script.Commit(800);
  Schema schema = ReadDdl(
      "CREATE TABLE letter (id integer PRIMARY KEY, subject text NOT NULL);"
      "CREATE TABLE meeting (id integer PRIMARY KEY, held_on date NOT NULL);");
  Collect read = script.Extract(schema);
  REQUIRE(read.rows.size() == 1);
  CHECK(read.rows[0].table == "public.letter");
  CHECK(read.rows[0].grade == Grade::c);
  AddSchema(schema, ReadDdl("CREATE TABLE note (id integer PRIMARY KEY, body text NOT NULL);"));
  read = script.Extract(schema);
  REQUIRE(read.rows.size() == 1);
  CHECK(read.rows[0].table.empty());
  CHECK(read.rows[0].candidates == std::vector<std::string>{"public.letter", "public.note"});
}

TEST_CASE("a log that is read in many scopes gives the claims of one that is read at once") {
  Script script;
  const auto insert = [&](uint32_t relation, uint32_t block, uint32_t number, uint16_t columns) {
    Bytes data = HeapFields(columns);
    Append(data, RowBytes(number, "row of a long log"));
    script.log.Add(800, kHeap, 0x00, Numbers(uint16_t{1}, uint8_t{0}), {{0, {1663, 5, relation}, block, data, {}, false}});
  };
  for (uint32_t i = 0; i < 400; ++i) {
    insert(16400, i * 100, i, 2);       // goes over many scopes
    if (i % 8 == 0) insert(16390, i, i, 2), insert(16410, i, i, 2);
  }
  // A key that repeats in another scope: no table can have it.
  insert(16420, 0, 1, 2);
  insert(16420, 5000, 1, 2);
  script.log.Add(801, kHeap, 0x10, Numbers(uint32_t{801}, uint16_t{1}, uint8_t{0}, uint8_t{0}), {{0, {1663, 5, 16400}, 39900, {}, {}, false}});
  script.Commit(800);
  script.Commit(801);
  const Schema schema = ReadDdl("CREATE TABLE letter (id integer PRIMARY KEY, subject text NOT NULL);");
  const Bytes log = script.log.Log();
  Collect at_once;
  REQUIRE(MakeWalExtractor()->Extract({{"x", log}}, schema, at_once).ok());
  REQUIRE(at_once.rows.size() == 400 + 50 + 50);
  for (const uint64_t scope_bytes : {uint64_t{1}, uint64_t{2000}, uint64_t{20000}, uint64_t{100000}}) {
    Collect in_scopes;
    REQUIRE(MakeWalExtractor(scope_bytes)->Extract({{"x", log}}, schema, in_scopes).ok());
    CHECK(in_scopes.rows == at_once.rows);
    CHECK(in_scopes.covered == at_once.covered);
  }
}

TEST_CASE("a folder without any page of a log is not a log") {
  Collect read;
  const Bytes zeros(3 * kWalPageSize);
  CHECK(MakeWalExtractor()->Extract({{"x", zeros}}, OneTable(), read).code() == Code::corrupt);
  CHECK(MakeWalExtractor()->Extract({}, OneTable(), read).code() == Code::corrupt);
}

}  // namespace
}  // namespace pulih
