// Web archives: records and damage lie inside the bytes, in order, and a block inside its record.
#include "formats/web/warc.h"

#include "formats/web/http.h"
#include "tests/fuzz/identity.h"

namespace pulih::web {
namespace {

class Watch : public WarcSink {
 public:
  explicit Watch(ByteView bytes) : bytes_(bytes) {}
  Status Record(const WarcRecord& record) override {
    Within(record.offset, record.length);
    if (!record.block.empty() && (record.block.data() < bytes_.data() || record.block.data() + record.block.size() > bytes_.data() + bytes_.size())) std::abort();
    const std::optional<HttpResponse> response = ReadHttpResponse(record.block, 1u << 20);
    if (response && response->body().size() > (1u << 20)) std::abort();
    ++records;
    return OkStatus();
  }
  Status Damage(uint64_t offset, uint64_t length) override { return Within(offset, length), OkStatus(); }
  uint64_t records = 0;

 private:
  void Within(uint64_t offset, uint64_t length) {
    if (offset < at_ || offset > bytes_.size() || length > bytes_.size() - offset) std::abort();
    at_ = offset + length;
  }
  const ByteView bytes_;
  uint64_t at_ = 0;
};

}  // namespace
}  // namespace pulih::web

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  web::Watch warc({data, size}), arc({data, size});
  if (!web::WalkWarc({data, size}, warc).ok() || !web::WalkArc({data, size}, arc).ok()) std::abort();
  accepted_inputs += warc.records > 0;
  return 0;
}
