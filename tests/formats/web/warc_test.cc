// Web archives: their records, their proofs, and what is in them.
#include "formats/web/warc.h"

#include "formats/web/http.h"
#include "formats/web/sha1.h"
#include "tests/formats/spse/packing.h"
#include "tests/formats/spse/page_fixtures.h"
#include "tests/formats/spse/source_notes.h"

namespace pulih::spse {
namespace {

const std::string kUrl = "http://lpse.contoh.example/eproc/lelang/tahap/1001901";

std::string Response(const std::string& page, const std::string& date = "2014-09-28T15:00:01Z") {
  return WarcText("response", kUrl, date, Http(page), Digests(Http(page), page));
}

TEST_CASE("SHA-1 is that of FIPS 180-4") {
  CHECK(web::Base32(web::Sha1Of(AsBytes("abc"))) == "VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5");
  CHECK(web::Base32(web::Sha1Of({})) == "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ");
  CHECK(web::Base32(web::Sha1Of(AsBytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) == "QSMD4RA4HPJG5OVOJKQ7SUJJ4XSUM4HR");
}

TEST_CASE("a page in an archive is of the tender in its address, captured when its record says") {
  const std::string record = Response(kSteps3);
  const SourceNotes notes = Notes(record);
  REQUIRE(notes.Count("spse3.steps") == 2);
  CHECK(notes.heads[0].captured == "2014-09-28T15:00:01Z");
  CHECK(notes.heads[0].publisher == "lpse.contoh.example");
  CHECK(notes.records[0].tender == "1001901");
  CHECK(Raw(notes.records[0], "@tender_from") == "address");
  CHECK(notes.records[0].path == "record 1 » " + kUrl + " » row 1");
  CHECK(notes.records[0].offset == 0);
  CHECK(notes.records[0].length == record.size());
}

TEST_CASE("of gzip members one by one a damaged one costs itself") {
  std::string archive, damaged;
  for (int i = 0; i < 3; ++i) {
    std::string member = StoredGzip(Response(kSteps3, "2014-09-28T15:00:0" + std::to_string(i) + "Z"));
    archive += member;
    if (i == 1) member[member.size() / 2] ^= 0x55;
    damaged += member;
  }
  CHECK(Notes(archive).Count("spse3.steps") == 6);
  const SourceNotes notes = Notes(damaged);
  CHECK(notes.Count("spse3.steps") == 4);
  CHECK(notes.Damaged() > 0);
  CHECK_FALSE(notes.remarks.empty());
  CheckPlaces(notes, damaged.size());
  // Random bytes at the beginning of a member: the next is found all the same.
  std::string headless = archive;
  std::fill_n(headless.begin() + static_cast<ptrdiff_t>(archive.size() / 3), 40, 'x');
  CHECK(Notes(headless).Count("spse3.steps") == 4);
}

TEST_CASE("a record that its digest disproves is damaged; digests come in base32 and base16") {
  std::string record = Response(kBidders3);
  record[record.find("CV. SATU")] = 'X';
  const SourceNotes notes = Notes(record);
  CHECK(notes.records.empty());
  CHECK(notes.Damaged() == record.size());
  const std::string hex = WarcText("response", kUrl, "2014-09-28T15:00:01Z", "HTTP/1.1 200 OK\r\n\r\nabc", "WARC-Payload-Digest: sha1:a9993e364706816aba3e25717850c26c9cd0d89d\r\n");
  struct Proof : web::WarcSink {
    Status Record(const web::WarcRecord& r) override { return proof = r.proof, OkStatus(); }
    Status Damage(uint64_t, uint64_t) override { return OkStatus(); }
    web::WarcProof proof = web::WarcProof::none;
  } sink;
  REQUIRE(web::WalkWarc(AsBytes(hex), sink).ok());
  CHECK(sink.proof == web::WarcProof::proven);
}

TEST_CASE("a revisit is its payload, captured again") {
  const std::string digest = "WARC-Payload-Digest: " + web::WarcDigest(AsBytes(kSteps3)) + "\r\n";
  const std::string revisit = WarcText("revisit", kUrl, "2014-10-01T00:00:00Z", "HTTP/1.1 200 OK\r\n\r\n", digest);
  for (const bool packed : {false, true}) {
    for (const bool first : {false, true}) {
      std::string one = revisit, two = Response(kSteps3);
      if (packed) one = StoredGzip(one), two = StoredGzip(two);
      const SourceNotes notes = Notes(first ? one + two : two + one);
      CHECK(notes.Count("spse3.steps") == 4);
      REQUIRE(notes.heads.size() == 2);
      CHECK(notes.heads[1].captured == "2014-10-01T00:00:00Z");
    }
  }
  CHECK(Notes(revisit).records.empty());
}

TEST_CASE("chunks and content codings are taken off, and a body that ends early is cut") {
  const std::string chunked = "a\r\n" + kSteps3.substr(0, 10) + "\r\n" + [] {
    char size[16];
    std::snprintf(size, sizeof size, "%zx;x=y\r\n", kSteps3.size() - 10);
    return std::string(size);
  }() + kSteps3.substr(10) + "\r\n0\r\n\r\n";
  CHECK(Notes(WarcText("response", kUrl, "d", Http(chunked, "Transfer-Encoding: chunked\r\n"))).Count("spse3.steps") == 2);
  CHECK(Notes(WarcText("response", kUrl, "d", Http(StoredGzip(kSteps3), "Content-Encoding: gzip\r\n"))).Count("spse3.steps") == 2);
  const auto response = web::ReadHttpResponse(AsBytes(Http(chunked.substr(0, 900), "Transfer-Encoding: chunked\r\n")), 1u << 20);
  REQUIRE(response);
  CHECK_FALSE(response->complete);
  CHECK(web::HttpDateToIso("Sun, 28 Sep 2014 15:00:00 GMT") == "2014-09-28T15:00:00Z");
}

TEST_CASE("ARC files are read too") {
  const std::string body = Http(kSteps3);
  const std::string arc = "filedesc://x.arc 0.0.0.0 20140216050221 text/plain 5\n1 0 X\n\n" + kUrl + " 1.2.3.4 20140216050222 text/html " + std::to_string(body.size()) + "\n" + body + "\n";
  const SourceNotes notes = Notes(arc);
  REQUIRE(notes.Count("spse3.steps") == 2);
  CHECK(notes.heads[0].captured == "2014-02-16T05:02:22Z");
  CHECK(Notes(StoredGzip(arc)).Count("spse3.steps") == 2);
}

TEST_CASE("a record that is shorter than it says is cut where the next begins") {
  std::string one = WarcText("response", kUrl, "a", Http(kSteps3));
  one.resize(one.size() - 300);
  const SourceNotes notes = Notes(one + "\r\n\r\n" + Response(kBidders3));
  CHECK(notes.Count("spse3.bidders") == 2);
  CheckNotInvented(notes, Notes(WarcText("response", kUrl, "a", Http(kSteps3)) + Response(kBidders3)));
}

TEST_CASE("an archive cut or changed anywhere tells nothing else, proven records only") {
  const std::string archive = Response(kView45) + Response(kSteps3);
  SweepDamage(archive);
  SweepDamage(StoredGzip(Response(kSteps45)) + StoredGzip(Response(kView3)));
  // A changed byte in a record with digests is noticed: no value changes.
  const SourceNotes whole = Notes(archive);
  for (size_t at = archive.find("HTTP/"); at < archive.size(); at += 3) {
    std::string changed = archive;
    changed[at] ^= 1;
    CheckNotInvented(Notes(changed), whole);
  }
}

}  // namespace
}  // namespace pulih::spse
