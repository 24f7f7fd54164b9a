#include "engine/recover/report_html.h"

#include <catch2/catch.hpp>

#include "engine/recover/block_map_svg.h"
#include "tests/engine/recover/recovered_rows.h"

namespace pulih {
namespace {

const std::string kHostile = "<script>alert(1)</script>\"'><img src=x onerror=y>&\x01\xff\xE2\x80\xAE";

// Tags of the page that its own code would never write.
bool HasForeignTag(const std::string& html) {
  return html.find("<script") != std::string::npos || html.find("<img") != std::string::npos || html.find("onerror=y>") != std::string::npos;
}

}  // namespace

TEST_CASE("a report accounts for every byte, row and piece of evidence") {
  SmallCase small;
  const uint32_t first = small.Add("a.sql", "2014-10-04T22:00:05+07:00"), second = small.Add("b.sql");
  small.Claim(first, {Paket("1", "satu"), Paket("2", "dua", Grade::d), RowOf("public.paket", {Known("3"), Lost(), PartOf("1", true), NullField()})},
              {{{0, 0, 1000}, RangeFate::damaged, "nothing found yet"}, {{0, 0, 700}, RangeFate::read, "rows"}, {{0, 700, 100}, RangeFate::skipped, "padding"}}, {"it ends inside a row"});
  small.Claim(second, {RowOf("public.paket", {Lost(), Known("x"), Lost(), Lost()}), RowOf("", {Known("1")})}, {{{0, 0, 900}, RangeFate::read, "rows"}});
  UnitResult result;
  result.number = second;
  result.state = UnitState::failed;
  result.why = "killed by signal 11";
  REQUIRE(RunMarks(small.of->kv()).Put(result).ok());
  SilentProgress progress;
  const auto report = ReportCase(*small.of, progress);
  REQUIRE(report.ok());
  REQUIRE(report->evidence.size() == 2);
  CHECK(report->evidence[0].bytes == FateBytes{700, 100, 200, 0});
  CHECK(report->evidence[1].bytes == FateBytes{900, 0, 0, 100});
  for (const ReportedEvidence& one : report->evidence) CHECK(one.bytes.all() == one.evidence.bytes);
  CHECK(report->evidence[0].remarks == std::vector<std::string>{"it ends inside a row"});
  CHECK(report->evidence[1].result.why == "killed by signal 11");
  REQUIRE(report->tables.size() == 1);
  CHECK(report->tables[0].rows == 3);
  CHECK(report->tables[0].grades == std::map<char, uint64_t>{{'B', 2}, {'D', 1}});
  CHECK(report->tables[0].missing_fields == 2);
  CHECK(report->tables[0].unkeyed == 1);
  CHECK(report->unassigned == 1);
  const std::string html = ReportHtml(*report);
  CHECK_THAT(html, Catch::Contains("killed by signal 11") && Catch::Contains("it ends inside a row") && Catch::Contains("public.paket") && Catch::Contains(report->custody_head));
}

TEST_CASE("nothing that evidence says is a part of the page") {
  CaseReport report;
  report.id = report.path = report.custody_head = report.public_key = kHostile;
  ReportedEvidence one;
  one.evidence.name = one.evidence.detail = one.evidence.captured = one.evidence.captured_from = one.evidence.class_from = kHostile;
  one.evidence.source_class = 1;
  one.origins.push_back({kHostile, kHostile, kHostile, 0, kHostile, 0, 0});
  one.result.number = 1;
  one.result.state = UnitState::failed;
  one.result.why = kHostile;
  ReportedFile file;
  file.file.name = kHostile;
  file.blocks = {{BlockKind::heap, 3}};
  one.files.push_back(file);
  one.ranges.push_back({RangeFate::damaged, kHostile, 1, 1});
  one.remarks.push_back(kHostile);
  report.evidence.push_back(one);
  report.left_out.push_back({kHostile, kHostile});
  ReportedTable table;
  table.table = kHostile;
  report.tables.push_back(table);
  const std::string html = ReportHtml(report);
  CHECK_FALSE(HasForeignTag(html));
  // Only what the page needs: no address, no script, nothing from elsewhere.
  for (const char* word : {"http:", "https:", "src=", "href=", "<link", "@import", "url("}) {
    INFO(word);
    std::string own = html;
    for (size_t at; (at = own.find(EscapeHtml(kHostile))) != std::string::npos;) own.erase(at, EscapeHtml(kHostile).size());
    CHECK(own.find(word) == std::string::npos);
  }
}

TEST_CASE("escaped text is sound UTF-8 without a control character, a quote or a bracket") {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  all += "é\xC0\x80\xED\xA0\x80\xF4\x90\x80\x80€😀\xE2\x82";
  const std::string escaped = EscapeHtml(all);
  for (const char c : escaped) {
    const auto byte = static_cast<unsigned char>(c);
    CHECK((byte >= 0x20 || c == '\n' || c == '\t'));
    CHECK(byte != 0x7F);
    CHECK(std::string_view("<>\"'").find(c) == std::string_view::npos);
  }
  CHECK_THAT(escaped, Catch::Contains("é") && Catch::Contains("€😀") && Catch::Contains("&lt;") && Catch::Contains("&amp;"));
}

TEST_CASE("a block map has as many cells as blocks, or one for several, and a bounded size") {
  CHECK(BlockMapSvg({}).empty());
  const std::string small = BlockMapSvg({{BlockKind::heap, 2}, {BlockKind::zero, 1}});
  CHECK_THAT(small, Catch::StartsWith("<svg") && Catch::Contains("</svg>"));
  std::vector<BlockRun> runs;
  for (int i = 0; i < 200000; ++i) runs.push_back({i % 2 == 0 ? BlockKind::heap : BlockKind::zero, 1ull << (i % 40)});
  CHECK(BlockMapSvg(runs).size() < 400000);
}

}  // namespace pulih
