// Values that are too long to be held, scaled down: what goes in pieces must come out as if it had gone whole. The parts
// with "live" want a real server (live_scene.h).
#include <map>

#include "engine/base/endian.h"
#include "engine/records/export_tables.h"
#include "engine/records/long_text.h"
#include "engine/records/row_in_parts.h"
#include "tests/engine/records/live_scene.h"
#include "tests/support/row_script.h"

namespace pulih {
namespace {
using namespace live;

constexpr const char* kLongSchema = R"(
CREATE DOMAIN surat AS text[];
CREATE TYPE pasangan AS (a text, b integer[]);
CREATE TABLE dok (id integer PRIMARY KEY, b bytea, teks text, v varchar(400000), c char(200000), j jsonb, k json, x xml, ta surat, ba bytea[], ts tsvector,
  n numeric[], p pasangan, pa pasangan[], g text GENERATED ALWAYS AS (upper(teks)) STORED);
ALTER TABLE dok ALTER b SET STORAGE EXTERNAL;
CREATE TABLE tanpa_kunci (b bytea, teks text);
CREATE TABLE "Nama ""Ganjil""" (id text PRIMARY KEY, "Kolom, 1" bytea, "hilang" integer);
ALTER TABLE "Nama ""Ganjil""" DROP COLUMN "hilang";
)";
// random() is told where to start, so that a failure comes again.
constexpr const char* kLongRows = R"(
SELECT setseed(0.4);
CREATE FUNCTION acak(n integer) RETURNS text VOLATILE LANGUAGE sql AS 'SELECT string_agg(md5(random()::text), '''') FROM generate_series(1, $1 / 32)';
INSERT INTO dok (id, b, teks) VALUES (1, decode(acak(700000), 'hex'), acak(300000)), (2, decode(repeat('00', 400000), 'hex'), repeat('ü', 150000)), (3, '', NULL), (4, NULL, 'pendek');
INSERT INTO dok (id, v, c, j, k, x) VALUES (5, acak(200000), acak(150000), jsonb_build_object('a', acak(500000), 'b', 1), json_build_object('z', acak(400000)), xmlelement(name a, acak(400000)));
INSERT INTO dok (id, ta, ba, n) SELECT 6, array_agg(acak(1000)), array_agg(decode(acak(2000), 'hex')), array_agg(i + 0.5) FROM generate_series(1, 400) i;
INSERT INTO dok (id, ts, p, pa, b) SELECT 7, array_agg(md5(i::text))::text::tsvector, ROW(acak(100000), ARRAY[1, 2])::pasangan, ARRAY[ROW(acak(100000), NULL)::pasangan], decode(acak(300000), 'hex') FROM generate_series(1, 1) i;
INSERT INTO dok (id, teks) SELECT i, repeat('x', i) FROM generate_series(100, 600) i;
INSERT INTO tanpa_kunci SELECT decode(repeat('ab', 300000), 'hex'), 't' FROM generate_series(1, 2);
INSERT INTO tanpa_kunci VALUES (NULL, acak(400000)), (NULL, NULL), ('\x01', 'x');
INSERT INTO "Nama ""Ganjil""" VALUES ('a''b', decode(acak(600000), 'hex')), (repeat('kunci', 20000), decode(acak(300000), 'hex'));
)";

std::map<std::string, std::string> RootsOf(const Snapshot& snapshot) {
  std::map<std::string, std::string> roots;
  for (size_t i = 0; i < snapshot.content->root_names.size(); ++i) {
    const std::string& name = snapshot.content->root_names[i];
    if (!name.ends_with('/')) roots[name] = snapshot.structure->roots[i].hex();
  }
  return roots;
}

}  // namespace

TEST_CASE("live: rows that come in pieces are stored and come back as those that come whole") {
  if (Server() == nullptr) return;
  const std::string made_with =
      std::string("TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' ENCODING ") + GENERATE("'UTF8'", "'LATIN1'");
  Scene scene(made_with, kLongSchema, std::string("SET client_encoding = 'UTF8';") + kLongRows);
  const auto whole = RootsOf(scene.snapshot());
  scene.Capture([](PostgresOptions& options) {
    options.long_rows.outside_bytes = 0;
    options.long_rows.row_bytes = 100'000;
    options.long_rows.piece_bytes = 7'777;
    options.jobs = 1;
  });
  CHECK(RootsOf(scene.snapshot()) == whole);

  SilentProgress silent;
  const auto report = scene.Rebuild(silent, 2, made_with);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  auto target = Connect("pulih_kembali");
  CHECK(ContentOf(*target) == ContentOf(*scene.source));
}

TEST_CASE("live: long rows of a real table are found, and only these") {
  if (Server() == nullptr) return;
  Scene scene("", kLongSchema, kLongRows);
  const auto database = ReadCatalog(*scene.source, {});
  REQUIRE(database.ok());
  for (const CatalogTable& table : database->tables) {
    if (table.table.name != "dok") continue;
    const LongRows rows(table, {0, 500'000, 1000});
    const auto found = rows.Find(*scene.source);
    INFO(found.status().ToString());
    REQUIRE(found.ok());
    std::vector<size_t> columns;
    for (const LongRow& row : *found) columns.push_back(row.values.size());
    CHECK(columns == std::vector<size_t>{3, 3, 5, 2});
    CHECK((*found)[0].values[0].length == 350'000);
    // By default its table is not even looked at, or holds nothing that is long.
    CHECK(LongRows(table, {}).Find(*scene.source)->empty());
  }
}

TEST_CASE("live: a connection that is lost, and a visitor that fails, within a long value end the visit") {
  if (Server() == nullptr) return;
  // More than what is read ahead, so that the server is still sending when its rows are met.
  Scene scene("", "CREATE TABLE dok (id integer PRIMARY KEY, b bytea); ALTER TABLE dok ALTER b SET STORAGE EXTERNAL",
              "INSERT INTO dok SELECT i, decode(repeat('00', 60000000), 'hex') FROM generate_series(1, 2) i");
  const bool is_lost = GENERATE(true, false);
  class Visitor final : public RowVisitor {
   public:
    explicit Visitor(std::function<Status()> at_piece) : at_piece_(std::move(at_piece)) {}
    Status BeginTable(const TableDescriptor&) override { return OkStatus(); }
    Status Row(const RowImages&) override { return OkStatus(); }
    Status LongRow(const RowImages&, const LongColumns& columns) override {
      return columns.read([&](size_t, ByteView) { return pieces++ == 3 ? at_piece_() : OkStatus(); });
    }
    Status EndTable() override { return OkStatus(); }
    Status DropTable(const Status& why) override { return ++dropped, Status(why); }
    Status Problem(std::string_view, const Status&) override { return OkStatus(); }
    Status Database(const DatabaseDescriptor&, const DatabaseDdl&, const std::vector<SequenceValue>&) override {
      return OkStatus();
    }
    bool ShouldStop() override { return false; }
    size_t pieces = 0, dropped = 0;

   private:
    std::function<Status()> at_piece_;
  } visitor([&] {
    if (!is_lost) return Status(Code::no_space, "the disk is full");
    Run(*scene.source,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
        "'pulih_asal'");
    return OkStatus();
  });
  PostgresOptions options;
  options.conninfo = Scene::SourceConninfo();
  options.environment = {std::string("PATH=") + std::getenv("PATH")};
  auto source = PostgresSource::Open(options);
  REQUIRE(source.ok());
  const Status visited = (*source)->Visit(visitor);
  INFO(visited.ToString());
  CHECK(visited.code() == (is_lost ? Code::io : Code::no_space));
  CHECK(visitor.dropped == 0);
}

TEST_CASE("live: a row above what a server takes at once comes back in parts") {
  if (Server() == nullptr) return;
  Scene scene("", kLongSchema, kLongRows);
  Run(*scene.source, "CREATE TABLE salinan (LIKE dok INCLUDING ALL)");
  const RelatedRows rows = scene.Find("dok", {"1", "5", "6", "7"});
  auto types = TargetTypes::Read(*scene.source);
  REQUIRE(types.ok());
  const TableReader& reader = rows.tables.front();
  const auto target = FindTargetTable(*scene.source, "public", "salinan", false);
  REQUIRE((target.ok() && target->has_value()));
  std::vector<size_t> columns;
  for (size_t i = 0; i < reader.descriptor().columns.size(); ++i) {
    if (!reader.descriptor().columns[i].generated) columns.push_back(i);
  }
  for (const RelatedRow& row : rows.rows) {
    CHECK_FALSE(NeedsParts(row.row));
    const Status done =
        InsertInParts(*scene.source, reader, **target, columns, types->NumbersOf(reader.descriptor().types), row.row);
    INFO(done.ToString());
    REQUIRE(done.ok());
  }
  CHECK(Ask(*scene.source,
            "SELECT string_agg(s.id::text, ' ' ORDER BY s.id) FROM salinan s JOIN dok d ON s.id = d.id AND s::text = "
            "d::text") == "1 5 6 7");
}

TEST_CASE("a long value is exported in pieces as it would be whole") {
  // 9 MiB of characters of one to three bytes, so that pieces are cut within them, and quotes, line ends, backslashes.
  std::string text;
  while (text.size() < (9u << 20)) text += "pä\"k\\e\tt€\n" + std::to_string(text.size());
  ScriptedTable table = PeopleTable();
  table.rows = {Person(1, "satu", text), Person(2, "dua", "pendek")};
  RowScene scene;
  const Snapshot snapshot = scene.BackUpRows({table});
  auto reading = scene.Read();
  const TableReader reader(*reading.session,
                           FindTable(*reading.session, snapshot, {std::nullopt, std::nullopt, "orang"}).value());
  const auto row = reader.Get(*reader.KeyOf("1")).value();
  REQUIRE(row.has_value());
  CHECK(IsLongRow(*row));
  CHECK_FALSE(IsLongRow(*reader.Get(*reader.KeyOf("2")).value()));
  std::string pieces;
  REQUIRE(
      ColumnTextInPieces(reader, *row, 2, [&](std::string_view piece) { return pieces += piece, OkStatus(); }).ok());
  CHECK((pieces == text));
  const auto start = ColumnTextStart(reader, *row, 2, 100);
  REQUIRE((start.ok() && start->has_value()));
  CHECK((*start)->size() < text.size());
  CHECK((text.starts_with(**start)));

  const std::string directory = scene.repository().Scratch("out");
  SilentProgress progress;
  FileSystem& files = scene.repository().environment().files;
  for (const ExportFormat format : {ExportFormat::csv, ExportFormat::jsonl, ExportFormat::copy}) {
    ExportOptions options;
    options.format = format;
    options.directory = directory;
    const auto report = ExportTables(*reading.session, snapshot, options, files, progress);
    REQUIRE(report.ok());
    CHECK(report->damaged.empty());
    CHECK(report->tables[0].rows == 2);
    const auto bytes = ReadWholeFile(files, directory + "/" + report->tables[0].file, 64u << 20);
    REQUIRE(bytes.ok());
    CHECK(bytes->size() == report->tables[0].bytes);
    std::string expected;
    if (format == ExportFormat::jsonl) {
      REQUIRE(AppendRowJson(reader, *row, expected).ok());
    } else {
      expected = format == ExportFormat::csv ? "id,nama,catatan\n1,satu,\"" : "1\tsatu\t";
      for (const char c : text) {
        if (format == ExportFormat::csv) {
          expected += c == '"' ? "\"\"" : std::string(1, c);
        } else {
          expected += c == '\\' ? "\\\\" : c == '\n' ? "\\n" : c == '\t' ? "\\t" : std::string(1, c);
        }
      }
      expected += format == ExportFormat::csv ? "\"\n2,dua,pendek\n" : "\n2\tdua\tpendek\n";
    }
    CHECK((AsText(*bytes).starts_with(expected)));
  }
}

TEST_CASE("a number that was moved out of a long row is exported as a number") {
  ScriptedTable table = PeopleTable();
  table.descriptor.types.push_back({PgTypeKind::base, "pg_catalog", "numeric", pg_oid::kNumeric, 0, {}});
  table.descriptor.columns.push_back({"angka", 2, "numeric", false, 0, false});
  // Four digits to a group: digits, weight of the first, sign, scale, and the digits.
  constexpr uint16_t kGroups = 32'767;  // a little more than what may stay in a row
  Bytes number;
  for (const uint16_t word : {kGroups, static_cast<uint16_t>(kGroups - 1), uint16_t{0}, uint16_t{0}}) {
    uint8_t bytes[2];
    StoreBe(bytes, word);
    Append(number, bytes);
  }
  for (uint16_t i = 0; i < kGroups; ++i) number.insert(number.end(), {0x04, 0xd2});
  table.rows = {Person(1, "satu", std::string(9u << 20, 'x'))};
  table.rows[0].push_back(number);
  RowScene scene;
  const Snapshot snapshot = scene.BackUpRows({table});
  auto reading = scene.Read();
  const TableReader reader(*reading.session,
                           FindTable(*reading.session, snapshot, {std::nullopt, std::nullopt, "orang"}).value());
  const auto row = reader.Get(*reader.KeyOf("1")).value();
  REQUIRE(row.has_value());
  REQUIRE(std::holds_alternative<MovedColumn>(row->columns[3]));

  ExportOptions options;
  options.format = ExportFormat::jsonl;
  options.directory = scene.repository().Scratch("out");
  SilentProgress progress;
  FileSystem& files = scene.repository().environment().files;
  const auto report = ExportTables(*reading.session, snapshot, options, files, progress);
  REQUIRE(report.ok());
  const auto bytes = ReadWholeFile(files, options.directory + "/" + report->tables[0].file, 64u << 20);
  REQUIRE(bytes.ok());
  CHECK((AsText(*bytes).find("\"angka\":12341234") != std::string_view::npos));
  std::string whole;
  REQUIRE(AppendRowJson(reader, *row, whole).ok());
  CHECK((AsText(*bytes) == whole + "\n"));
}

}  // namespace pulih
