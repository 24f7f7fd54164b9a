#include "engine/recover/decide.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "engine/recover/explain.h"
#include "engine/recover/rebuilt_rows.h"
#include "tests/engine/recover/recovered_rows.h"

namespace pulih {
namespace {

DecideOptions On(const std::string& column, std::optional<std::string> value, const std::string& key = "1") {
  return {"public.paket", key, column, std::move(value), "Sari", "kontrak 12"};
}

// "text grade", with '!' for a field that is disputed and '*' for one that is decided.
std::string FieldOf(Case& of, size_t place) {
  SilentProgress silent;
  const auto rows = RebuiltRows::Open(of);
  REQUIRE(rows.ok());
  std::string text;
  for (const RebuiltTable& table : (*rows)->tables()) {
    if (table.name != "public.paket") continue;
    REQUIRE((*rows)
                ->Scan(table, "testing", silent,
                       [&](const RebuiltRow& row) -> Result<bool> {
                         const RebuiltField& field = row.fields[place];
                         text = std::string(field.text().value_or(field.is_known() ? "NULL" : "?")) + " " +
                                static_cast<char>(field.grade) + (field.disputed ? "!" : "") +
                                (field.decided ? "*" : "");
                         return false;
                       })
                .ok());
  }
  return text;
}

}  // namespace

TEST_CASE("a ruling stands in the place of what evidence says, as grade D, until it is withdrawn") {
  SmallCase small;
  small.Claim(small.Add("a.sql"), {Paket("1", "meja")});
  REQUIRE(Decide(*small.of, On("nama", "kursi")).ok());
  CHECK(FieldOf(*small.of, 1) == "kursi D*");
  const auto second = Decide(*small.of, On("nama", std::nullopt));
  REQUIRE(second.ok());
  CHECK(FieldOf(*small.of, 1) == "NULL D*");
  const auto withdrawn = WithdrawDecision(*small.of, On("nama", std::nullopt));
  REQUIRE(withdrawn.ok());
  CHECK(withdrawn->number == second->number);
  CHECK(FieldOf(*small.of, 1) == "meja B");
  CHECK(WithdrawDecision(*small.of, On("nama", std::nullopt)).status().code() == Code::not_found);
}

TEST_CASE("where evidence has the very value, a ruling is a mark and proves nothing more") {
  SmallCase small;
  small.Claim(small.Add("a.sql"), {Paket("1", "meja")});
  REQUIRE(Decide(*small.of, On("nama", "meja")).ok());
  CHECK(FieldOf(*small.of, 1) == "meja B*");
}

TEST_CASE("a ruling settles what two witnesses dispute, whatever order they came in, and does not raise its grade") {
  const bool turned = GENERATE(false, true);
  SmallCase small;
  for (const bool first : {true, false})
    small.Claim(small.Add(first != turned ? "a.sql" : "b.sql", "2014-10-04T22:00:00+07:00"),
                {Paket("1", first != turned ? "meja" : "kursi")});
  CHECK(FieldOf(*small.of, 1).ends_with("D!"));
  REQUIRE(Decide(*small.of, On("nama", "kursi")).ok());
  CHECK(FieldOf(*small.of, 1) == "kursi D*");
}

TEST_CASE("a ruling fills what damage took") {
  SmallCase small;
  small.Claim(small.Add("a.sql"), {RowOf("public.paket", {Known("1"), PartOf("me??"), Lost(), NullField()}, Grade::d)});
  REQUIRE(Decide(*small.of, On("nama", "meja")).ok());
  REQUIRE(Decide(*small.of, On("nilai", "1.50")).ok());
  CHECK(FieldOf(*small.of, 1) == "meja D*");
  CHECK(FieldOf(*small.of, 2) == "1.50 D*");
}

TEST_CASE("what cannot be ruled on is refused before anything is written") {
  SmallCase small;
  small.Claim(small.Add("a.sql"), {Paket("1", "meja"), RowOf("public.catatan", {Known("x")})});
  const size_t entries = small.of->custody().entries().size();
  CHECK(Decide(*small.of, On("id", "2")).status().code() == Code::invalid);
  CHECK(Decide(*small.of, On("nilai", "banyak")).status().code() == Code::invalid);
  CHECK(Decide(*small.of, On("harga", "1")).status().code() == Code::invalid);
  CHECK(Decide(*small.of, On("nama", "x", "2")).status().code() == Code::not_found);
  DecideOptions nobody = On("nama", "x");
  nobody.by.clear();
  CHECK(Decide(*small.of, nobody).status().code() == Code::invalid);
  CHECK(small.of->custody().entries().size() == entries);
}

TEST_CASE("a numeric is spelt with the column's scale, and never rounded to it") {
  SmallCase small;
  small.schema.tables[0].columns[2].modifier = ((12 << 16) | 2) + 4;
  REQUIRE(ClaimStore(small.of->kv()).PutSchema(small.schema).ok());
  small.Claim(small.Add("a.sql"), {Paket("1", "meja")});
  CHECK(Decide(*small.of, On("nilai", "7"))->value == "7.00");
  CHECK(Decide(*small.of, On("nilai", "1.5"))->value == "1.50");
  CHECK(FieldOf(*small.of, 2) == "1.50 B*");
  CHECK(Decide(*small.of, On("nilai", "1.505")).status().code() == Code::invalid);
}

TEST_CASE("explain shows the ruling as a claim of class 7 with its name and reason") {
  SmallCase small;
  small.Claim(small.Add("a.sql"), {Paket("1", "meja")});
  REQUIRE(Decide(*small.of, On("nama", "kursi", "id=1")).ok());
  const auto row = ExplainRow(*small.of, "paket", "1");
  REQUIRE(row.ok());
  CHECK(row->seen == 2);
  REQUIRE(row->claims.size() == 2);
  const ExplainedClaim& ruling = row->claims[row->fields[1].claim];
  CHECK(ruling.stored.unit == kRulingUnit);
  CHECK(ruling.evidence.source_class == 7);
  CHECK_THAT(ruling.stored.claim.path, Catch::StartsWith("decided by Sari, ") && Catch::EndsWith(": kontrak 12"));
}

TEST_CASE("rulings survive the case being closed, and a changed one is found") {
  SmallCase small;
  small.Claim(small.Add("a.sql"), {Paket("1", "meja")});
  REQUIRE(Decide(*small.of, On("nama", "kursi")).ok());
  const std::string path = small.of->path();
  small.of.reset();
  auto again = Case::Open(path, CaseAccess::read, {*small.files, *small.random, small.clock, "budi@lpse"});
  REQUIRE(again.ok());
  CHECK(FieldOf(**again, 1) == "kursi D*");
  again->reset();
  std::ifstream in(path + "/custody.log");
  std::stringstream text;
  text << in.rdbuf();
  std::string forged = text.str();
  forged.replace(forged.find("kursi"), 5, "papan");
  std::ofstream(path + "/custody.log") << forged;
  CHECK(Case::Open(path, CaseAccess::read, {*small.files, *small.random, small.clock, "budi@lpse"}).status().code() ==
        Code::corrupt);
}

}  // namespace pulih
