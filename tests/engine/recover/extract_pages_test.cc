#include "engine/recover/extract_pages.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/support/heap_sim.h"

namespace pulih {
namespace {

class Listener : public ExtractSink {
 public:
  Status Row(const RowClaim& claim) override {
    rows.push_back(claim);
    return OkStatus();
  }
  Status Range(const RangeNote& note) override {
    notes.push_back(note);
    return OkStatus();
  }
  Status Remark(const std::string& text) override {
    remarks.push_back(text);
    return OkStatus();
  }
  Status Key(const RowClaim& claim) override {
    keys.push_back(claim);
    return OkStatus();
  }
  // The last word on each byte of a file.
  std::vector<int> Fates(uint32_t file, size_t size) const {
    std::vector<int> fates(size, -1);
    for (const RangeNote& note : notes) {
      if (note.range.file != file) continue;
      for (uint64_t at = note.range.offset; at < note.range.offset + note.range.length; ++at)
        fates.at(at) = static_cast<int>(note.fate);
    }
    return fates;
  }
  std::vector<RowClaim> rows, keys;
  std::vector<RangeNote> notes;
  std::vector<std::string> remarks;
};

Bytes Joined(const std::vector<Bytes>& pages) {
  Bytes all;
  for (const Bytes& page : pages) Append(all, page);
  return all;
}

// A table whose file and index are known, as a schema with a catalog's numbers says it.
Schema NumberedSchema() {
  Schema schema = HeapSim::MakeSchema();
  schema.tables[0].filenode = 20001;
  schema.tables[0].indexes[0].filenode = 20002;
  return schema;
}

TEST_CASE("a database's folder without its catalog gives rows by what a schema says, and every byte is told of") {
  HeapSim sim(1);
  sim.Insert(300);
  sim.Work(20, 2, 3);
  Bytes heap = Joined(sim.Pages(false));
  std::fill(heap.begin() + kPageSize, heap.begin() + kPageSize + 4096, uint8_t{0});
  const Bytes index = sim.Index(), map(100, 'x');
  const std::vector<UnitFile> files = {{"base/16384/20001", heap},  {"base/16384/20001_fsm", map},
                                       {"base/16384/20002", index}, {"base/16384/pg_filenode.map", map},
                                       {"global/1262", map},        {"readme.txt", map}};
  Listener listener;
  const auto extractor = MakePagesExtractor();
  REQUIRE(extractor->Extract(files, NumberedSchema(), listener).ok());
  size_t proven = 0;
  for (const RowClaim& row : listener.rows) {
    CHECK(row.table == "public.paket");
    CHECK(row.path.starts_with("base/16384/20001 » page "));
    REQUIRE(row.bytes.size() == 1);
    CHECK(row.bytes[0].offset + row.bytes[0].length <= heap.size());
    proven += row.grade == Grade::c ? 1 : 0;
  }
  CHECK(proven > 150);
  for (uint32_t file = 0; file < files.size(); ++file) {
    const auto fates = listener.Fates(file, files[file].bytes.size());
    CHECK(std::count(fates.begin(), fates.end(), -1) == 0);
  }
  const auto heap_fates = listener.Fates(0, heap.size());
  CHECK(std::count(heap_fates.begin(), heap_fates.end(), static_cast<int>(RangeFate::damaged)) > 4000);
  CHECK(std::any_of(listener.remarks.begin(), listener.remarks.end(), [](const std::string& text) {
    return text.find("entries of its index lead to no row") != std::string::npos;
  }));

  SECTION("the same twice") {
    Listener again;
    REQUIRE(extractor->Extract(files, NumberedSchema(), again).ok());
    CHECK(again.rows == listener.rows);
  }
}

TEST_CASE("a loose file of any name is read as the table that its tuples fit") {
  HeapSim sim(2);
  sim.Insert(100);
  const Bytes heap = Joined(sim.Pages(true));
  Schema schema = HeapSim::MakeSchema();
  schema.tables[0].filenode = 0;
  schema.tables[0].indexes.clear();
  Listener listener;
  REQUIRE(MakePagesExtractor()->Extract({{"found.000", heap}}, schema, listener).ok());
  CHECK(listener.rows.size() == 100);
  CHECK(listener.rows.front().table == "public.paket");

  SECTION("or as one of several") {
    schema.tables.push_back(schema.tables[0]);
    schema.tables[1].name = "paket_lama";
    Listener two;
    REQUIRE(MakePagesExtractor()->Extract({{"found.000", heap}}, schema, two).ok());
    REQUIRE(two.rows.size() == 100);
    CHECK(two.rows.front().table.empty());
    CHECK(two.rows.front().candidates == std::vector<std::string>{"public.paket", "public.paket_lama"});
  }
}

TEST_CASE("a table whose file is lost is known by its index") {
  HeapSim sim(3);
  sim.Insert(100);
  const Bytes index = sim.Index();
  Listener listener;
  REQUIRE(MakePagesExtractor()
              ->Extract({{"base/16384/20002", index}, {"base/16384/20003", Bytes(kPageSize, 0)}}, NumberedSchema(),
                        listener)
              .ok());
  CHECK(listener.rows.empty());
  CHECK(std::any_of(listener.remarks.begin(), listener.remarks.end(), [](const std::string& text) {
    return text.find("its file is lost; an index names 100 rows") != std::string::npos;
  }));
  REQUIRE(listener.keys.size() == 100);
  const RowClaim& key = listener.keys.front();
  CHECK(key.table == "public.paket");
  CHECK(key.standing == Standing::live);
  CHECK(key.path.starts_with("index paket_pkey » page "));
  REQUIRE(key.bytes.size() == 1);
  CHECK(key.bytes[0].file == 0);
  CHECK(key.bytes[0].offset + key.bytes[0].length <= index.size());
}

// id int4, isi text, kept outside.
Schema ToastedSchema() {
  Schema schema = HeapSim::MakeSchema();
  SchemaTable& table = schema.tables[0];
  table.columns[2].name = "isi";
  table.columns = {table.columns[1], table.columns[2]};
  table.columns[1].not_null = false;
  table.keys[0].columns = {0};
  table.indexes.clear();
  table.filenode = 20001;
  table.toast_filenode = 20005;
  return schema;
}

TEST_CASE("a value whose chunk is lost leaves its beginning, and the other fields stay") {
  const std::string text(5000, 'a');
  PageBuilder heap(0), first(0), second(1);
  heap.Add(TupleBuilder().Int(int32_t{1}).External(5004, 5000, 777, 20004));
  heap.Add(TupleBuilder().Int(int32_t{2}).Text("kecil"));
  const auto chunk = [&](PageBuilder& page, int number, size_t size) {
    page.Add(TupleBuilder().Int(uint32_t{777}).Int(int32_t{number}).LongVarlena(AsBytes(text).first(size)));
  };
  chunk(first, 0, 1996);
  chunk(first, 1, 1996);
  chunk(second, 2, 1008);
  Bytes toast = first.Finish(true);
  Append(toast, second.Finish(true));
  const Bytes pages = heap.Finish(true);
  const auto run = [&](Listener& listener) {
    REQUIRE(MakePagesExtractor()
                ->Extract({{"base/16384/20001", pages}, {"base/16384/20005", toast}}, ToastedSchema(), listener)
                .ok());
    REQUIRE(listener.rows.size() == 2);
  };
  SECTION("whole") {
    Listener listener;
    run(listener);
    CHECK(listener.rows[1].fields[1].text == text);
    CHECK(listener.rows[1].grade == Grade::a);
    CHECK(listener.rows[1].bytes.size() == 4);
  }
  SECTION("the last chunk is lost") {
    std::fill(toast.begin() + kPageSize, toast.end(), uint8_t{0});
    Listener listener;
    run(listener);
    const ClaimedField& field = listener.rows[1].fields[1];
    CHECK(field.state == ClaimedField::State::partial);
    CHECK(field.cut);
    CHECK(field.text == text.substr(0, 3992));
    CHECK(listener.rows[1].fields[0].text == "1");
  }
  SECTION("the first chunk is lost") {
    std::fill(toast.begin(), toast.begin() + kPageSize, uint8_t{0});
    Listener listener;
    run(listener);
    CHECK(listener.rows[1].fields[1].state == ClaimedField::State::missing);
    CHECK(listener.rows[1].fields[0].text == "1");
  }
}

}  // namespace
}  // namespace pulih
