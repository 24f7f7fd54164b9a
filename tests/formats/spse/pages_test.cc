// Pages of SPSE 3 and 4.5: what they say, and that no damage makes them say another thing.
#include "formats/spse/page_source.h"

#include "formats/spse/page_table.h"
#include "tests/formats/spse/dki_values.h"
#include "tests/formats/spse/page_fixtures.h"
#include "tests/formats/spse/source_notes.h"

namespace pulih::spse {
namespace {

TEST_CASE("the list of SPSE 3 is read by its classes") {
  const SourceNotes notes = Notes(kList3);
  REQUIRE(notes.Count("spse3.list") == 2);
  const SourceRecord& first = notes.records[0];
  CHECK(Raw(first, "lls_id") == "1001901");
  CHECK(Raw(first, "No") == "1");
  CHECK(Raw(first, "pkt_nama") == "Rehab  Gedung & Pagar");
  CHECK(Raw(first, "Kategori") == "Jasa Lainnya");
  CHECK(Raw(first, "agc_nama") == "Dinas A");
  CHECK(Raw(first, "tahap") == "Evaluasi\nPembuktian");
  CHECK(Raw(first, "pkt_hps") == "271,34 jt");
  CHECK(first.tender.empty());
  CHECK(kList3.substr(first.offset, 4) == "<tr ");
  CHECK(kList3.substr(first.offset + first.length - 5, 5) == "</tr>");
  CHECK(Raw(notes.records[1], "pkt_nama") == "Lampu <5 km");
  CHECK(notes.heads[0].publisher == "LPSE Kota Contoh");
}

TEST_CASE("a row of the list whose links lead to two tenders has no number") {
  std::string page = kList3;
  page.replace(page.find("lelangpeserta/1001901"), 21, "lelangpeserta/1009901");
  CHECK(Raw(Notes(page).records[0], "lls_id") == "(none)");
}

TEST_CASE("the view of SPSE 3 is read by its labels") {
  const SourceNotes notes = Notes(kView3, "lelang_view_999901.html");
  REQUIRE(notes.Count("spse3.view") == 1);
  const SourceRecord& view = notes.records[0];
  CHECK(Raw(view, "Kode Lelang") == "1001901");
  CHECK(view.tender.empty());
  CHECK(Raw(view, "Nama Lelang") == "Rehab  Gedung & Pagar");
  CHECK(Raw(view, "Nilai Pagu Paket") == "Rp 2.832.000.000,00");
  CHECK(Raw(view, "Lokasi Pekerjaan") == "Kebun - Contoh (Kota)\nPasar");
}

TEST_CASE("schedule and bidders of SPSE 3 are of the tender in their file's name") {
  const SourceNotes steps = Notes(kSteps3, "pages/lelang_tahap_1001901.html");
  REQUIRE(steps.Count("spse3.steps") == 2);
  CHECK(steps.records[0].tender == "1001901");
  CHECK(Raw(steps.records[0], "@tender_from") == "file name");
  CHECK(Raw(steps.records[0], "Tahap") == "Pengumuman");
  CHECK(Raw(steps.records[0], "Mulai") == "30 Oktober 2014 11:00");
  CHECK(Raw(steps.records[1], "History Perubahan") == "2 kali perubahan");
  CHECK(Notes(kSteps3, "jadwal 20141004.html").records[0].tender.empty());
  CHECK(Notes(kSteps3, "jadwal.html").records[0].tender.empty());

  const SourceNotes bidders = Notes(kBidders3, "rekanan_lelangpeserta_1001901.html");
  REQUIRE(bidders.Count("spse3.bidders") == 2);
  CHECK(Raw(bidders.records[0], "Nama Peserta.nama") == "CV. SATU - DUA");
  CHECK(Raw(bidders.records[0], "Nama Peserta.npwp") == "98.303.120.4-023.000");
  CHECK(Raw(bidders.records[0], "Harga Penawaran") == "Rp 1.881.060.000,00");
  CHECK(Raw(bidders.records[0], "Pemenang") == "star.gif");
  CHECK(Raw(bidders.records[1], "Nama Peserta.nama") == "PT. TIGA");
  CHECK(Raw(bidders.records[1], "Nama Peserta.npwp") == "(none)");
  CHECK(Raw(bidders.records[1], "Pemenang").empty());
}

TEST_CASE("a page of SPSE 4.5 that a browser saved is read by its labels") {
  const SourceNotes notes = Notes(kView45);
  REQUIRE(notes.Count("spse4.view") == 1);
  REQUIRE(notes.records.size() == 1);
  const SourceRecord& view = notes.records[0];
  CHECK(Raw(view, "Kode Tender") == "1001901");
  CHECK(Raw(view, "Nama Tender") == "Rehab Gedung");
  CHECK(Raw(view, "Nama Tender.label") == "Tender Ulang");
  CHECK(Raw(view, "Rencana Umum Pengadaan/Kode RUP") == "45578586");
  CHECK(Raw(view, "Nilai Pagu Paket") == "Rp. 380.000.000,00");
  CHECK(Raw(view, "Nilai HPS Paket") == "Rp. 330.465.700,00");
  CHECK(notes.heads[0].publisher == "lpse.contoh.example");
  CHECK(notes.heads[0].url == "https://lpse.contoh.example/eproc4/lelang/1001901/pengumumanlelang");
}

TEST_CASE("schedule, bidders and winner of SPSE 4.5 are of the tender in the page's tabs") {
  const SourceNotes steps = Notes(kSteps45, "9999901_jadwal.html");
  REQUIRE(steps.Count("spse4.steps") == 1);
  CHECK(steps.records[0].tender == "1001901");
  CHECK(Raw(steps.records[0], "@tender_from") == "page");
  CHECK(Raw(steps.records[0], "Sampai") == "4 Maret 2014 12:00");
  const SourceNotes bidders = Notes(kBidders45);
  REQUIRE(bidders.Count("spse4.bidders") == 2);
  CHECK(Raw(bidders.records[0], "NPWP") == "98.303.120.4-023.000");
  CHECK(Raw(bidders.records[1], "Harga Penawaran").empty());
  const SourceNotes winner = Notes(kWinner45);
  REQUIRE(winner.Count("spse4.winner") == 1);
  CHECK(winner.Count("spse4.view") == 1);
  CHECK(winner.records.back().tender == "1001901");
}

TEST_CASE("a page cut anywhere says less, and nothing else") {
  for (const std::string* page : {&kList3, &kView3, &kSteps3, &kBidders3, &kView45, &kSteps45, &kBidders45, &kWinner45}) SweepDamage(*page, "lelang_tahap_1001901.html");
}

TEST_CASE("what stands before and behind a hole in a page is never joined") {
  SweepHoles(kBidders3, 300, 11);
  SweepHoles(kView45, 150, 11);
}

TEST_CASE("an injected script between the rows changes nothing") {
  for (const std::string* page : {&kList3, &kBidders3, &kView45}) {
    std::string injected = *page;
    injected.insert(injected.find("<tr>") == std::string::npos ? injected.find("<tr ") : injected.rfind("<tr"), "<script>document.write('<td>PT. PALSU</td>')</script>");
    const SourceNotes notes = Notes(injected), whole = Notes(*page);
    CHECK(notes.records.size() == whole.records.size());
    CheckNotInvented(notes, whole);
  }
}

TEST_CASE("pages that are no pages of SPSE are skipped") {
  CHECK(Notes("<html><body><table><tr><th>Nama</th><th>Nilai</th></tr><tr><td>a</td><td>b</td></tr></table></body></html>").records.empty());
  CHECK(Notes("<html><body><h1>Maaf, terjadi error</h1></body></html>").records.empty());
}

TEST_CASE("hostile pages end in time and within memory") {
  std::string deep, formats;
  for (int i = 0; i < 100000; ++i) deep += "<div>";
  for (int i = 0; i < 20000; ++i) formats += "<b id=" + std::to_string(i) + ">";
  for (int i = 0; i < 20000; ++i) formats += "<p>";
  CHECK(Notes("<html>" + deep).records.empty());
  CHECK(Notes("<html>" + formats).records.empty());
}

TEST_CASE("the number of a tender is found in the addresses of its pages") {
  CHECK(TenderOfUrl("http://x.example/eproc/lelang/view/3295127") == "3295127");
  CHECK(TenderOfUrl("/eproc4/lelang/2095399/peserta?x=1") == "2095399");
  CHECK(TenderOfUrl("/eproc/lelang.gridtable.pager/12?s=5").empty());
  CHECK(TenderOfUrl("/eproc4/dl/3295127").empty());
}

TEST_CASE("the saved pages of LPSE DKI Jakarta say what a person reads in them") {
  const std::string list = SharedFile("lpse-html/spse3-dki-lelang-list.html");
  if (list.empty()) return;
  const SourceNotes tenders = Notes(list);
  REQUIRE(tenders.Count("spse3.list") == std::size(kDkiTenders));
  for (size_t i = 0; i < std::size(kDkiTenders); ++i) {
    const DkiTender& wanted = kDkiTenders[i];
    const SourceRecord& record = tenders.records[i];
    CHECK(Raw(record, "No") == std::to_string(i + 1));
    CHECK(Raw(record, "lls_id") == wanted.number);
    CHECK(Raw(record, "pkt_nama") == wanted.name);
    CHECK(Raw(record, "Kategori") == wanted.category);
    CHECK(Raw(record, "Jenis Lelang") == wanted.kind);
    CHECK(Raw(record, "Metode") == wanted.method);
    CHECK(Raw(record, "agc_nama") == wanted.agency);
    CHECK(Raw(record, "tahap") == wanted.stage);
    CHECK(Raw(record, "pkt_hps") == wanted.estimate);
  }
  const SourceNotes steps = Notes(SharedFile("lpse-html/spse3-dki-lelang-tahap.html"));
  REQUIRE(steps.Count("spse3.steps") == std::size(kDkiSteps));
  for (size_t i = 0; i < std::size(kDkiSteps); ++i) {
    CHECK(Raw(steps.records[i], "Tahap") == kDkiSteps[i].name);
    CHECK(Raw(steps.records[i], "Mulai") == kDkiSteps[i].begin);
    CHECK(Raw(steps.records[i], "Sampai") == kDkiSteps[i].end);
    CHECK(Raw(steps.records[i], "History Perubahan") == kDkiSteps[i].changes);
  }
  const SourceNotes bidders = Notes(SharedFile("lpse-html/spse3-dki-rekanan-lelangpeserta.html"));
  REQUIRE(bidders.Count("spse3.bidders") == std::size(kDkiBidders));
  for (size_t i = 0; i < std::size(kDkiBidders); ++i) {
    const SourceRecord& record = bidders.records[i];
    CHECK(Raw(record, "Nama Peserta.nama") == kDkiBidders[i].name);
    CHECK(Raw(record, "Nama Peserta.npwp") == kDkiBidders[i].npwp);
    for (const std::string_view price : {"Harga Penawaran", "Harga Terkoreksi"}) CHECK(Raw(record, price) == (i == 0 ? "Rp 1.881.060.000,00" : ""));
    CHECK(Raw(record, "Administrasi") == (kDkiBidders[i].administration ? "check-green.gif" : ""));
    CHECK(Raw(record, "Teknis") == (kDkiBidders[i].technical ? "check-green.gif" : ""));
    CHECK(Raw(record, "Pemenang") == (i == 0 ? "star.gif" : ""));
    CHECK(Raw(record, "Alasan") == kDkiBidders[i].reason);
  }
}

TEST_CASE("the saved pages of SPSE 4.5 say what a person reads in them") {
  const std::string big = SharedFile("lpse-html/spse45-big-detailtender-saved.html");
  if (big.empty()) return;
  const SourceNotes notes = Notes(big);
  REQUIRE(notes.Count("spse4.view") == 1);
  const SourceRecord& view = notes.records[0];
  CHECK(notes.heads[0].publisher == "lpse.big.go.id");
  for (const auto& [label, value] : std::map<std::string, std::string>{
           {"Kode Tender", "2095399"}, {"Nama Tender", "Konsultan Audit Gedung"}, {"Rencana Umum Pengadaan/Kode RUP", "45578586"},
           {"Rencana Umum Pengadaan/Sumber Dana", "APBN"}, {"Tanggal Pembuatan", "28 Agustus 2024"}, {"Tahap Tender Saat Ini", "Pengumuman Prakualifikasi [...]"},
           {"K/L/PD/Instansi Lainnya", "Badan Informasi Geospasial"}, {"Satuan Kerja", "SEKRETARIAT UTAMA BADAN INFORMASI GEOSPASIAL"},
           {"Jenis Pengadaan", "Jasa Konsultansi Badan Usaha Konstruksi"}, {"Metode Pengadaan", "Seleksi - Prakualifikasi Dua File - Kualitas dan Biaya"},
           {"Tahun Anggaran", "APBN 2024"}, {"Nilai Pagu Paket", "Rp. 380.000.000,00"}, {"Nilai HPS Paket", "Rp. 330.465.700,00"}, {"Jenis Kontrak", "Lumsum"},
           {"Lokasi Pekerjaan", "Cibinong, Kab. Bogor - Bogor (Kab.)"}, {"Bobot Teknis", "80.0"}, {"Bobot Biaya", "20.0"}, {"Peserta Tender", "2 peserta"}}) {
    CHECK(Raw(view, label) == value);
  }
  const SourceNotes direct = Notes(SharedFile("lpse-html/spse45-nonspk_pengumuman.html"));
  REQUIRE(direct.Count("spse4.nonspk") == 1);
  CHECK(Raw(direct.records[0], "Kode Paket") == "10942236000");
  CHECK(Raw(direct.records[0], "Nilai Pagu Paket") == "Rp. 3.800.000,00");
  const SourceNotes done = Notes(SharedFile("lpse-html/spse45-nonspk_pemenang_berkontrak.html"));
  REQUIRE(done.Count("spse4.nonspk") == 1);
  CHECK(done.records[0].tender == "10942236000");
  CHECK(Raw(done.records[0], "Nilai Total Realisasi") == "Rp. 266.400,00");
  const SourceNotes own = Notes(SharedFile("lpse-html/spse45-swakelola_pengumuman.html"));
  REQUIRE(own.Count("spse4.swakelola") == 1);
  CHECK(Raw(own.records[0], "Kode Swakelola") == "10336514000");
  CHECK(Notes(SharedFile("lpse-html/spse45-error_page.html")).records.empty());
  CHECK(Notes(SharedFile("lpse-html/spse45-not_found_page.html")).records.empty());
  CHECK(Notes(SharedFile("lpse-html/spse45-dt_nonspk.json")).Count("spse4.dt.nonspk") == 25);
}

}  // namespace
}  // namespace pulih::spse
