#include "engine/recover/export_format.h"

#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "tests/engine/recover/recovered_rows.h"

namespace pulih {
namespace {

std::string FileText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void Export(SmallCase& small, RecoveredFormat format) {
  SilentProgress silent;
  const auto report = ExportCase(*small.of, {small.folder / "out", {}, format}, silent);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
}

}  // namespace

TEST_CASE("JSON Lines keep NULL, the empty text and what is lost apart, and numbers are numbers") {
  SmallCase small;
  small.Claim(small.Add("a.sql"),
              {RowOf("public.paket", {Known("1"), Known(""), Known("NaN"), NullField()}),
               RowOf("public.paket", {Known("2"), Lost(), Known("120000000.00"), Known("\\x00ff")}, Grade::d),
               RowOf("public.paket", {Known("3"), Known("\"kutip\"\nbaris"), NullField(), Lost()}, Grade::d)});
  Export(small, RecoveredFormat::jsonl);
  CHECK(FileText(small.folder / "out/paket.jsonl") ==
        "{\"id\":1,\"nama\":\"\",\"nilai\":\"NaN\",\"isi\":null}\n"
        "{\"id\":2,\"nilai\":120000000.00,\"isi\":\"\\\\x00ff\"}\n"
        "{\"id\":3,\"nama\":\"\\\"kutip\\\"\\nbaris\",\"nilai\":null}\n");
  CHECK(FileText(small.folder / "out/paket.grades.csv") == "id,_grade,nama,nilai,isi\n1,B,B,B,B\n2,D,,D,D\n3,D,D,D,\n");
}

TEST_CASE("SQL names what is lost behind the row, and quotes what would end a text") {
  SmallCase small;
  small.Claim(small.Add("a.sql"),
              {RowOf("public.paket", {Known("1"), Known("d'Arc \\ x"), Lost(), NullField()}, Grade::d),
               RowOf("ekontrak.paket", {Known("1"), Known("2"), Known("c")})});
  Export(small, RecoveredFormat::sql);
  CHECK_THAT(FileText(small.folder / "out/paket.sql"),
             Catch::EndsWith("INSERT INTO \"public\".\"paket\" (\"id\", \"nama\", \"nilai\", \"isi\") OVERRIDING "
                             "SYSTEM VALUE VALUES ('1', E'd''Arc \\\\ x', NULL, NULL);  -- lost: nilai\n"));
  CHECK_THAT(FileText(small.folder / "out/_all.sql"),
             Catch::Contains("BEGIN;\n\\ir 'ekontrak.paket.sql'\n\\ir 'paket.sql'\nCOMMIT;\n"));
}

TEST_CASE("parents come first, and a circle ends") {
  const auto table = [](const std::string& name, std::vector<std::string> parents) {
    SchemaTable one;
    one.schema = "public", one.name = name;
    for (std::string& parent : parents) one.references.push_back({{0}, "public", std::move(parent), {}});
    return one;
  };
  const std::vector<SchemaTable> known{table("a", {"b", "a"}), table("b", {"c"}), table("c", {"b"}),
                                       table("d", {"lain"})};
  std::vector<RebuiltTable> tables;
  for (const SchemaTable& one : known) tables.push_back({"public." + one.name, &one, {}, {}});
  CHECK(ParentsFirst(tables) == std::vector<std::string>{"public.d", "public.a", "public.b", "public.c"});
  tables.erase(tables.begin() + 2);
  CHECK(ParentsFirst(tables) == std::vector<std::string>{"public.b", "public.a", "public.d"});
}

}  // namespace pulih
