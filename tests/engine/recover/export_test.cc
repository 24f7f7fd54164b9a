#include "engine/recover/export.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "engine/recover/explain.h"
#include "tests/engine/recover/recovered_rows.h"

namespace pulih {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.good());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}
std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& item : std::filesystem::directory_iterator(folder)) names.push_back(item.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

RecoverExportReport Export(SmallCase& small, const std::string& to, std::optional<std::string> table = {}) {
  SilentProgress progress;
  auto report = ExportCase(*small.of, {small.folder / to, std::move(table)}, progress);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  return std::move(*report);
}

}  // namespace

TEST_CASE("an export says NULL, the empty text, bytes and odd characters as CSV has them, rows in the order of keys") {
  SmallCase small;
  const uint32_t unit = small.Add("a.sql");
  small.Claim(unit, {RowOf("public.paket", {Known("10"), Known(""), Known("NaN"), Known("\\x00ff")}),
                     RowOf("public.paket", {Known("-2"), Known("koma, \"kutip\"\nbaris"), NullField(), NullField()}),
                     RowOf("public.paket", {Known("9"), Known("Jalan é"), Known("120000000.00"), Known("\\x")}),
                     RowOf("ekontrak.paket", {Known("1"), Known("2"), NullField()})});
  const RecoverExportReport report = Export(small, "out");
  CHECK(NamesIn(small.folder / "out") == std::vector<std::string>{"ekontrak.paket.csv", "ekontrak.paket.grades.csv", "paket.csv", "paket.grades.csv"});
  CHECK(ReadText(small.folder / "out/paket.csv") ==
        "id,nama,nilai,isi\n-2,\"koma, \"\"kutip\"\"\nbaris\",,\n9,Jalan é,120000000.00,\\x\n10,\"\",NaN,\\x00ff\n");
  CHECK(ReadText(small.folder / "out/paket.grades.csv") == "id,_grade\n-2,B\n9,B\n10,B\n");
  CHECK(ReadText(small.folder / "out/ekontrak.paket.csv") == "a,b,c\n1,2,\n");
  CHECK(ReadText(small.folder / "out/ekontrak.paket.grades.csv") == "a,b,_grade\n1,2,B\n");
  REQUIRE(report.tables.size() == 2);
  CHECK(report.tables[1].grades == std::vector<std::pair<char, uint64_t>>{{'B', 3}});
}

TEST_CASE("what is not known is an empty field without a grade, and what is known of it stands in _partial.csv") {
  SmallCase small;
  const uint32_t unit = small.Add("a.sql");
  small.Claim(unit, {RowOf("public.paket", {Known("1"), PartOf("Peng??aan", true), Lost(), NullField()}, Grade::d), Paket("2", "dua")});
  const RecoverExportReport report = Export(small, "out");
  CHECK(ReadText(small.folder / "out/paket.csv") == "id,nama,nilai,isi\n1,,,\n2,dua,1.50,\n");
  CHECK(ReadText(small.folder / "out/paket.grades.csv") == "id,_grade,nama,nilai,isi\n1,D,,,D\n2,B,B,B,B\n");
  CHECK(ReadText(small.folder / "out/_partial.csv") == "table,key,column,known,lost_bytes\npublic.paket,1,nama,Peng\xEF\xBF\xBD\xEF\xBF\xBD" "aan,\"4-5,9-\"\n");
  CHECK(report.partial_fields == 1);
}

TEST_CASE("rows without a key and rows without a table are not thrown away") {
  SmallCase small;
  const uint32_t unit = small.Add("a.sql");
  RowClaim unassigned = RowOf("", {Known("7"), Known("tab\there"), NullField(), Lost()}, Grade::d);
  unassigned.candidates = {"ekontrak.paket", "public.paket"};
  small.Claim(unit, {RowOf("public.paket", {Lost(), Known("tujuh"), NullField(), Known("\\x01")}, Grade::d), unassigned});
  const RecoverExportReport report = Export(small, "out");
  CHECK(report.unkeyed == 1);
  CHECK(report.unassigned == 1);
  CHECK(NamesIn(small.folder / "out") == std::vector<std::string>{"_unassigned.csv", "_unkeyed.csv"});
  CHECK_THAT(ReadText(small.folder / "out/_unkeyed.csv"), Catch::Contains("public.paket,") && Catch::Contains(",D,\xEF\xBF\xBD\ttujuh\t\\N\t\\\\x01\n"));
  CHECK_THAT(ReadText(small.folder / "out/_unassigned.csv"), Catch::Contains("ekontrak.paket public.paket,") && Catch::Contains("7\ttab\\there\t\\N\t\xEF\xBF\xBD"));
}

TEST_CASE("guesses and rows that were deleted are in no file") {
  SmallCase small;
  const uint32_t unit = small.Add("a.sql");
  small.Claim(unit, {Paket("1", "tebakan", Grade::f), RowOf("public.paket", {Known("2"), Known("dihapus"), Lost(), Lost()}, Grade::b, Standing::deleted), Paket("3", "ada"),
                     RowOf("public.paket", {Lost(), Known("tebakan"), Lost(), Lost()}, Grade::f)});
  const RecoverExportReport report = Export(small, "out");
  CHECK(ReadText(small.folder / "out/paket.csv") == "id,nama,nilai,isi\n3,ada,1.50,\n");
  CHECK(report.tables[0].deleted == 1);
  CHECK(report.unkeyed == 0);
}

TEST_CASE("the same claims give the same bytes, whatever evidence came first") {
  const std::vector<RowClaim> october{Paket("1", "oktober"), Paket("3", "tiga")}, september{Paket("1", "september"), Paket("2", "dua", Grade::a)};
  std::string first;
  for (const bool october_first : {true, false}) {
    SmallCase small;
    const auto add_october = [&] { small.Claim(small.Add("oktober.sql", "2014-10-04T22:00:05+07:00"), october); };
    if (october_first) add_october();
    small.Claim(small.Add("september.sql", "2014-09-27T22:00:04+07:00"), september);
    if (!october_first) add_october();
    Export(small, "out");
    const std::string text = ReadText(small.folder / "out/paket.csv") + ReadText(small.folder / "out/paket.grades.csv");
    CHECK_THAT(text, Catch::Contains("1,oktober,"));
    if (first.empty()) first = text;
    CHECK(text == first);
  }
}

TEST_CASE("evidence is put in order by the moment it was made, not by how its time is written") {
  SmallCase small;
  // 22:30 in Jakarta is before 16:00 UTC of the same day.
  small.Claim(small.Add("jakarta.sql", "2014-10-04T22:30:00+07:00"), {Paket("1", "lama")});
  small.Claim(small.Add("utc.sql", "2014-10-04T16:00:00Z"), {Paket("1", "baru")});
  Export(small, "out");
  CHECK_THAT(ReadText(small.folder / "out/paket.csv"), Catch::Contains("1,baru,"));
}

TEST_CASE("an export writes over nothing, and leaves nothing where it fails") {
  SmallCase small;
  small.Claim(small.Add("a.sql"), {Paket("1", "satu")});
  std::filesystem::create_directory(small.folder / "used");
  std::ofstream(small.folder / "used/paket.csv") << "mine";
  SilentProgress progress;
  CHECK(ExportCase(*small.of, {small.folder / "used", {}}, progress).status().code() == Code::already_exists);
  CHECK(ReadText(small.folder / "used/paket.csv") == "mine");
  CHECK(ExportCase(*small.of, {small.folder / "none", "tiada"}, progress).status().code() == Code::not_found);
  CHECK_FALSE(std::filesystem::exists(small.folder / "none"));
}

TEST_CASE("one table can be exported, and its name is that of one table") {
  SmallCase small;
  small.Claim(small.Add("a.sql"), {Paket("1", "satu"), RowOf("ekontrak.paket", {Known("1"), Known("2"), NullField()}), RowOf("public.catatan", {Known("x")})});
  Export(small, "out", "ekontrak.paket");
  CHECK(NamesIn(small.folder / "out") == std::vector<std::string>{"ekontrak.paket.csv", "ekontrak.paket.grades.csv"});
  Export(small, "out2", "paket");
  CHECK(NamesIn(small.folder / "out2") == std::vector<std::string>{"paket.csv", "paket.grades.csv"});
}

TEST_CASE("an odd name of a table stays inside the folder") {
  SmallCase small;
  SchemaTable odd = small.schema.tables[2];
  odd.schema = "..";
  odd.name = "../../etc/x";
  small.schema.tables.push_back(odd);
  REQUIRE(ClaimStore(small.of->kv()).PutSchema(small.schema).ok());
  small.Claim(small.Add("a.sql"), {RowOf("..." + odd.name, {Known("x")})});
  Export(small, "out");
  CHECK(NamesIn(small.folder / "out").size() == 2);
}

TEST_CASE("explain shows every claim with its evidence and bytes, the best first") {
  SmallCase small;
  small.Claim(small.Add("lama.sql", "2014-09-27T22:00:04+07:00"), {Paket("1", "lama", Grade::a)});
  small.Claim(small.Add("baru.sql", "2014-10-04T22:00:05+07:00"), {Paket("1", "baru")});
  const auto explained = ExplainRow(*small.of, "paket", "1");
  REQUIRE(explained.ok());
  REQUIRE(explained->claims.size() == 2);
  CHECK(explained->claims[0].evidence.name == "baru.sql");
  CHECK(explained->claims[0].origins.at(0).custodian == "Budi");
  CHECK(explained->claims[0].files.at(0).sha256 == Sha256Of(AsBytes("baru.sql")));
  CHECK(explained->claims[1].stored.claim.bytes == std::vector<ByteRange>{{0, 100, 20}});
  CHECK(explained->fields.at(1).claim == 0);
  CHECK(ExplainRow(*small.of, "paket", "2").status().code() == Code::not_found);
  CHECK(ExplainRow(*small.of, "tiada", "2").status().code() == Code::not_found);
  CHECK(ExplainRow(*small.of, "paket", "x,y").status().code() == Code::invalid);
}

}  // namespace pulih
