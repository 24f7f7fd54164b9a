#include "engine/recover/snapshot_rows.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <catch2/catch.hpp>

#include "engine/recover/field_groups.h"
#include "engine/recover/load_table.h"
#include "engine/recover/snapshot_evidence.h"
#include "formats/postgres/value_text.h"
#include "tests/engine/recover/recovered_rows.h"

namespace pulih {
namespace {

// Rows as text, by table: "1|meja|1.50|-".
class Listener final : public RowVisitor {
 public:
  Status BeginTable(const TableDescriptor& table) override {
    open = table;
    tables[TableRootName(table)];
    return OkStatus();
  }
  Status Row(const RowImages& images) override {
    std::string line;
    for (size_t i = 0; i < images.size(); ++i) {
      line += i == 0 ? "" : "|";
      if (!images[i]) line += "-";
      else line += *ValueText(open.types, open.columns[i].type, *images[i]);
    }
    tables[TableRootName(open)].push_back(line);
    return OkStatus();
  }
  Status LongRow(const RowImages& images, const LongColumns&) override { return Row(images); }
  Status EndTable() override { return OkStatus(); }
  Status DropTable(const Status& why) override { return why; }
  Status Problem(std::string_view what, const Status&) override {
    problems.emplace_back(what);
    return OkStatus();
  }
  Status Database(const DatabaseDescriptor& database, const DatabaseDdl&, const std::vector<SequenceValue>&) override {
    databases.push_back(database.name);
    return OkStatus();
  }
  bool ShouldStop() override { return false; }

  TableDescriptor open;
  std::map<std::string, std::vector<std::string>> tables;
  std::vector<std::string> problems, databases;
};

Listener Visit(SmallCase& small) {
  Listener listener;
  const auto source = RebuiltSource::Open(*small.of, "kantor");
  REQUIRE(source.ok());
  const Status visited = (*source)->Visit(listener);
  INFO(visited.ToString());
  REQUIRE(visited.ok());
  return listener;
}

}  // namespace

TEST_CASE("rebuilt rows are visited as rows of their database, and provenance says what is lost") {
  SmallCase small;
  small.Claim(small.Add("a.sql"),
              {Paket("1", "meja"), RowOf("public.paket", {Known("2"), PartOf("ku??i"), Lost(), NullField()}, Grade::d),
               RowOf("public.catatan", {Known("x")})});
  Listener seen = Visit(small);
  CHECK(seen.databases == std::vector<std::string>{"kantor"});
  CHECK(seen.tables["kantor/public.paket"] == std::vector<std::string>{"1|meja|1.50|-", "2|-|-|-"});
  CHECK(seen.tables["kantor/public.catatan"] == std::vector<std::string>{"x"});
  const std::vector<std::string>& fields = seen.tables["kantor/provenance.fields"];
  const auto holds = [&](const std::string& beginning) {
    return std::any_of(fields.begin(), fields.end(),
                       [&](const std::string& line) { return line.starts_with(beginning); });
  };
  CHECK(holds("public.paket|1|id,nama,nilai|known|B|false|false|"));
  CHECK(holds("public.paket|1|isi|null|B|"));
  CHECK(holds("public.paket|2|nama|partial|-|false|false|-|-|-|ku\xEF\xBF\xBD\xEF\xBF\xBDi|2-3"));
  CHECK(holds("public.paket|2|nilai|missing|-|"));
  CHECK(seen.tables["kantor/provenance.evidence"].size() == 1);
}

TEST_CASE("a value that is none of its type is told and not stored, and a key of that kind costs its row") {
  SmallCase small;
  small.Claim(small.Add("a.sql"),
              {RowOf("public.paket", {Known("1"), Known("x"), Known("banyak"), NullField()}, Grade::d),
               RowOf("public.paket", {Known("satu"), Known("y"), NullField(), NullField()}, Grade::d)});
  Listener seen = Visit(small);
  CHECK(seen.tables["kantor/public.paket"] == std::vector<std::string>{"1|x|-|-"});
  CHECK(seen.problems == std::vector<std::string>{"public.paket"});
  const std::vector<std::string>& fields = seen.tables["kantor/provenance.fields"];
  CHECK(std::any_of(fields.begin(), fields.end(), [](const std::string& line) {
    return line.find("unreadable") != line.npos && line.find("banyak") != line.npos;
  }));
}

TEST_CASE("the same claims give the same rows and claim ids, whatever evidence came first") {
  std::string first;
  for (const bool turned : {false, true}) {
    SmallCase small;
    const auto add = [&](bool a) {
      small.Claim(small.Add(a ? "a.sql" : "b.sql", a ? "2014-10-04" : "2014-10-03"),
                  {Paket("1", a ? "baru" : "lama"), Paket(a ? "2" : "3", "x")});
    };
    add(!turned);
    add(turned);
    Listener seen = Visit(small);
    std::string all;
    for (const std::string& line : seen.tables["kantor/public.paket"]) all += line + "\n";
    for (const std::string& line : seen.tables["kantor/provenance.fields"])
      all += line.substr(0, line.find(':')) + "\n";
    if (first.empty()) first = all;
    CHECK(all == first);
  }
}

TEST_CASE("rows stand under the database that has most of their tables") {
  SmallCase small;
  small.Claim(small.Add("a.sql"), {Paket("1", "meja"), RowOf("ekontrak.paket", {Known("1"), Known("2"), NullField()})});
  const auto rows = RebuiltRows::Open(*small.of);
  REQUIRE(rows.ok());
  const auto like = [&](std::vector<TableName> names) { return DatabaseLike((*rows)->tables(), names); };
  CHECK(**like({{"a", "public", "paket"}, {"b", "public", "paket"}, {"b", "ekontrak", "paket"}}) == "b");
  CHECK_FALSE(like({{"a", "public", "lain"}, {"", "", "paket"}})->has_value());
  CHECK(like({{"a", "public", "paket"}, {"b", "public", "paket"}}).status().code() == Code::invalid);
}

TEST_CASE("evidence goes along from where it lies: whole folders as one, changed and lost files told") {
  SmallCase small;
  std::filesystem::create_directories(small.folder / "bukti/halaman");
  const auto put = [&](const std::string& name, const std::string& content) {
    std::ofstream(small.folder / name) << content;
    Evidence evidence;
    evidence.id = Sha256Of(AsBytes(content));
    evidence.name = name;
    EvidenceOrigin origin;
    origin.path = small.folder / name;
    bool is_new = false;
    REQUIRE(EvidenceRegister(small.of->kv())
                .Put(evidence, {{std::filesystem::path(name).filename(), content.size(), evidence.id, FileKind::sql}},
                     origin, &is_new)
                .ok());
  };
  for (const char* name : {"bukti/halaman/1.html", "bukti/halaman/2.html", "bukti/a.sql", "bukti/b.sql"})
    put(name, name);
  std::ofstream(small.folder / "bukti/lain.txt") << "bukan bukti";
  auto paths = FindEvidencePaths(*small.of, true);
  REQUIRE(paths.ok());
  const std::string root = small.folder / "bukti", own = small.of->path();
  CHECK(paths->roots == std::vector<std::string>{root + "/a.sql", root + "/b.sql", root + "/halaman",
                                                 own + "/case.json", own + "/custody.log"});
  CHECK(paths->problems.empty());
  std::filesystem::remove(root + "/lain.txt");
  std::filesystem::remove(root + "/a.sql");
  std::ofstream(root + "/b.sql") << "tulisan lain";
  paths = FindEvidencePaths(*small.of, true);
  REQUIRE(paths.ok());
  CHECK(paths->problems.size() == 2);
  CHECK(FindEvidencePaths(*small.of, false)->roots ==
        std::vector<std::string>{own + "/case.json", own + "/custody.log"});
}

TEST_CASE("a cast to a type without its modifier cuts nothing") {
  CHECK(TypeWithoutModifier("numeric(20,2)") == "numeric");
  CHECK(TypeWithoutModifier("character varying(8)") == "character varying");
  CHECK(TypeWithoutModifier("character(2)") == "pg_catalog.bpchar");
  CHECK(TypeWithoutModifier("character(2)[]") == "pg_catalog.bpchar[]");
  CHECK(TypeWithoutModifier("bit(3)") == "pg_catalog.varbit");
  CHECK(TypeWithoutModifier("timestamp(3) without time zone") == "timestamp without time zone");
  CHECK(TypeWithoutModifier("integer") == "integer");
  CHECK(TypeWithoutModifier("public.tahap") == "public.tahap");
}

}  // namespace pulih
