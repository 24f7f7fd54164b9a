#include "engine/records/export_ocds.h"

#include <catch2/catch.hpp>
#include <map>

#include "engine/crypto/random.h"
#include "engine/records/tender_join.h"
#include "formats/postgres/value_text.h"
#include "formats/repo/pack.h"
#include "tests/support/row_script.h"

namespace pulih {
namespace {

PgType Base(const char* name, uint32_t oid) {
  PgType type;
  type.schema = "pg_catalog";
  type.name = name;
  type.oid = oid;
  return type;
}

// A table whose first column is its key; cells as text, "-" for NULL.
ScriptedTable Table(const std::string& name, const std::vector<std::pair<std::string, TypeIndex>>& columns, const std::vector<std::vector<std::string>>& rows,
                    const std::string& database = "uji", const std::string& schema = "public") {
  ScriptedTable table;
  TableDescriptor& d = table.descriptor;
  d.database = database;
  d.schema = schema;
  d.name = name;
  d.types = {Base("text", pg_oid::kText), Base("numeric", pg_oid::kNumeric), Base("timestamp", pg_oid::kTimestamp), Base("int8", pg_oid::kInt8)};
  for (const auto& [column, type] : columns) d.columns.push_back({column, type, d.types[type].name, false, 0, false});
  d.key = {0};
  for (const std::vector<std::string>& cells : rows) {
    REQUIRE(cells.size() == columns.size());
    ScriptedRow row;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (cells[i] == "-") {
        row.emplace_back();
        continue;
      }
      auto image = ValueImage(d.types, d.columns[i].type, cells[i]);
      INFO(cells[i]);
      REQUIRE(image.ok());
      row.emplace_back(*image);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

constexpr TypeIndex kText = 0, kNumeric = 1, kTime = 2, kInt8 = 3;

// Three tenders: 1127 with all there is, 2127 failed and without bids, 10127 a draft. Codes are numeric in one table,
// integers or texts in others.
std::vector<ScriptedTable> Office(const std::string& database = "uji", const std::string& schema = "public") {
  return {
      Table("lelang_seleksi",
            {{"lls_id", kNumeric}, {"pkt_id", kNumeric}, {"lls_status", kNumeric}, {"mtd_pemilihan", kNumeric}, {"lls_dibuat_tanggal", kTime},
             {"lls_ditutup_karena", kText}, {"lls_diulang_karena", kText}, {"auditupdate", kTime}},
            {{"1127", "501", "2", "0", "2014-03-01 08:00:00", "-", "-", "2014-05-30 09:00:00"},
             {"2127", "502", "2", "8", "2014-03-02 08:00:00", "", "tidak ada penawaran", "-"},
             {"10127", "503", "0", "0", "2014-04-01 08:00:00", "-", "-", "2014-04-02 08:00:00"}},
            database, schema),
      Table("paket",
            {{"pkt_id", kNumeric}, {"pkt_nama", kText}, {"pkt_pagu", kNumeric}, {"pkt_hps", kNumeric}, {"kgr_id", kNumeric}, {"stk_id", kNumeric},
             {"rup_id", kNumeric}, {"auditupdate", kTime}},
            {{"501", "Jembatan Kali \"Contoh\"", "123456789012345678.90", "2000000000.50", "2", "9", "77", "2014-03-01 08:00:00"},
             {"502", "Kertas", "50000000.00", "0.00", "0", "404", "-", "2014-06-30 23:59:59.25"},
             {"503", "Kajian", "1.00", "-", "1", "-", "-", "infinity"}},
            database, schema),
      Table("satuan_kerja", {{"stk_id", kInt8}, {"stk_nama", kText}}, {{"9", "Dinas Contoh"}}, database, schema),
      Table("metode_pemilihan", {{"mtd_id", kNumeric}, {"mtd_nama", kText}}, {{"0", "e-Lelang Umum"}}, database, schema),
      Table("tahap", {{"thp_id", kNumeric}, {"thp_nama", kText}, {"akt_jenis", kText}}, {{"3", "Upload Dokumen Penawaran", "PEMASUKAN_PENAWARAN"}}, database,
            schema),
      Table("jadwal", {{"dtj_id", kInt8}, {"lls_id", kInt8}, {"thp_id", kNumeric}, {"dtj_tglawal", kTime}, {"dtj_tglakhir", kTime}, {"auditupdate", kTime}},
            {{"1", "1127", "3", "2014-04-01 08:00:00", "2014-04-10 15:00:00", "2014-03-05 08:00:00"}}, database, schema),
      Table("peserta",
            {{"psr_id", kNumeric}, {"lls_id", kText}, {"rkn_id", kNumeric}, {"psr_tanggal", kTime}, {"psr_harga", kNumeric}, {"psr_harga_terkoreksi", kNumeric},
             {"is_pemenang", kNumeric}, {"auditupdate", kTime}},
            {{"71", "1127", "5", "2014-04-02 09:00:00", "1900000000.00", "1899999999.99", "1", "2014-06-01 10:30:00"},
             {"72", "1127", "6", "2014-04-03 09:00:00", "-", "-", "0", "-"},
             {"73", "1127.0", "7", "2014-04-04 09:00:00", "1950000000.00", "0.00", "0", "-"}},
            database, schema),
      Table("rekanan", {{"rkn_id", kNumeric}, {"rkn_nama", kText}, {"rkn_npwp", kText}, {"rkn_alamat", kText}},
            {{"5", "PT Contoh", "01.234.567.8-901.000", "Jl. Misal 1"}, {"6", "CV Misal", "", "-"}}, database, schema),
      Table("kontrak",
            {{"kontrak_id", kNumeric}, {"lls_id", kNumeric}, {"rkn_id", kNumeric}, {"kontrak_no", kText}, {"kontrak_tanggal", kTime}, {"kontrak_nilai", kNumeric},
             {"kontrak_mulai", kTime}, {"kontrak_akhir", kTime}, {"auditupdate", kTime}},
            {{"3", "1127", "5", "K/3/2014", "2014-06-01 00:00:00", "1890000000.00", "2014-06-02 00:00:00", "-", "-"}}, database, schema),
      Table("sppbj", {{"sppbj_id", kNumeric}, {"lls_id", kNumeric}, {"sppbj_tgl_buat", kTime}, {"auditupdate", kTime}},
            {{"31", "1127", "2014-05-20 00:00:00", "-"}, {"32", "1127", "2014-05-25 00:00:00", "-"}}, database, schema),
  };
}

ScriptedTable& Named(std::vector<ScriptedTable>& tables, const std::string& name) {
  for (ScriptedTable& table : tables) {
    if (table.descriptor.name == name) return table;
  }
  FAIL("no table " + name);
  return tables.front();
}

// An export of a snapshot of its own, into a folder of its own.
struct Export {
  explicit Export(const std::vector<ScriptedTable>& tables) : snapshot(scene.BackUpRows(tables)) { Run(); }

  void Run() {
    Reading reading = scene.Read();
    RowSorterOptions sorting;
    sorting.memory_bytes = memory;
    sorting.spool_directory = folder.path();
    SilentProgress progress;
    const auto random = NewSeededRandom(7);
    const auto files = NewPosixFileSystem();
    directory = folder.path() + "/" + std::to_string(++runs);
    result = ExportOcds(*reading.session, snapshot, {directory, sorting, {}}, *files, *random, progress);
    if (result->ok()) report = **result;
  }

  Json Package(const std::string& file = "releases.json") const {
    const auto files = NewPosixFileSystem();
    const auto bytes = ReadWholeFile(*files, directory + "/" + file, 64u << 20);
    REQUIRE(bytes.ok());
    auto package = ReadJson(AsText(*bytes));
    INFO(package.status().message());
    REQUIRE(package.ok());
    return *package;
  }
  // By ocid.
  std::map<std::string, Json> Releases(const std::string& file = "releases.json") const {
    std::map<std::string, Json> releases;
    const Json package = Package(file);
    for (const Json& release : *package.Find("releases")->array()) REQUIRE(releases.emplace(*release.Find("ocid")->string(), release).second);
    return releases;
  }

  RowScene scene;
  Snapshot snapshot;
  TemporaryDirectory folder;
  std::string directory;
  size_t memory = 24u << 20;
  int runs = 0;
  std::optional<Result<ExportReport>> result;
  ExportReport report;
};

}  // namespace

TEST_CASE("tenders of an SPSE database become releases, with what their rows name") {
  const Export exported(Office());
  INFO(exported.result->status().message());
  REQUIRE(exported.result->ok());
  CHECK(exported.report.damaged.empty());
  CHECK(exported.report.notes.empty());
  REQUIRE(exported.report.tables.size() == 1);
  CHECK(exported.report.tables[0].table == "uji/public.lelang_seleksi");
  CHECK(exported.report.tables[0].file == "releases.json");
  CHECK(exported.report.tables[0].rows == 3);
  const Json package = exported.Package();
  CHECK(*package.Path({"publisher", "name"})->string() == "uji");
  CHECK(package.Find("releases")->array()->front().Find("ocid")->string()->ends_with("-1127"));  // in the order of their codes, not of their digits
  CHECK(package.Find("releases")->array()->back().Find("ocid")->string()->ends_with("-10127"));
  const auto releases = exported.Releases();
  CHECK(JsonText(releases.at("ocds-spse-1127")) ==
        R"({"ocid":"ocds-spse-1127","id":"ocds-spse-1127-2014-06-01T10:30:00+07:00","date":"2014-06-01T10:30:00+07:00","tag":["tender","award","contract"],)"
        R"("initiationType":"tender","language":"id","parties":[{"id":"satker-9","name":"Dinas Contoh","roles":["buyer","procuringEntity"]},)"
        R"({"id":"rekanan-5","name":"PT Contoh","identifier":{"scheme":"ID-NPWP","id":"01.234.567.8-901.000","legalName":"PT Contoh"},)"
        R"("address":{"streetAddress":"Jl. Misal 1"},"roles":["tenderer","supplier"]},{"id":"rekanan-6","name":"CV Misal","roles":["tenderer"]},)"
        R"({"id":"rekanan-7","roles":["tenderer"]}],"buyer":{"id":"satker-9","name":"Dinas Contoh"},)"
        R"("planning":{"budget":{"amount":{"amount":123456789012345678.90,"currency":"IDR"},"projectID":"77"}},)"
        R"("tender":{"id":"1127","title":"Jembatan Kali \"Contoh\"","status":"complete","procuringEntity":{"id":"satker-9","name":"Dinas Contoh"},)"
        R"("value":{"amount":2000000000.50,"currency":"IDR"},"procurementMethod":"open","procurementMethodDetails":"e-Lelang Umum","mainProcurementCategory":"works",)"
        R"("tenderPeriod":{"startDate":"2014-04-01T08:00:00+07:00","endDate":"2014-04-10T15:00:00+07:00"},"numberOfTenderers":3,)"
        R"("tenderers":[{"id":"rekanan-5","name":"PT Contoh"},{"id":"rekanan-6","name":"CV Misal"},{"id":"rekanan-7"}],)"
        R"("milestones":[{"id":"1","title":"Upload Dokumen Penawaran","code":"PEMASUKAN_PENAWARAN","dueDate":"2014-04-10T15:00:00+07:00"}]},)"
        R"("bids":{"details":[{"id":"71","date":"2014-04-02T09:00:00+07:00","tenderers":[{"id":"rekanan-5","name":"PT Contoh"}],"value":{"amount":1899999999.99,"currency":"IDR"}},)"
        R"({"id":"73","date":"2014-04-04T09:00:00+07:00","tenderers":[{"id":"rekanan-7"}],"value":{"amount":1950000000.00,"currency":"IDR"}}]},)"
        R"("awards":[{"id":"1127-71","title":"Jembatan Kali \"Contoh\"","status":"active","date":"2014-05-25T00:00:00+07:00","value":{"amount":1899999999.99,"currency":"IDR"},)"
        R"("suppliers":[{"id":"rekanan-5","name":"PT Contoh"}]}],"contracts":[{"id":"3","awardID":"1127-71","title":"K/3/2014","value":{"amount":1890000000.00,"currency":"IDR"},)"
        R"("dateSigned":"2014-06-01T00:00:00+07:00","period":{"startDate":"2014-06-02T00:00:00+07:00"}}]})");
  const Json& failed = releases.at("ocds-spse-2127");
  CHECK(*failed.Path({"tender", "status"})->string() == "unsuccessful");
  CHECK(*failed.Path({"tender", "description"})->string() == "tidak ada penawaran");
  CHECK(*failed.Find("date")->string() == "2014-06-30T23:59:59.25+07:00");
  CHECK(failed.Path({"tender", "value"}) == nullptr);
  const Json& draft = releases.at("ocds-spse-10127");
  CHECK(*draft.Path({"tender", "status"})->string() == "planning");
  CHECK(*draft.Find("date")->string() == "2014-04-02T08:00:00+07:00");  // an infinite time is none
}

TEST_CASE("a tender meets its own rows also where memory does not hold them") {
  std::vector<ScriptedTable> tables = Office();
  ScriptedTable& tenders = Named(tables, "lelang_seleksi");
  ScriptedTable& bidders = Named(tables, "peserta");
  constexpr int kTenders = 400, kBidders = 12;
  const auto number = [&](TypeIndex type, int value) { return *ValueImage(tenders.descriptor.types, type, std::to_string(value)); };
  for (int i = 0; i < kTenders; ++i) {
    ScriptedRow row = tenders.rows[0];
    row[0] = number(kNumeric, 20'000 + i);
    tenders.rows.push_back(row);
  }
  for (int i = 0; i < kTenders * kBidders; ++i) {
    ScriptedRow row = bidders.rows[1];
    row[0] = number(kNumeric, 1'000 + i);
    row[1] = ToBytes(AsBytes(std::to_string(20'000 + i % kTenders)));
    row[4] = number(kNumeric, 5'000 + i);
    bidders.rows.push_back(row);
  }
  Export exported(tables);
  exported.memory = 1;  // the least there is
  exported.Run();
  REQUIRE(exported.result->ok());
  CHECK(exported.report.damaged.empty());
  const auto releases = exported.Releases();
  REQUIRE(releases.size() == kTenders + 3);
  for (int i = 0; i < kTenders; ++i) {
    const Json::Array& bids = *releases.at("ocds-spse-" + std::to_string(20'000 + i)).Path({"bids", "details"})->array();
    REQUIRE(bids.size() == kBidders);
    for (int k = 0; k < kBidders; ++k) {
      REQUIRE(*bids[static_cast<size_t>(k)].Find("id")->string() == std::to_string(1'000 + i + k * kTenders));
      REQUIRE(bids[static_cast<size_t>(k)].Path({"value", "amount"})->number()->digits == std::to_string(5'000 + i + k * kTenders));
    }
  }
}

TEST_CASE("a database without what tenders are made of is refused, and nothing is written") {
  std::vector<ScriptedTable> tables = Office();
  std::erase_if(tables, [](const ScriptedTable& table) { return table.descriptor.name == "sppbj"; });
  Named(tables, "paket").descriptor.columns[3].name = "hps";
  Named(tables, "rekanan").descriptor.key = {1};
  const Export exported(tables);
  CHECK(exported.result->status().code() == Code::not_found);
  CHECK(exported.result->status().message() ==
        "reading tenders: uji/public: the snapshot lacks paket.pkt_hps, a primary key of rekanan on rkn_id alone, table sppbj");
  CHECK(NewPosixFileSystem()->List(exported.directory).status().code() == Code::not_found);

  const Export other({PeopleTable()});
  CHECK(other.result->status().code() == Code::not_found);
  CHECK(other.result->status().message().ends_with("it has no table lelang_seleksi, so no SPSE database"));
}

TEST_CASE("columns that older databases do not have are left out, and noted") {
  std::vector<ScriptedTable> tables = Office();
  Named(tables, "paket").descriptor.columns[6].name = "lain";
  Named(tables, "peserta").descriptor.columns[5].name = "lain";
  const Export exported(tables);
  REQUIRE(exported.result->ok());
  CHECK(exported.report.damaged.empty());
  CHECK(exported.report.notes == std::vector<std::string>{"uji/: it has no column paket.rup_id", "uji/: it has no column peserta.psr_harga_terkoreksi"});
  const Json release = exported.Releases().at("ocds-spse-1127");
  CHECK(release.Path({"planning", "budget", "projectID"}) == nullptr);
  CHECK(release.Path({"bids", "details"})->array()->front().Path({"value", "amount"})->number()->digits == "1900000000.00");
}

TEST_CASE("a tender that is not whole is left out and named, the others stay") {
  std::vector<ScriptedTable> tables = Office();
  const auto text = [](const std::string& words) { return std::optional(ToBytes(AsBytes(words))); };
  SECTION("its package is not there") {
    Named(tables, "paket").rows.erase(Named(tables, "paket").rows.begin());
    const Export exported(tables);
    REQUIRE(exported.result->ok());
    CHECK(exported.report.damaged == std::vector<std::string>{"uji/public.lelang_seleksi 1127: left out: its package 501 is not there"});
    CHECK(exported.Releases().size() == 2);
  }
  SECTION("a text of it is absurd") {
    Named(tables, "lelang_seleksi").rows[1][6] = text(std::string(kMaxSpseText + 1, 'x'));
    Named(tables, "rekanan").rows[0][1] = text(std::string(kMaxSpseText + 1, 'x'));
    const Export exported(tables);
    REQUIRE(exported.result->ok());
    REQUIRE(exported.report.damaged.size() == 2);
    CHECK(exported.report.damaged[0] == "uji/public.lelang_seleksi 1127: left out: uji/public.rekanan 5: column rkn_nama is longer than 1048576 bytes");
    CHECK(exported.report.damaged[1] ==
          "uji/public.lelang_seleksi 2127: left out: uji/public.lelang_seleksi 2127: column lls_diulang_karena is longer than 1048576 bytes");
    CHECK(exported.Releases().size() == 1);
  }
  SECTION("a tender has more bidders than can be") {
    ScriptedTable& bidders = Named(tables, "peserta");
    for (size_t i = 0; i < kMaxTenderRows; ++i) {
      ScriptedRow row = bidders.rows[1];
      row[0] = *ValueImage(bidders.descriptor.types, kNumeric, std::to_string(1'000 + i));
      bidders.rows.push_back(std::move(row));
    }
    const Export exported(tables);
    REQUIRE(exported.result->ok());
    REQUIRE(exported.report.damaged.size() == 1);
    CHECK(exported.report.damaged[0].starts_with("uji/public.lelang_seleksi 1127: left out: it has more than 10000 rows"));
    CHECK(exported.Releases().size() == 2);
  }
  SECTION("rows belong to no tender") {
    Named(tables, "peserta").rows[0][1] = text("999");
    Named(tables, "peserta").rows[1][1] = text("tidak tahu");
    Named(tables, "peserta").rows[2][1] = std::nullopt;
    const Export exported(tables);
    REQUIRE(exported.result->ok());
    CHECK(exported.report.damaged == std::vector<std::string>{"uji/public.peserta: 2 rows do not say which tender they belong to",
                                                              "uji/public.lelang_seleksi: 1 rows of other tables belong to tenders that are not there"});
    CHECK(exported.Releases().size() == 3);
  }
  SECTION("it has no date") {
    Named(tables, "lelang_seleksi").rows[2][4] = std::nullopt;
    Named(tables, "lelang_seleksi").rows[2][7] = std::nullopt;
    const Export exported(tables);
    REQUIRE(exported.result->ok());
    CHECK(exported.report.damaged == std::vector<std::string>{"uji/public.lelang_seleksi 10127: left out: write OCDS release: 10127: it has no date"});
    CHECK(exported.Releases().size() == 2);
  }
}

TEST_CASE("several databases become one package each") {
  std::vector<ScriptedTable> tables = Office("kota/lama");
  for (ScriptedTable& table : Office("kota", "arsip")) tables.push_back(std::move(table));
  tables.push_back(Table("configuration", {{"cfg_category", kText}, {"cfg_sub_category", kText}, {"cfg_value", kText}},
                         {{"CONFIG", "ppe.nama", "LPSE Kota Contoh"}}, "kota", "arsip"));
  tables.back().descriptor.key = {0, 1};
  tables.push_back(PeopleTable());
  const Export exported(tables);
  INFO(exported.result->status().message());
  REQUIRE(exported.result->ok());
  REQUIRE(exported.report.tables.size() == 2);
  CHECK(exported.report.tables[0].file == "kota.arsip.releases.json");
  CHECK(exported.report.tables[1].file == "kota%2Flama.releases.json");
  CHECK(*exported.Package("kota.arsip.releases.json").Path({"publisher", "name"})->string() == "LPSE Kota Contoh");
  CHECK(exported.Package("kota%2Flama.releases.json").Find("uri")->string()->ends_with(":kota%2Flama.public"));
  CHECK(exported.Releases("kota.arsip.releases.json") == exported.Releases("kota%2Flama.releases.json"));
}

TEST_CASE("an export of a damaged repository says what it lacks") {
  Export exported(Office());
  const auto intact = exported.Releases();
  const auto blobs = BlobsOf(exported.scene.repository().store());
  size_t told = 0, refused = 0;
  for (const auto& [name, good] : blobs) {
    if (!PackNameOf(name)) continue;
    for (size_t at = 0; at < good.size(); at += 61) {
      Bytes bad = good;
      bad[at] ^= 0x10;
      exported.scene.repository().store().Plant(name, std::move(bad));
      exported.Run();
      exported.scene.repository().store().Plant(name, good);
      if (!exported.result->ok()) {
        ++refused;
        continue;
      }
      told += exported.report.damaged.empty() ? 0 : 1;
      const auto releases = exported.Releases();
      INFO(name << " at " << at);
      // Without a word there is no difference. (With one, a tender can lack rows of a table that has gaps.)
      if (exported.report.damaged.empty()) REQUIRE(releases == intact);
      for (const auto& [ocid, release] : releases) REQUIRE(intact.contains(ocid));
    }
  }
  CHECK(told > 0);
  CHECK(refused > 0);
}

}  // namespace pulih
