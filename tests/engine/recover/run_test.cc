// Runs over evidence with decoders of our own that read "id text" lines, so that each way in which a unit can go wrong can
// be had at will.
#include <csignal>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "engine/recover/claim_codec.h"
#include "engine/recover/claim_store.h"
#include "engine/recover/ingest.h"
#include "engine/recover/run.h"
#include "tests/support/temporary_directory.h"

namespace pulih {
namespace {

struct World {
  World() { REQUIRE(InitialiseCrypto()); }
  std::unique_ptr<FileSystem> files = NewPosixFileSystem();
  std::unique_ptr<RandomSource> random = NewSeededRandom(7);
  SystemClock clock;
  CaseEnvironment environment() { return {*files, *random, clock, "budi@lpse"}; }
};

void Put(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary | std::ios::trunc) << text; }

Schema OneTable(const std::vector<std::string>& columns) {
  Schema schema;
  schema.types = {{PgTypeKind::base, "pg_catalog", "text", pg_oid::kText, 0, {}}};
  SchemaTable table;
  table.schema = "public", table.name = "t";
  for (const std::string& name : columns) table.columns.push_back({.name = name, .type_text = "text", .type = 0, .length = -1, .align = 'i', .not_null = name == "id"});
  table.keys = {{"pk", true, {0}}};
  schema.tables = {table};
  return schema;
}

// Each line is a row; "!crash", "!spin", "!open", "!fail" do what they say; "#a b" tells a schema with those columns.
class LineExtractor final : public Extractor {
 public:
  Status LearnSchema(const std::vector<UnitFile>& files, Schema& found) override {
    const std::string_view text = AsText(files[0].bytes);
    if (!text.starts_with("#")) return OkStatus();
    std::vector<std::string> columns = {"id"};
    for (size_t i = 1; i < text.find('\n'); ++i) columns.push_back(std::string(1, text[i]));
    found = OneTable(columns);
    return OkStatus();
  }
  Status Extract(const std::vector<UnitFile>& files, const Schema& known, ExtractSink& sink) override {
    std::string_view text = AsText(files[0].bytes);
    uint64_t at = 0;
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n') + 1, text.size());
      const std::string_view line = text.substr(0, end - 1);
      if (line == "!crash") ::raise(SIGSEGV);
      if (line == "!spin") for (volatile int turns = 0;;) (void)turns;
      if (line == "!open") (void)!::system("true");
      if (line == "!fail") return Status(Code::corrupt, "cannot be read");
      if (line == "!wild") PULIH_TRY(sink.Range({{9, 0, 1}, RangeFate::read, "nowhere"}));
      if (!line.starts_with("#") && !known.tables.empty()) {
        RowClaim claim;
        claim.table = "public.t";
        claim.fields.resize(known.tables[0].columns.size());
        claim.fields[0] = {ClaimedField::State::value, std::string(line), {}, false};
        claim.grade = Grade::b;
        claim.bytes = {{0, at, end}};
        PULIH_TRY(sink.Row(claim));
      }
      PULIH_TRY(sink.Range({{0, at, end}, RangeFate::read, "line"}));
      at += end;
      text.remove_prefix(end);
    }
    return sink.Remark("read to the end");
  }
};

RunOptions Options(unsigned jobs = 1) {
  RunOptions options;
  options.jobs = jobs;
  options.given = OneTable({"id", "v"});
  options.limits.cpu_seconds = 1;
  options.extractor = [](const Evidence& evidence) -> std::unique_ptr<Extractor> {
    return evidence.name.ends_with(".bin") ? nullptr : std::make_unique<LineExtractor>();
  };
  return options;
}

// Everything in the case but origins, states of files, and times.
std::string Dump(Case& of) {
  std::string all;
  for (const char table : {'S', 'C', 'U', 'J', 'N', 'M', 'R'}) {
    const Bytes prefix = {static_cast<uint8_t>(table)};
    REQUIRE(of.kv().Scan(prefix, prefix, [&](ByteView key, ByteView value) {
      all += ToHex(key) + "=" + ToHex(value) + "\n";
      return true;
    }).ok());
  }
  return all;
}

struct Silent final : ProgressListener {
  int left = -1;  // ShouldStop() says so after so many questions
  void Report(const Progress&) override {}
  bool ShouldStop() override { return left >= 0 && left-- == 0; }
};

std::unique_ptr<Case> CaseWith(World& world, const std::string& path, const std::vector<std::string>& evidence) {
  auto made = Case::Create(path, world.environment());
  REQUIRE(made.ok());
  Silent silent;
  REQUIRE(AddEvidence(**made, evidence, {}, silent).ok());
  return std::move(*made);
}

}  // namespace

TEST_CASE("the same evidence gives the same case twice and for any number of jobs") {
  World world;
  const TemporaryDirectory folder;
  REQUIRE(::mkdir((folder / "e").c_str(), 0700) == 0);
  for (int i = 0; i < 12; ++i) {
    std::string text;
    for (int k = 0; k < 50 * i; ++k) text += std::to_string(k * i) + " a row of this file\n";
    Put(folder / "e/" + std::to_string(i), text + (i == 5 ? "!crash\n" : i == 7 ? "!fail\n" : ""));
  }
  std::vector<std::string> dumps;
  for (const unsigned jobs : {1u, 1u, 4u}) {
    const auto made = CaseWith(world, folder / ("case" + std::to_string(dumps.size())), {folder / "e"});
    Silent silent;
    const auto report = RunRecovery(*made, Options(jobs), silent);
    REQUIRE(report.ok());
    CHECK_FALSE(report->is_whole());
    CHECK(report->units.size() == 12);
    dumps.push_back(Dump(*made));
  }
  CHECK(dumps[0] == dumps[1]);
  CHECK(dumps[0] == dumps[2]);
}

TEST_CASE("a decoder that goes wrong costs its unit, and what it told before stays") {
  World world;
  const TemporaryDirectory folder;
  REQUIRE(::mkdir((folder / "e").c_str(), 0700) == 0);
  const std::string bad = GENERATE(as<std::string>(), "!crash", "!spin", "!open", "!fail", "!wild");
  Put(folder / "e/a", "1 whole row\n2 whole row\n");
  Put(folder / "e/b", "3 whole row\n" + bad + "\n4 whole row\n");
  const auto made = CaseWith(world, folder / "case", {folder / "e"});
  Silent silent;
  const auto report = RunRecovery(*made, Options(), silent);
  REQUIRE(report.ok());
  REQUIRE(report->units.size() == 2);
  CHECK(report->units[0].state == UnitState::done);
  CHECK(report->units[0].rows == 2);
  CHECK(report->units[1].state == UnitState::failed);
  CHECK_FALSE(report->units[1].why.empty());
  // The crash takes what stood in the child's buffer along; a clean failure does not.
  if (bad == "!fail") CHECK(report->units[1].rows == 1);
}

TEST_CASE("a run that is stopped anywhere goes on and ends as if it had not been") {
  World world;
  const TemporaryDirectory folder;
  REQUIRE(::mkdir((folder / "e").c_str(), 0700) == 0);
  for (int i = 0; i < 6; ++i) {
    std::string text;
    for (int k = 0; k < 300; ++k) text += std::to_string(1000 * i + k) + " a row of this file\n";
    Put(folder / "e/" + std::to_string(i), text);
  }
  const auto straight = CaseWith(world, folder / "straight", {folder / "e"});
  Silent silent;
  REQUIRE(RunRecovery(*straight, Options(), silent).ok());
  const std::string expected = Dump(*straight);
  for (int stop = 0; stop < 8; ++stop) {
    const std::string path = folder / ("stopped" + std::to_string(stop));
    auto made = CaseWith(world, path, {folder / "e"});
    Silent stopping;
    stopping.left = stop;
    const auto first = RunRecovery(*made, Options(), stopping);
    if (!first.ok()) CHECK(first.status().code() == Code::interrupted);
    REQUIRE(RunRecovery(*made, Options(), silent).ok());
    CHECK(Dump(*made) == expected);
  }
}

TEST_CASE("a run that is killed goes on without doubles") {
  World world;
  const TemporaryDirectory folder;
  REQUIRE(::mkdir((folder / "e").c_str(), 0700) == 0);
  for (int i = 0; i < 8; ++i) {
    std::string text;
    for (int k = 0; k < 2000; ++k) text += std::to_string(10000 * i + k) + " a row of this file\n";
    Put(folder / "e/" + std::to_string(i), text);
  }
  const auto straight = CaseWith(world, folder / "straight", {folder / "e"});
  Silent silent;
  REQUIRE(RunRecovery(*straight, Options(), silent).ok());
  const std::string expected = Dump(*straight);
  const std::string path = folder / "killed";
  CaseWith(world, path, {folder / "e"}).reset();
  for (const useconds_t after : {2000u, 10000u, 30000u, 60000u}) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      World inside;
      auto opened = Case::Open(path, CaseAccess::write, inside.environment());
      if (opened.ok()) (void)RunRecovery(**opened, Options(), silent).ok();
      ::_exit(0);
    }
    ::usleep(after);
    ::kill(pid, SIGKILL);
    int state = 0;
    REQUIRE(::waitpid(pid, &state, 0) == pid);
  }
  const auto opened = Case::Open(path, CaseAccess::write, world.environment());
  REQUIRE(opened.ok());
  REQUIRE(RunRecovery(**opened, Options(), silent).ok());
  CHECK(Dump(**opened) == expected);
}

TEST_CASE("evidence that is added later adds claims, and a schema that grows has units read again") {
  World world;
  const TemporaryDirectory folder;
  REQUIRE(::mkdir((folder / "e").c_str(), 0700) == 0);
  Put(folder / "e/a", "1 row\n");
  Put(folder / "e/x.bin", "nothing reads this\n");
  auto made = CaseWith(world, folder / "case", {folder / "e"});
  RunOptions options = Options();
  options.given.reset();
  Silent silent;
  auto report = RunRecovery(*made, options, silent);
  REQUIRE(report.ok());
  CHECK(report->units[0].rows == 0);  // nobody knows a table
  CHECK(report->units[1].state == UnitState::none);

  Put(folder / "e/b", "#v\n2 row\n");
  REQUIRE(AddEvidence(*made, {folder / "e/b"}, {}, silent).ok());
  report = RunRecovery(*made, options, silent);
  REQUIRE(report.ok());
  CHECK(report->units[0].fresh);
  CHECK(report->units[0].rows == 1);
  CHECK(report->units[2].rows == 1);

  report = RunRecovery(*made, options, silent);
  REQUIRE(report.ok());
  for (const UnitResult& unit : report->units) CHECK_FALSE(unit.fresh);
}

TEST_CASE("evidence that changed is not read, and what it told before stays") {
  World world;
  const TemporaryDirectory folder;
  REQUIRE(::mkdir((folder / "e").c_str(), 0700) == 0);
  Put(folder / "e/a", "1 row\n");
  auto made = CaseWith(world, folder / "case", {folder / "e"});
  Silent silent;
  REQUIRE(RunRecovery(*made, Options(), silent).ok());
  Put(folder / "e/a", "9 row\n");
  RunOptions other = Options();
  other.given = OneTable({"id", "v", "w"});
  const auto report = RunRecovery(*made, other, silent);
  REQUIRE(report.ok());
  CHECK(report->units[0].state == UnitState::failed);
  CHECK(report->units[0].why.find("changed") != std::string::npos);
  CHECK(ClaimStore(made->kv()).Tables()->size() == 1);
}

}  // namespace pulih
