#include "engine/records/export_tables.h"

#include <catch2/catch.hpp>

#include "tests/support/row_script.h"

namespace pulih {
namespace {

ScriptedTable OddPeople() {
  ScriptedTable table = PeopleTable();
  table.rows = {Person(-3, "biasa", "catatan"), Person(2, "say \"hi\", tab\there\\", ""), Person(1, "dua\nbaris", std::nullopt)};
  return table;
}

class Exported {
 public:
  explicit Exported(const std::vector<ScriptedTable>& tables) : snapshot_(scene_.BackUpRows(tables)), reading_(scene_.Read()) {}

  Result<ExportReport> Run(ExportFormat format, const std::string& folder) {
    ExportOptions options;
    options.format = format;
    options.directory = Folder(folder);
    SilentProgress progress;
    return ExportTables(*reading_.session, snapshot_, options, scene_.repository().environment().files, progress);
  }
  std::string Folder(const std::string& name) { return scene_.repository().Scratch(name); }
  std::string Text(const std::string& path) {
    const auto bytes = ReadWholeFile(scene_.repository().environment().files, path, 1u << 20);
    return bytes.ok() ? std::string(AsText(*bytes)) : bytes.status().ToString();
  }

 private:
  RowScene scene_;
  Snapshot snapshot_;
  Reading reading_;
};

}  // namespace

TEST_CASE("exported rows tell NULL, an empty text and odd characters apart") {
  Exported exported({OddPeople()});
  REQUIRE(exported.Run(ExportFormat::csv, "a").ok());
  CHECK(exported.Text(exported.Folder("a") + "/orang.csv") ==
        "id,nama,catatan\n-3,biasa,catatan\n1,\"dua\nbaris\",\n2,\"say \"\"hi\"\", tab\there\\\",\"\"\n");
  REQUIRE(exported.Run(ExportFormat::copy, "b").ok());
  CHECK(exported.Text(exported.Folder("b") + "/orang.copy") == "-3\tbiasa\tcatatan\n1\tdua\\nbaris\t\\N\n2\tsay \"hi\", tab\\there\\\\\t\n");
  REQUIRE(exported.Run(ExportFormat::jsonl, "c").ok());
  CHECK(exported.Text(exported.Folder("c") + "/orang.jsonl") ==
        "{\"id\":-3,\"nama\":\"biasa\",\"catatan\":\"catatan\"}\n{\"id\":1,\"nama\":\"dua\\nbaris\",\"catatan\":null}\n"
        "{\"id\":2,\"nama\":\"say \\\"hi\\\", tab\\there\\\\\",\"catatan\":\"\"}\n");
}

TEST_CASE("an export writes over nothing, and repeats equal rows as often as they were there") {
  ScriptedTable table = OddPeople();
  table.descriptor.key.clear();
  table.rows.push_back(table.rows.front());
  Exported exported({table});
  const auto report = exported.Run(ExportFormat::csv, "a");
  REQUIRE(report.ok());
  CHECK(report->tables.at(0).rows == 4);
  const auto again = exported.Run(ExportFormat::csv, "a");
  CHECK(again.status().code() == Code::already_exists);
}

TEST_CASE("a table's name cannot lead an export out of its folder") {
  TableDescriptor table = PeopleTable().descriptor;
  CHECK(ExportFileName(table, ".csv") == "orang.csv");
  table.schema = "ekontrak";
  CHECK(ExportFileName(table, ".csv") == "ekontrak.orang.csv");
  table.schema = "..";
  table.name = "../../etc/passwd\n%";
  const std::string name = ExportFileName(table, ".csv");
  CHECK(name == "%2E%2E.%2E%2E%2F%2E%2E%2Fetc%2Fpasswd%0A%25.csv");
  CHECK(name.find('/') == std::string::npos);
}

}  // namespace pulih
