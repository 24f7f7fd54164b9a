// Archives of sources, in each other.
#include "formats/spse/container.h"

#include "tests/formats/spse/packing.h"
#include "tests/formats/spse/page_fixtures.h"
#include "tests/formats/spse/source_notes.h"

namespace pulih::spse {
namespace {

const std::string kCsv = "kode,nama,nilai\n1001901,A,5 jt\n1002901,B,6 jt\n";

TEST_CASE("members of zip, tar and gzip are sources, and their names count") {
  for (const std::string& archive : {StoredZip({{"a/lelang_tahap_1001901.html", kSteps3}, {"rekap.csv", kCsv}}), Tar({{"a/lelang_tahap_1001901.html", kSteps3}, {"rekap.csv", kCsv}})}) {
    const SourceNotes notes = Notes(archive);
    CHECK(notes.Count("spse3.steps") == 2);
    CHECK(notes.Count("table") == 2);
    CHECK(notes.records[0].tender == "1001901");
    CHECK(notes.records[0].path == "a/lelang_tahap_1001901.html » row 1");
    CHECK(archive.substr(notes.records[0].offset, notes.records[0].length) == kSteps3);
    CheckPlaces(notes, archive.size());
  }
  const SourceNotes packed = Notes(StoredGzip(kSteps3), "x/lelang_tahap_1001901.html.gz");
  REQUIRE(packed.Count("spse3.steps") == 2);
  CHECK(packed.records[0].tender == "1001901");
}

TEST_CASE("archives in archives are read to a depth, and no deeper") {
  std::string nested = kCsv;
  for (int depth = 0; depth < 4; ++depth) nested = depth % 2 == 0 ? StoredZip({{"in", nested}}) : StoredGzip(nested);
  CHECK(Notes(nested).Count("table") == 2);
  const SourceNotes deeper = Notes(Tar({{"in", nested}}));
  CHECK(deeper.records.empty());
  CHECK_FALSE(deeper.remarks.empty());
}

TEST_CASE("members that are larger than the limits are told, and not unpacked") {
  SourceLimits limits;
  limits.max_member = 20;
  const SourceNotes notes = Notes(StoredZip({{"a.csv", kCsv}}), "x", limits);
  CHECK(notes.records.empty());
  CHECK_FALSE(notes.remarks.empty());
}

TEST_CASE("gzip members one behind the other are one text, up to damage") {
  const std::string one = StoredGzip(kCsv.substr(0, 30)), two = StoredGzip(kCsv.substr(30));
  CHECK(Notes(one + two).Count("table") == 2);
  std::string damaged = one + two;
  damaged[one.size() + 20] ^= 1;
  CheckNotInvented(Notes(damaged), Notes(one + two));
}

TEST_CASE("without its directory a zip gives the members that have sound headers") {
  std::string archive = StoredZip({{"a.csv", kCsv}, {"b.csv", kCsv}});
  archive.resize(archive.find("PK\1\2"));
  CHECK(Notes(archive).Count("table") == 4);
  archive[archive.find("nama")] = 'X';
  const SourceNotes notes = Notes(archive);
  CHECK(notes.Count("table") == 2);
  CHECK(notes.Damaged() == kCsv.size());
}

TEST_CASE("zip entries over the same bytes are not followed") {
  std::string archive = StoredZip({{"a.csv", kCsv}, {"b.csv", kCsv}});
  const size_t second = archive.rfind("PK\1\2");
  archive.replace(second + 42, 4, Le(0, 4));  // its header is the first's
  CHECK(Notes(archive).Count("table") == 4);  // by their own headers
}

TEST_CASE("archives cut or changed anywhere are read as far as they are sound") {
  SweepDamage(StoredZip({{"a.csv", kCsv}, {"b.html", kSteps45}}));
  SweepDamage(Tar({{"b.html", kSteps45}}));
  SweepDamage(StoredGzip(kCsv));
}

}  // namespace
}  // namespace pulih::spse
