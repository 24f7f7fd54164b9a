// Whatever bytes an evidence file has: places of records and ranges lie inside of them, and the ranges cover them.
#include <vector>

#include "formats/spse/read_source.h"
#include "tests/fuzz/identity.h"

namespace pulih::spse {
namespace {

class Watch : public SourceSink {
 public:
  explicit Watch(size_t size) : covered_(size) {}
  Status Head(const SourceHead&) override { return OkStatus(); }
  Status Record(const SourceRecord& record) override {
    ++records;
    if (record.offset > covered_.size() || record.length > covered_.size() - record.offset) std::abort();
    return OkStatus();
  }
  Status Range(const SourceRange& range) override {
    if (range.offset > covered_.size() || range.length > covered_.size() - range.offset) std::abort();
    std::fill_n(covered_.begin() + static_cast<ptrdiff_t>(range.offset), range.length, true);
    return OkStatus();
  }
  Status Remark(const std::string&) override { return OkStatus(); }
  bool Covered() const { return std::find(covered_.begin(), covered_.end(), false) == covered_.end(); }
  uint64_t records = 0;

 private:
  std::vector<bool> covered_;
};

}  // namespace
}  // namespace pulih::spse

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih::spse;
  SourceLimits limits;
  limits.max_member = 1u << 20;
  limits.max_unpacked = 4u << 20;
  limits.max_members = 1000;
  Watch watch(size);
  if (!ReadSource({data, size}, "lelang_tahap_1001901.html", limits, watch).ok() || !watch.Covered()) std::abort();
  pulih::accepted_inputs += watch.records > 0;
  return 0;
}
