// Mail: its encodings, its parts, and notices of SPSE.
#include "formats/mail/mail.h"

#include "tests/formats/mail/notice.h"
#include "tests/formats/spse/page_fixtures.h"
#include "tests/formats/spse/source_notes.h"

namespace pulih::spse {
namespace {

TEST_CASE("a notice of SPSE is its lines of labels, and what is attached is a source") {
  const SourceNotes notes = Notes(kNotice, "a.eml");
  REQUIRE(notes.Count("mail.notice") == 1);
  const SourceRecord& notice = notes.records[0];
  CHECK(notice.tender == "1001901");
  CHECK(Raw(notice, "Nama Lelang") == "Rehab Caf\xC3\xA9 Kota");
  CHECK(Raw(notice, "Nilai HPS") == "Rp 5.000,00");
  CHECK(Raw(notice, "Subject") == "Pengumuman Pemenang Lelang");
  CHECK(Raw(notice, "Received").substr(0, 9) == "from mail");
  CHECK(notes.heads[0].publisher == "lpse.contoh.example");
  CHECK(notes.heads[0].captured == "2014-10-02T10:04:05Z");
  CHECK(notes.Count("table") == 2);
  CHECK(notes.records[1].path == "rekap.csv » row 2");
}

TEST_CASE("a mailbox gives each of its messages") {
  const std::string box = "From lpse Thu Oct  2 17:04:05 2014\n" + kNotice + "\nFrom x Thu Oct  2 17:05:05 2014\nFrom: a@b\nTo: c@d\nSubject: halo\n\nFrom here on.\n";
  const SourceNotes notes = Notes(box);
  CHECK(notes.Count("mail.notice") == 1);
  CHECK(notes.records[0].path == "message 1");
  CHECK(box.substr(notes.records[0].offset, 8) == "Received");
  CHECK(mail::SplitMbox(AsBytes(box), 100).size() == 2);
}

TEST_CASE("mail of an LPSE has its tender in the subject, other mail has none") {
  const std::string body = "\r\nDate: Thu, 2 Oct 2014 17:04:05 +0700\r\nTo: a@b\r\n\r\nIsi.\r\n";
  CHECK(Notes("From: noreply@lpse.x.example\r\nSubject: Undangan lelang 1001901" + body).records[0].tender == "1001901");
  CHECK(Notes("From: noreply@lpse.x.example\r\nSubject: Lelang 1001901 dan 1002901" + body).records.empty());
  CHECK(Notes("From: toko@x.example\r\nSubject: Faktur 1001901" + body).records.empty());
}

TEST_CASE("a page saved with its parts is read as the page") {
  const std::string mht = "From: <Saved by Browser>\r\nSubject: Peserta\r\nDate: Thu, 2 Oct 2014 17:04:05 +0700\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"x\"\r\n\r\n"
      "--x\r\nContent-Type: text/html\r\nContent-Location: http://lpse.contoh.example/eproc/rekanan/lelangpeserta/1001901\r\n\r\n" + kBidders3 + "\r\n--x\r\nContent-Type: image/gif\r\n\r\nGIF\r\n--x--\r\n";
  const SourceNotes notes = Notes(mht);
  REQUIRE(notes.Count("spse3.bidders") == 2);
  CHECK(notes.records[0].tender == "1001901");
  CHECK(notes.heads[0].captured == "2014-10-02T10:04:05Z");
}

TEST_CASE("encodings of mail") {
  Bytes bytes;
  CHECK(mail::DecodeBase64("QUJD\r\nREU=", bytes));
  CHECK(ToText(bytes) == "ABCDE");
  CHECK_FALSE(mail::DecodeBase64("QUJDRE", bytes));
  CHECK_FALSE(mail::DecodeBase64("QU!JD", bytes));
  CHECK(ToText(mail::DecodeQuotedPrintable("a=3D=\r\nb=zz=4")) == "a=b=zz=4");
  CHECK(mail::DecodeWords("a =?iso-8859-1?q?=E9_x?= b") == "a \xC3\xA9 x b");
  CHECK(mail::MailDateToIso("2 Oct 2014 00:30 -0100") == "2014-10-02T01:30:00Z");
  CHECK(mail::MailDateToIso("31 Feb 2014 00:30:00 +0000").empty());
}

TEST_CASE("mail cut anywhere says nothing else, and parts in parts end") {
  SweepDamage(kNotice);
  std::string deep = "From: a@b\nTo: a@b\nSubject: x\n";
  for (int i = 0; i < 500; ++i) deep += "Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\n";
  CHECK(Notes(deep).records.empty());
}

}  // namespace
}  // namespace pulih::spse
