// The write-ahead log: any bytes behind a sound page header; what is proven lies inside the pages, in order, once.
#include "formats/postgres/wal_record.h"

#include "tests/fuzz/identity.h"

namespace pulih {
namespace {

class Check : public WalSink {
 public:
  explicit Check(size_t size) : size_(size) {}
  Status Record(const WalRecord& record) override {
    ++records;
    for (const WalPlace& place : record.places)
      if (place.offset + place.length > size_) std::abort();
    for (const WalBlock& block : record.blocks)
      if (block.has_image && RestoreImage(block.image).has_value() && RestoreImage(block.image)->size() != kWalPageSize) std::abort();
    return OkStatus();
  }
  Status Loss(const WalLoss& loss) override {
    if (loss.place.offset + loss.place.length > size_) std::abort();
    return OkStatus();
  }
  uint64_t records = 0;

 private:
  size_t size_;
};

}  // namespace
}  // namespace pulih

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const ByteView bytes(data, size);
  WalPages pages;
  for (size_t at = 0; at < size; at += kWalPageSize) {
    const ByteView page = bytes.subspan(at, std::min(kWalPageSize, size - at));
    if (const auto header = ReadWalPageHeader(page)) pages.Add({*header, page, 0, at});
  }
  Check check(size);
  if (!ReadWal(pages, check).ok()) std::abort();
  if (check.records > 0) ++accepted_inputs;
  for (const PgMajor major : {PgMajor{904}, PgMajor{1500}}) {
    WalRecord record;
    (void)ParseWalRecord(major, bytes, record).ok();
  }
  return 0;
}
