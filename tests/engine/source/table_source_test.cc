#include "engine/source/table_source.h"

#include <algorithm>
#include <fstream>
#include <functional>

#include <catch2/catch.hpp>

#include "engine/source/key_check.h"
#include "tests/support/temporary_directory.h"

namespace pulih {
namespace {

using Row = std::vector<std::optional<std::string>>;

struct SeenTable {
  TableDescriptor table;
  std::vector<Row> rows;
  bool ended = false, dropped = false;
  Row column(const std::string& name) const {
    for (size_t i = 0; i < table.columns.size(); ++i) {
      if (table.columns[i].name != name) continue;
      Row values;
      for (const Row& row : rows) values.push_back(row[i]);
      return values;
    }
    FAIL("no column " << name);
    return {};
  }
  // "kode text, nilai json"
  std::string header() const {
    std::string text;
    for (const ColumnDescriptor& column : table.columns) text += (text.empty() ? "" : ", ") + column.name + " " + table.types[column.type].name;
    return text;
  }
};

class Recorder : public RowVisitor {
 public:
  Status BeginTable(const TableDescriptor& table) override {
    tables.push_back({table, {}});
    return OkStatus();
  }
  Status LongRow(const RowImages&, const LongColumns&) override { return Status(Code::unsupported, "files have no such rows"); }
  Status Row(const RowImages& images) override {
    REQUIRE(images.size() == tables.back().table.columns.size());
    if (fail_at_row-- == 0) return Status(Code::no_space, "the disk is full");
    auto& row = tables.back().rows.emplace_back();
    for (const auto& image : images) row.push_back(image ? std::optional<std::string>(ToText(*image)) : std::nullopt);
    if (on_row) on_row();
    return OkStatus();
  }
  Status EndTable() override {
    tables.back().ended = true;
    return OkStatus();
  }
  Status DropTable(const Status& why) override {
    tables.back().dropped = true;
    problems.push_back(why.message());
    return OkStatus();
  }
  Status Problem(std::string_view, const Status& why) override {
    problems.push_back(why.message());
    return OkStatus();
  }
  Status Database(const DatabaseDescriptor&, const DatabaseDdl&, const std::vector<SequenceValue>&) override { return OkStatus(); }
  bool ShouldStop() override { return stop; }

  std::vector<SeenTable> tables;
  std::vector<std::string> problems;
  int fail_at_row = -1;
  bool stop = false;
  std::function<void()> on_row;
};

class Files {
 public:
  std::string Write(const std::string& name, std::string_view content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return folder_ / name;
  }
  // Visits a file of this content; it goes well.
  Recorder Visit(const std::string& name, std::string_view content, std::vector<std::string> key = {}) {
    Recorder seen;
    const Status visited = VisitTableFile({Write(name, content), "", std::move(key)}, seen, {folder_.path(), 0});
    INFO(visited.ToString());
    CHECK(visited.ok());
    for (const SeenTable& table : seen.tables) CHECK(table.ended != table.dropped);
    return seen;
  }

 private:
  TemporaryDirectory folder_;
};

const std::nullopt_t kNull = std::nullopt;

}  // namespace

TEST_CASE("a CSV file is a table of texts") {
  Files files;
  const Recorder seen = files.Visit("paket.csv", "kode,nama,hps\n1127,\"Jalan, lingkar\",100\n2127,Jembatan,\n3127,\"\",5\n", {"kode"});
  REQUIRE(seen.tables.size() == 1);
  const SeenTable& table = seen.tables[0];
  CHECK(table.table.name == "paket");
  CHECK(table.table.origin == TableOrigin::csv);
  CHECK(table.table.database.empty());
  CHECK(table.table.schema.empty());
  CHECK(table.table.key == std::vector<uint32_t>{0});
  CHECK(table.table.comment == "CSV, UTF-8, delimiter ,");
  CHECK(table.header() == "kode text, nama text, hps text");
  CHECK(table.rows == std::vector<Row>{{"1127", "Jalan, lingkar", "100"}, {"2127", "Jembatan", kNull}, {"3127", "", "5"}});
  CHECK(seen.problems.empty());
  CHECK(table.ended);
}

TEST_CASE("CSV in other encodings and dialects says the same") {
  Files files;
  std::string utf16 = "\xFF\xFE";
  for (const char c : std::string("a;b\r\n1;caf\xE9\r\n")) utf16 += {c, '\0'};
  for (const std::string& text : {std::string("a;b\n1;café\n"), std::string("\xEF\xBB\xBF" "a,b\n1,café"), std::string("a\tb\r\n1\tcaf\xE9\r\n"), utf16}) {
    const Recorder seen = files.Visit("t.csv", text);
    REQUIRE(seen.tables.size() == 1);
    CHECK(seen.tables[0].header() == "a text, b text");
    CHECK(seen.tables[0].rows == std::vector<Row>{{"1", "café"}});
    CHECK(seen.problems.empty());
  }
}

TEST_CASE("a CSV file that stops being UTF-8 late is read as windows-1252 from its start") {
  Files files;
  std::string text = "a,b\n";
  for (int i = 0; i < 40000; ++i) text += "1234567,x\n";
  const Recorder seen = files.Visit("t.csv", text + "1,caf\xE9\n");
  REQUIRE(seen.tables.size() == 1);
  CHECK(seen.tables[0].rows.size() == 40001);
  CHECK(seen.tables[0].rows.back() == Row{"1", "café"});
  CHECK(seen.tables[0].table.comment == "CSV, windows-1252, delimiter ,");
}

TEST_CASE("ragged rows and odd headers are told, and nothing is lost") {
  Files files;
  const Recorder seen = files.Visit("t.csv", "a,a,,a_2\n1,2,3,4\n1\n\n1,2,3,4,5,\"6\"\n");
  REQUIRE(seen.tables.size() == 1);
  CHECK(seen.tables[0].header() == "a text, a_3 text, column_3 text, a_2 text, column_5 text, column_6 text");
  CHECK(seen.tables[0].rows == std::vector<Row>{{"1", "2", "3", "4", kNull, kNull}, {"1", kNull, kNull, kNull, kNull, kNull}, {"1", "2", "3", "4", "5", "6"}});
  REQUIRE(seen.problems.size() == 2);
  CHECK_THAT(seen.problems[0], Catch::Contains("the header names 2 columns not at all or as others"));
  CHECK_THAT(seen.problems[1], Catch::Contains("2 rows have more or fewer fields than the header's 4, the first on line 3"));
}

TEST_CASE("a primary key that is not there is the caller's mistake") {
  Files files;
  for (const char* content : {"kode,nama\n1,2\n", "[{\"kode\":1,\"nama\":2}]"}) {
    Recorder seen;
    const Status visited = VisitTableFile({files.Write("t", content), "", {"id"}}, seen);
    CHECK(visited.code() == Code::invalid);
    CHECK_THAT(visited.message(), Catch::Contains("id: there is no such column; there are kode, nama"));
    CHECK(seen.tables.empty());
  }
}

TEST_CASE("a key that repeats or is NULL costs the table its key, and no row") {
  Files files;
  for (const char* content : {"k,v\n1,a\n2,b\n1,c\n", "k,v\n1,a\n,b\n3,c\n", "[{\"k\":1},{\"k\":2},{\"k\":1}]", "[{\"k\":1},{},{\"k\":3}]"}) {
    const Recorder seen = files.Visit("t", content, {"k"});
    REQUIRE(seen.tables.size() == 1);
    CHECK(seen.tables[0].table.key.empty());
    CHECK(seen.tables[0].rows.size() == 3);
    REQUIRE(seen.problems.size() == 1);
    CHECK_THAT(seen.problems[0], Catch::Contains("primary key k: "));
  }
  CHECK(files.Visit("t", "k,l\n1,a\n1,b\n2,a\n", {"l", "k"}).tables[0].table.key == std::vector<uint32_t>{1, 0});
}

TEST_CASE("repeats are found among keys that were spilled") {
  const TemporaryDirectory folder;
  const bool repeat = GENERATE(true, false);
  KeyCheck keys(0, folder.path());
  for (int i = 0; i < 10000; ++i) REQUIRE(keys.Add({std::to_string(i)}).ok());
  if (repeat) REQUIRE(keys.Add({"17"}).ok());
  Result<KeyCheck::Verdict> verdict = keys.Finish();
  REQUIRE(verdict.ok());
  CHECK(verdict->repeats == repeat);
}

TEST_CASE("an array of objects and JSON Lines are the same table") {
  Files files;
  for (const char* content : {"[ {\"kode\": \"1\", \"nilai\": 123456789012345678.90},\n {\"nama\": \"Jalan\", \"kode\": \"2\", \"nilai\": \"x\"}, {\"kode\": null, \"nilai\": null}]",
                              "{\"kode\":\"1\",\"nilai\":123456789012345678.90}\n{\"nama\":\"Jalan\",\"kode\":\"2\",\"nilai\":\"x\"}\n\n{\"kode\":null,\"nilai\":null}\n",
                              "{\"kode\":\"1\",\n\"nilai\":123456789012345678.90}\n{\"nama\":\"Jalan\",\"kode\":\"2\",\"nilai\":\"x\"} {\"kode\":null,\"nilai\":null}\n"}) {
    const Recorder seen = files.Visit("t.json", content);
    REQUIRE(seen.tables.size() == 1);
    CHECK(seen.tables[0].header() == "kode text, nilai json, nama text");
    CHECK(seen.tables[0].rows == std::vector<Row>{{"1", "123456789012345678.90", kNull}, {"2", "\"x\"", "Jalan"}, {kNull, "null", kNull}});
    CHECK(seen.tables[0].table.origin == TableOrigin::json);
    CHECK(seen.problems.empty());
  }
  const Recorder one = files.Visit("t.json", "\xEF\xBB\xBF{\"a\":[1, 2]}");
  REQUIRE(one.tables.size() == 1);
  CHECK(one.tables[0].rows == std::vector<Row>{{"[1,2]"}});
}

TEST_CASE("a line that is no JSON is told, and breaks no other") {
  Files files;
  const Recorder seen = files.Visit("t.jsonl", "{\"a\":1}\n{\"a\":2}\n{\"a\":\n{\"a\":4}\n");
  REQUIRE(seen.tables.size() == 1);
  CHECK(seen.tables[0].column("a") == Row{"1", "2", "4"});
  REQUIRE(seen.problems.size() == 1);
  CHECK_THAT(seen.problems[0], Catch::Contains("1 lines are no JSON and are left out, the first is line 3"));
  CHECK(files.Visit("t.jsonl", "{\"a\":\n{\"a\":2}\n{\"a\":3}\n").tables.at(0).column("a") == Row{"2", "3"});
}

TEST_CASE("JSON without keys, or with too many, is kept whole") {
  Files files;
  CHECK(files.Visit("t", "[[1,2],[3]]").tables.at(0).column("value") == Row{"[1,2]", "[3]"});
  CHECK(files.Visit("t", "[{\"a\":1},2]").tables.at(0).column("value") == Row{"{\"a\":1}", "2"});
  CHECK(files.Visit("t", "[]").tables.at(0).rows.empty());
  std::string many = "[";
  for (int i = 0; i < 1700; ++i) many += "{\"k" + std::to_string(i) + "\":1},";
  const Recorder seen = files.Visit("t", many + "{}]");
  CHECK(seen.tables.at(0).column("value").size() == 1701);
  CHECK(seen.problems.size() == 1);
}

namespace {

constexpr const char* kFirst = R"({"ocid":"ocds-x-1","id":"r1","date":"2014-01-01","tag":["tender"],"tender":{"id":"1127","title":"Jalan","value":{"amount":100.50}},"buyer":{"name":"Dinas"}})";
constexpr const char* kSecond = R"({"ocid":"ocds-x-1","id":2,"date":"2014-02-01","tag":["tenderUpdate"],"tender":{"status":"complete"}})";
constexpr const char* kOther = R"({"ocid":"ocds-x-2","id":"r1","date":"2014-01-01","tag":["planning"]})";

void CheckOcds(const Recorder& seen) {
  REQUIRE(seen.tables.size() == 2);
  const SeenTable &releases = seen.tables[0], &compiled = seen.tables[1];
  CHECK(releases.table.name == "t");
  CHECK(releases.table.origin == TableOrigin::ocds);
  CHECK(releases.header() == "ocid text, id text, date text, tag json, release json");
  CHECK(releases.table.key == std::vector<uint32_t>{0, 1});
  CHECK(releases.column("release") == Row{kFirst, kOther, kSecond});
  CHECK(releases.column("id") == Row{"r1", "r1", "2"});
  CHECK(releases.column("tag")[2] == "[\"tenderUpdate\"]");
  CHECK(compiled.table.name == "t_compiled");
  REQUIRE(compiled.rows.size() >= 2);
  const Row ocids = compiled.column("ocid");
  const auto row = static_cast<size_t>(std::find(ocids.begin(), ocids.end(), "ocds-x-1") - ocids.begin());
  REQUIRE(row < ocids.size());
  CHECK(compiled.rows[row] ==
        Row{"ocds-x-1",
            R"({"ocid":"ocds-x-1","id":"ocds-x-1-2014-02-01","date":"2014-02-01","tag":["compiled"],"tender":{"id":"1127","title":"Jalan","value":{"amount":100.50},"status":"complete"},"buyer":{"name":"Dinas"}})",
            "Jalan", "Dinas", "complete", "100.50", compiled.column("records")[row]});
  CHECK(seen.problems.empty());
}

}  // namespace

TEST_CASE("OCDS releases come as a package, in lines, in an array, in records, and are the same tables") {
  Files files;
  const std::string a = kFirst, b = kOther, c = kSecond;
  CheckOcds(files.Visit("t.json", R"({"uri":"x","version":"1.1","publisher":{"name":"p"},"releases":[)" + a + ",\n" + b + "," + c + "]}"));
  CheckOcds(files.Visit("t.jsonl", a + "\n" + b + "\n" + c + "\n"));
  CheckOcds(files.Visit("t.json", "[" + a + "," + b + "," + c + "]"));
  CheckOcds(files.Visit("t.json", R"({"records":[{"ocid":"ocds-x-1","releases":[)" + a + R"(]},{"ocid":"ocds-x-2","releases":[)" + b + R"(]},{"ocid":"ocds-x-1","releases":[)" + c +
                                      R"(]},{"ocid":"ocds-x-3","releases":[{"url":"http://localhost/1"}]}]})"));
}

TEST_CASE("what a publisher compiled is kept, and counts as merged where releases are not there") {
  Files files;
  const std::string compiled = R"({"ocid":"o","id":"o-2014","date":"2014","tag":["compiled"],"language":"id"})";
  const std::string record = R"({"ocid":"o","releases":[{"url":"x"}],"compiledRelease":)" + compiled + R"(,"versionedRelease":{"ocid":"o"}})";
  const Recorder linked = files.Visit("t.json", R"({"records":[)" + record + "]}");
  REQUIRE(linked.tables.size() == 2);
  CHECK(linked.tables[0].rows.empty());
  CHECK(linked.tables[1].column("compiled") == Row{compiled});
  CHECK(linked.tables[1].column("records") == Row{"[" + record + "]"});

  const Recorder embedded = files.Visit("t.json", R"({"records":[{"ocid":"o","releases":[{"ocid":"o","id":"o-2014","date":"2014","tag":["x"],"language":"en"}],"compiledRelease":)" + compiled + "}]}");
  REQUIRE(embedded.tables.size() == 2);
  CHECK(embedded.problems.empty());
  CHECK(embedded.tables[0].column("id") == Row{"o-2014"});
  CHECK(embedded.tables[1].column("compiled") == Row{R"({"ocid":"o","id":"o-2014","date":"2014","tag":["compiled"],"language":"en"})"});
  CHECK(embedded.tables[1].column("records") == Row{R"([{"ocid":"o","compiledRelease":)" + compiled + "}]"});

  const Recorder alone = files.Visit("t.json", compiled);
  REQUIRE(alone.tables.size() == 2);
  CHECK(alone.tables[0].column("release") == Row{compiled});
  CHECK(alone.tables[1].column("compiled") == Row{compiled});
}

TEST_CASE("packages in lines are taken apart, and large ones do not take forever") {
  Files files;
  const std::string line = R"({"uri":"x","releases":[)" + std::string(kFirst) + "," + kOther + "]}\n" + R"({"releases":[)" + kSecond + "]}\n";
  CheckOcds(files.Visit("t.jsonl", line));
  std::string large = R"({"releases":[)";
  for (int i = 0; i < 20000; ++i) large += R"({"ocid":"o-)" + std::to_string(i) + R"(","id":"1","date":"2014","tag":["x"],"padding":"                                     "},)";
  const Recorder seen = files.Visit("t.jsonl", large + kFirst + "]}\n{\"releases\":[]}");
  REQUIRE(seen.tables.size() == 2);
  CHECK(seen.tables[0].rows.size() == 20001);
  CHECK(seen.tables[1].rows.size() < 20001);
  REQUIRE(seen.problems.size() == 1);
  CHECK_THAT(seen.problems[0], Catch::Contains("could not be merged (their releases are kept)"));
}

TEST_CASE("a record with many releases is merged from one reading") {
  Files files;
  std::string record = R"([{"ocid":"o","releases":[)";
  for (int i = 0; i < 3000; ++i) record += R"({"ocid":"o","id":")" + std::to_string(i) + R"(","date":"2014","tag":["x"],"padding":")" + std::string(100, 'x') + "\"},";
  const Recorder seen = files.Visit("t.json", record + R"({"ocid":"o","id":"last","date":"2015","tag":["x"],"language":"id"}]}])");
  REQUIRE(seen.tables.size() == 2);
  CHECK(seen.problems.empty());
  CHECK(seen.tables[0].rows.size() == 3001);
  REQUIRE(seen.tables[1].rows.size() == 1);
  CHECK_THAT(*seen.tables[1].rows[0][1], Catch::Contains("\"language\":\"id\""));
}

TEST_CASE("releases without a date are kept, and told where they cannot be merged") {
  Files files;
  const Recorder seen = files.Visit("t.json", R"({"releases":[{"ocid":"o","id":"1","tag":["x"]},{"note":"no release"}]})");
  REQUIRE(seen.tables.size() == 2);
  CHECK(seen.tables[0].rows.size() == 2);
  CHECK(seen.tables[0].table.key.empty());
  CHECK(seen.tables[1].rows.empty());
  CHECK(seen.problems.size() == 2);
}

TEST_CASE("a single release at the top of a file is OCDS too, and other JSON is not") {
  Files files;
  CHECK(files.Visit("t.json", kFirst).tables.size() == 2);
  CHECK(files.Visit("t.json", R"({"ocid":"o","releases":[{"ocid":"o","id":"1","date":"2014","tag":["x"]}]})").tables.size() == 2);
  CHECK(files.Visit("t.json", R"({"releases":[{"version":"1.0"}],"a":1})").tables.at(0).header() == "releases json, a json");
  CHECK(files.Visit("t.json", R"({"records":[],"total":0})").tables.at(0).header() == "records json, total json");
}

TEST_CASE("a file that cannot be read is a problem, not the end of the backup") {
  Files files;
  Recorder seen;
  CHECK(VisitTableFile({"/nowhere/t.csv", "", {}}, seen).ok());
  CHECK(VisitTableFile({"/dev/null", "", {}}, seen).ok());
  CHECK(VisitTableFile({files.Write("e", ""), "", {}}, seen).ok());
  CHECK(VisitTableFile({files.Write("q", "a,b\n1,\"open"), "", {}}, seen).ok());
  CHECK(VisitTableFile({files.Write("j", "[{\"a\":1},{\"a\":"), "", {}}, seen).ok());
  CHECK(VisitTableFile({files.Write("k", "{\"a\":nul}"), "", {}}, seen).ok());
  CHECK(VisitTableFile({files.Write("h", "\n<invalid_response>Data Kosong, silakan ulangi</invalid_response>"), "", {}}, seen).ok());
  CHECK(VisitTableFile({files.Write("b", std::string("a,b\0c\n", 7)), "", {}}, seen).ok());
  CHECK(VisitTableFile({files.Write("u", std::string("\xFF\xFE[\0]\0", 6)), "", {}}, seen).ok());
  CHECK(seen.tables.empty());
  REQUIRE(seen.problems.size() == 9);
  CHECK_THAT(seen.problems[0], Catch::Contains("/nowhere/t.csv"));
  CHECK_THAT(seen.problems[3], Catch::Contains("line 2: a quote is never closed"));
}

TEST_CASE("the visitor's own failure and a stop end the visit") {
  Files files;
  std::string many = "a\n";
  for (int i = 0; i < 5000; ++i) many += "x\n";
  for (const std::string& content : {many, std::string("[{\"a\":1},{\"a\":2},{\"a\":3}]"), std::string(kFirst) + "\n" + kOther + "\n" + kSecond}) {
    Recorder seen;
    seen.fail_at_row = 1;
    CHECK(VisitTableFile({files.Write("t", content), "", {}}, seen).code() == Code::no_space);
    CHECK_FALSE(seen.tables.at(0).dropped);
  }
  Recorder seen;
  seen.stop = true;
  CHECK(VisitTableFile({files.Write("t", many), "", {}}, seen).code() == Code::interrupted);
}

TEST_CASE("a file that changes while it is read is dropped") {
  Files files;
  for (const char* content : {"a\n1\n2\n", "[{\"a\":1}]", R"([{"ocid":"o","id":"1","date":"2014","tag":[]}])"}) {
    Recorder seen;
    const std::string path = files.Write("t", content);
    seen.on_row = [&] { std::ofstream(path, std::ios::binary | std::ios::app) << "3\n"; };
    CHECK(VisitTableFile({path, "", {}}, seen).ok());
    REQUIRE(seen.tables.size() == 1);
    CHECK(seen.tables[0].dropped);
    CHECK_THAT(seen.problems.at(0), Catch::Contains("it changed while it was read"));
  }
}

TEST_CASE("a table is named after its file unless it has a name") {
  Files files;
  Recorder seen;
  REQUIRE(VisitTableFile({files.Write("data.2014.csv", "a\n"), "", {}}, seen).ok());
  REQUIRE(VisitTableFile({files.Write("data", "a\n"), "", {}}, seen).ok());
  REQUIRE(VisitTableFile({files.Write(".csv", "a\n"), "", {}}, seen).ok());
  REQUIRE(VisitTableFile({files.Write("x", "a\n"), "paket", {}}, seen).ok());
  std::vector<std::string> names;
  for (const SeenTable& table : seen.tables) names.push_back(table.table.name);
  CHECK(names == std::vector<std::string>{"data.2014", "data", ".csv", "paket"});
}

}  // namespace pulih
