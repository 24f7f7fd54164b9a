#include "tests/formats/spse/specimens.h"

#include "tests/formats/mail/notice.h"
#include "tests/formats/sheet/workbooks.h"
#include "tests/formats/spse/packing.h"
#include "tests/formats/spse/page_fixtures.h"

namespace pulih {
namespace {

using namespace spse;

const std::string& Page(std::mt19937_64& random) {
  const std::string* pages[] = {&kList3, &kView3, &kSteps3, &kBidders3, &kView45, &kSteps45, &kBidders45, &kWinner45};
  return *pages[random() % std::size(pages)];
}

std::string Archive(std::mt19937_64& random) {
  std::string archive;
  for (uint64_t i = random() % 3 + 1; i > 0; --i) {
    const std::string page = Page(random);
    const bool again = !archive.empty() && random() % 4 == 0;
    archive += WarcText(again ? "revisit" : "response", "http://lpse.contoh.example/eproc/lelang/tahap/1001901", "2014-09-28T15:00:01Z", Http(again ? "" : page), Digests(Http(again ? "" : page), page));
  }
  return archive;
}

}  // namespace

Bytes PageSpecimen(std::mt19937_64& random) { return ToBytes(Page(random)); }
Bytes WebArchiveSpecimen(std::mt19937_64& random) { return ToBytes(Archive(random)); }
Bytes WorkbookSpecimen(std::mt19937_64& random) { return ToBytes(random() % 2 == 0 ? Xlsx(kStrings) : Xls()); }
Bytes MailSpecimen(std::mt19937_64&) { return ToBytes(kNotice); }

Bytes SourceSpecimen(std::mt19937_64& random) {
  switch (random() % 6) {
    case 0: return PageSpecimen(random);
    case 1: return WebArchiveSpecimen(random);
    case 2: return ToBytes(StoredGzip(Archive(random)));
    case 3: return WorkbookSpecimen(random);
    case 4: return MailSpecimen(random);
    default: return ToBytes(StoredZip({{"lelang_tahap_1001901.html", Page(random)}, {"rekap.csv", "kode,nama,nilai\n1001901,A,5 jt\n"}}));
  }
}

}  // namespace pulih
