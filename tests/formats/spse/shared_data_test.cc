// Real data beside the project: as many records as there are rows.
#include "tests/formats/spse/source_notes.h"

namespace pulih::spse {
namespace {

TEST_CASE("lists of eight LPSE, LKPP's datasets and OCDS releases give a record for each row") {
  struct Set {
    const char* file;
    const char* source;
    size_t rows;
  };
  for (const Set& set : {Set{"lpse-dt/kota-surabaya-2012.json", "spse4.dt", 398}, {"lpse-dt/kota-surabaya-2013.json", "spse4.dt", 911},
                         {"lpse-dt/kota-surabaya-2014.json", "spse4.dt", 1011}, {"lpse-dt/kota-bandung.json", "spse4.dt", 3952},
                         {"lpse-dt/prov-jateng.json", "spse4.dt", 9779}, {"lpse-dt/prov-kalteng.json", "spse4.dt", 6033},
                         {"lpse-dt/kota-semarang.json", "spse4.dt", 3103}, {"lpse-dt/kota-jogja.json", "spse4.dt", 2807},
                         {"lpse-dt/kota-banjarmasin.json", "spse4.dt", 2047}, {"lpse-dt/kota-bandaaceh.json", "spse4.dt", 1377},
                         {"isb-lkpp/2025-10-03_tender-pengumuman.json", "lkpp.announcement", 92}, {"isb-lkpp/2025-10-10_tender-pengumuman.csv", "lkpp.announcement", 93},
                         {"isb-lkpp/2025-10-03_tender-selesai.json", "lkpp.result", 68}, {"isb-lkpp/2025-10-10_tender-selesai.csv", "lkpp.result", 70},
                         {"isb-lkpp/2025-10-03_tender-selesai-nilai.json", "lkpp.values", 77}, {"isb-lkpp/2025-10-10_tender-selesai-nilai.csv", "lkpp.values", 78},
                         {"isb-lkpp/2025-10-03_jadwal-tahapan-tender.json", "lkpp.steps", 1428}, {"isb-lkpp/2025-10-10_jadwal-tahapan-tender.csv", "lkpp.steps", 1440},
                         {"ocds/birms-bandung-2016.jsonl", "ocds.release", 917}}) {
    INFO(set.file);
    const std::string bytes = SharedFile(set.file);
    if (bytes.empty()) return;
    const SourceNotes notes = Notes(bytes, set.file);
    CHECK(notes.Count(set.source) == set.rows);
    CHECK(notes.Damaged() == 0);
    CheckPlaces(notes, bytes.size());
  }
}

TEST_CASE("217 releases of Kota Bandung have a kode lelang, and 8,049 bidders are in them") {
  const std::string bytes = SharedFile("ocds/birms-bandung-2016.jsonl");
  if (bytes.empty()) return;
  const SourceNotes notes = Notes(bytes);
  size_t with_code = 0, bidders = 0;
  for (const SourceRecord& record : notes.records) {
    if (record.source == "ocds.release") with_code += Raw(record, "/tender/id").size() == 7;
    bidders += record.source == "ocds.tenderer" && record.Find("/tender/tenderers[]/name") != nullptr;
  }
  CHECK(with_code == 217);
  CHECK(bidders == 8049);
}

TEST_CASE("labels leave the names: 328 repeated tenders of one list, 809 of all") {
  size_t labels = 0;
  for (const char* file : {"kota-surabaya-2012", "kota-surabaya-2013", "kota-surabaya-2014", "kota-bandung", "prov-jateng", "prov-kalteng", "kota-semarang", "kota-jogja", "kota-banjarmasin", "kota-bandaaceh"}) {
    const std::string bytes = SharedFile(std::string("lpse-dt/") + file + ".json");
    if (bytes.empty()) return;
    for (const SourceRecord& record : Notes(bytes).records) {
      labels += record.Find("1.label") != nullptr;
      CHECK(Raw(record, "1").find("<span") == std::string::npos);
    }
  }
  CHECK(labels >= 809);
}

TEST_CASE("web archives, spreadsheets and archives of many kinds are read without harm") {
  std::filesystem::path folder;
#ifdef PULIH_SHARED_DATA
  folder = PULIH_SHARED_DATA;
#endif
  if (const char* told = std::getenv("PULIH_SHARED_DATA")) folder = told;
  size_t files = 0;
  for (const char* name : {"warc", "recovery/warc", "recovery/office", "recovery/archive", "ocds/real-examples", "ocds/cdmx-ocdskit"}) {
    if (!std::filesystem::exists(folder / name)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / name)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), {}};
      INFO(entry.path());
      CheckPlaces(Notes(bytes, entry.path().filename().string()), bytes.size());
      ++files;
    }
  }
  if (files == 0) WARN("skipped: no shared data");
}

}  // namespace
}  // namespace pulih::spse
