// Which tables the name of a partitioned one means, from definitions that need not make sense.
#include "engine/records/partitions.h"

#include <catch2/catch.hpp>

#include "tests/support/row_script.h"

namespace pulih {
namespace {

// Tables, and the definitions of their database.
class DefinedSource final : public RowSource {
 public:
  DefinedSource(std::vector<ScriptedTable> tables, std::string ddl)
      : tables_(std::move(tables)), ddl_(std::move(ddl)) {}
  std::string name() const override { return "script"; }
  Status Visit(RowVisitor& visitor) override {
    PULIH_TRY(tables_.Visit(visitor));
    DatabaseDescriptor database;
    database.name = "uji";
    database.encoding = "UTF8";
    return visitor.Database(database, {ddl_, ""}, {});
  }

 private:
  ScriptedSource tables_;
  std::string ddl_;
};

std::string Attach(const std::string& parent, const std::string& partition) {
  return "ALTER TABLE ONLY public." + parent + " ATTACH PARTITION public." + partition + " FOR VALUES IN (1);\n";
}

ScriptedTable Named(const std::string& name) {
  ScriptedTable table = PeopleTable();
  table.descriptor.name = name;
  table.rows = {Person(1, name, std::nullopt)};
  return table;
}

class Defined {
 public:
  Defined(std::vector<ScriptedTable> tables, std::string ddl) : source_(std::move(tables), std::move(ddl)) {
    const auto opened = repository_.Open(repository_.owner(), Intent::write);
    BackupOptions options = repository_.Options();
    options.tree.roots.clear();
    options.rows = {&source_};
    const auto catalog = NewTestCatalog();
    SilentProgress silent;
    const auto taken = Backup(*opened, *catalog, options, silent);
    INFO(taken.status().ToString());
    REQUIRE(taken.ok());
    reading_.emplace(repository_.Read(repository_.owner()));
  }
  // "a b c", or what went wrong.
  std::string Find(const std::string& name) {
    const auto tables =
        FindTableOrPartitions(*reading_->session, reading_->list.snapshots.back(), *ParseTableName(name));
    if (!tables.ok()) return tables.status().message();
    std::string names;
    for (const ListedTable& table : *tables) names += (names.empty() ? "" : " ") + table.descriptor.name;
    return names;
  }

 private:
  SmallRepository repository_;
  DefinedSource source_;
  std::optional<Reading> reading_;
};

}  // namespace

TEST_CASE("a partitioned table stands for its partitions, and theirs, in the order of their definitions") {
  Defined defined(
      {Named("p1"), Named("p2a"), Named("p2b"), Named("lain")},
      Attach("p", "p1") + Attach("p2", "p2b") + Attach("p", "p2") + Attach("p2", "p2a") + Attach("q", "hilang"));
  CHECK(defined.Find("p") == "p1 p2b p2a");
  CHECK(defined.Find("uji/public.p2") == "p2b p2a");
  CHECK(defined.Find("lain") == "lain");
  CHECK(defined.Find("q") == "table uji/public.q: it is partitioned, and the snapshot has none of its partitions");
  CHECK(defined.Find("r").find("there is none of this name") != std::string::npos);
}

TEST_CASE("definitions of partitions that make no sense end the search, however many they are") {
  constexpr int kDepth = 100'000;
  std::string ddl = Attach("bulat", "bulat_juga") + Attach("bulat_juga", "bulat");
  for (int i = 0; i < kDepth; ++i) ddl += Attach("d" + std::to_string(i), "d" + std::to_string(i + 1));
  Defined defined({Named("d" + std::to_string(kDepth))}, ddl);
  CHECK(defined.Find("bulat").find("none of its partitions") != std::string::npos);
  CHECK(defined.Find("d0") == "d" + std::to_string(kDepth));
}

}  // namespace pulih
