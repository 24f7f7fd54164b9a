// DataTables, LKPP, OCDS and flat objects, whole and damaged.
#include "formats/spse/json_source.h"

#include "formats/spse/datatables.h"
#include "formats/spse/lkpp.h"
#include "tests/formats/spse/source_notes.h"

namespace pulih::spse {
namespace {

const std::string kDataTables =
    R"({"draw":"1","recordsTotal":3,"recordsFiltered":3,"data":[)"
    R"(["1001127","Rehab Gedung A \u003cspan class\u003d\u0027label label-warning\u0027\u003eTender Ulang\u003c/span\u003e","Pemprov Contoh","Tender Sudah Selesai","229,9 Jt","Pascakualifikasi Satu File","Lelang Umum","Sistem Gugur","Pekerjaan Konstruksi - TA 2014","1","Rp 200.824.589,00","1","0","0"],)"
    R"(["1002127","Jalan & Trotoar <br/>Tahap 2","Pemprov Contoh","Upload Dokumen Penawaran","1,1 M","","","","Jasa Lainnya - TA null","1","Nilai Kontrak belum dibuat",null,null,"0"],)"
    R"(["1003127","Lampu < 5 km","Pemprov Contoh","Selesai","0 Jt","","","","Jasa - TA 2014","1","","1","0","0"]]})";

const std::string kBidders = R"([
 {"tahun_anggaran":2014,"kd_klpd":"D197","kd_lpse":127,"kd_tender":1001127,"kd_peserta":5001127,"nama_penyedia":"CV. \"Satu\"","nilai_penawaran":7244724458.05,"pemenang":0,"alasan":null,"_event_date":"2014-10-04"},
 {"tahun_anggaran":2014,"kd_klpd":"D197","kd_lpse":127,"kd_tender":1001127,"kd_peserta":5002127,"nama_penyedia":"PT. Dua","nilai_penawaran":6520603132,"pemenang":1,"alasan":null,"_event_date":"2014-10-04"},
 {"tahun_anggaran":2014,"kd_klpd":"D197","kd_lpse":127,"kd_tender":1002127,"kd_peserta":5003127,"nama_penyedia":"UD. Tiga","nilai_penawaran":1,"pemenang":0,"alasan":"Gugur","_event_date":"2014-10-04"}
])";

const std::string kPackage = R"({"uri":"http://data.example.id/1","version":"1.1","publishedDate":"2014-10-02T22:00:00+07:00","publisher":{"name":"Pemantau"},
"releases":[{"ocid":"ocds-zz-1","id":"1-1","date":"2014-01-08T08:48:57+07:00","tag":["planning","tender"],
 "parties":[{"id":"1.00.18","name":"Dinas","roles":["buyer"]},{"id":"ID-NPWP-1","name":"CV. Satu","roles":["tenderer","supplier"]}],
 "tender":{"id":"1001127","title":"Rehab Gedung A","value":{"amount":2000000000.50,"currency":"IDR"},"tenderers":[{"id":"x","name":"PT. Dua"}]},
 "awards":[{"id":"a1","suppliers":[{"name":"CV. Satu"},{"name":"CV. Tiga"}],"value":{"amount":1}}],
 "contracts":[{"id":"k1","awardID":"a1","dateSigned":"2014-02-11"}]}]})";

TEST_CASE("a row of DataTables keeps its columns by number, and a label leaves the name") {
  const SourceNotes notes = Notes(kDataTables);
  REQUIRE(notes.Count("spse4.dt") == 3);
  const SourceRecord& first = notes.records[0];
  CHECK(Raw(first, "0") == "1001127");
  CHECK(Raw(first, "1") == "Rehab Gedung A");
  CHECK(Raw(first, "1.label") == "Tender Ulang");
  CHECK(Raw(first, "10") == "Rp 200.824.589,00");
  CHECK(first.path == "item 1");
  CHECK(kDataTables.substr(first.offset, 10) == R"(["1001127")");
  CHECK(kDataTables.substr(first.fields[0].offset, first.fields[0].length) == R"("1001127")");
  CHECK(Raw(notes.records[1], "1") == "Jalan & Trotoar  Tahap 2");
  CHECK(Raw(notes.records[1], "11") == "(none)");
  CHECK(Raw(notes.records[2], "1") == "Lampu < 5 km");
}

TEST_CASE("an LKPP dataset is told by its keys, and null is no value") {
  const SourceNotes notes = Notes(kBidders);
  REQUIRE(notes.Count("lkpp.bidders") == 3);
  CHECK(notes.heads.size() == 1);
  CHECK(notes.heads[0].publisher == "LKPP");
  CHECK(notes.heads[0].captured == "2014-10-04");
  CHECK(notes.records[0].tender == "1001127");
  CHECK(Raw(notes.records[0], "nama_penyedia") == "CV. \"Satu\"");
  CHECK(Raw(notes.records[0], "nilai_penawaran") == "7244724458.05");
  CHECK(Raw(notes.records[0], "alasan") == "(none)");
  CHECK(LkppSource({"kd_tender", "kd_lpse", "kd_tahapan"}) == "lkpp.steps");
  CHECK(LkppSource({"kd_tender", "kd_lpse", "nilai_kontrak", "kd_penyedia"}) == "lkpp.values");
  CHECK(LkppSource({"kd_tender", "kd_lpse", "nama_paket", "versi_tender"}) == "lkpp.announcement");
  CHECK(LkppSource({"kd_tender", "kd_lpse", "nama_paket", "tgl_penetapan_pemenang"}) == "lkpp.result");
  CHECK(LkppSource({"nama_paket"}).empty());
}

TEST_CASE("a release is told with its parts, each with the tender that it is of") {
  const SourceNotes notes = Notes(kPackage);
  REQUIRE(notes.heads.size() == 1);
  CHECK(notes.heads[0].publisher == "Pemantau");
  CHECK(notes.heads[0].captured == "2014-10-02T22:00:00+07:00");
  CHECK(notes.Count("ocds.release") == 1);
  CHECK(notes.Count("ocds.party") == 1);
  CHECK(notes.Count("ocds.tenderer") == 2);
  CHECK(Raw(notes.records[0], "/tender/value/amount") == "2000000000.50");
  CHECK(Raw(notes.records[0], "/tag[]") == "planning");
  for (const SourceRecord& record : notes.records) {
    if (record.source != "ocds.release") CHECK(record.tender == "1001127");
    CHECK(Raw(record, "/ocid") == "ocds-zz-1");
    for (const SourceField& field : record.fields) {
      const std::string stands = kPackage.substr(field.offset, field.length);
      CHECK((stands == field.raw || stands == "\"" + field.raw + "\""));
    }
  }
  const SourceRecord& contract = notes.records.back();
  REQUIRE(contract.source == "ocds.contract");
  CHECK(contract.path == "item 1 » contracts 1");
  CHECK(Raw(contract, "/awards[]/suppliers[]/name") == "CV. Satu");
}

TEST_CASE("a record package gives its releases, else what its publisher compiled") {
  const SourceNotes notes = Notes(R"({"records":[{"ocid":"o1","releases":[{"ocid":"o1","date":"2014-01-01","tag":["tender"],"tender":{"id":"1"}}],"compiledRelease":{"ocid":"o1","date":"x","tag":["compiled"]}},
    {"ocid":"o2","compiledRelease":{"ocid":"o2","date":"2014-02-01","tag":["compiled"]}},{"ocid":"o3","releases":[{"url":"http://x"}]}]})");
  REQUIRE(notes.records.size() == 2);
  CHECK(Raw(notes.records[0], "/date") == "2014-01-01");
  CHECK(Raw(notes.records[1], "/ocid") == "o2");
}

TEST_CASE("JSON Lines, one object, and arrays of flat objects are read; others are skipped") {
  CHECK(Notes("{\"ocid\":\"a\",\"date\":\"x\"}\n{\"ocid\":\"b\",\"date\":\"y\"}\n").Count("ocds.release") == 2);
  CHECK(Notes(R"([{"kode":"1","nama":"x"},{"kode":"2","nama":"y"}])").Count("table") == 2);
  CHECK(Notes(R"([{"a":{"b":1}}])").records.empty());
  CHECK(Notes("[1,2,3]").records.empty());
}

TEST_CASE("JSON that is cut or changed anywhere gives whole items only") {
  SweepDamage(kDataTables);
  SweepDamage(kBidders);
  SweepDamage(kPackage);
}

TEST_CASE("behind a hole in JSON the next item is found") {
  SweepHoles(kDataTables, 30, 7);
  SweepHoles(kBidders, 60, 7);
  std::string holed = kBidders;
  std::fill_n(holed.begin() + 60, 40, '\0');  // in the first bidder
  const SourceNotes notes = Notes(holed);
  REQUIRE(notes.Count("lkpp.bidders") == 2);
  CHECK(Raw(notes.records[0], "nama_penyedia") == "PT. Dua");
  CHECK(notes.Damaged() > 0);
}

TEST_CASE("a quote that is lost costs the items around it") {
  std::string damaged = kBidders;
  damaged[damaged.find("\"PT. Dua")] = 'x';
  const SourceNotes notes = Notes(damaged);
  CHECK(notes.Count("lkpp.bidders") == 2);
  CheckNotInvented(notes, Notes(kBidders));
}

TEST_CASE("hostile JSON ends in time") {
  std::string text = "[";
  for (int i = 0; i < 200000; ++i) text += "{,\"";
  CHECK(Notes(text).records.empty());
  CHECK(Notes(std::string(300000, '[')).records.empty());
  CHECK(Notes("{\"data\":" + std::string(300000, '[')).records.empty());
}

TEST_CASE("the aggregator's failures are no data") {
  CHECK(Notes("<invalid_response>Data Kosong, silakan ulangi</invalid_response>").remarks.size() == 1);
  CHECK(Notes("").remarks.size() == 1);
}

TEST_CASE("UTF-16 and a byte order mark are read, and places are those of the bytes") {
  std::string wide = "\xFF\xFE";
  for (const char c : kBidders) wide += std::string(1, c) + std::string(1, '\0');
  const SourceNotes notes = Notes(wide);
  REQUIRE(notes.Count("lkpp.bidders") == 3);
  CHECK(wide.substr(notes.records[0].offset, 3) == std::string("{\0\"", 3));
  CHECK(Notes("\xEF\xBB\xBF" + kBidders).records[0].offset == kBidders.find('{') + 3);
}

}  // namespace
}  // namespace pulih::spse
