// JSON that may be damaged: items and damage lie inside the text, in order, and each item is JSON by itself. A text that
// is sound as a whole has no damage.
#include "formats/text/json_scan.h"

#include "tests/fuzz/identity.h"

namespace pulih {
namespace {

class Watch : public JsonItemSink {
 public:
  explicit Watch(size_t size) : size_(size) {}
  Status Item(const JsonItem& item) override {
    Within(item.offset, item.text.size());
    ++items;
    if (!ReadJson(item.text).ok()) std::abort();
    for (const JsonSlice& member : JsonMembers(item.text)) (void)JsonRaw(member.text);
    return OkStatus();
  }
  bool IsItem(const Json& value) const override { return value.object() != nullptr; }
  Status Damage(uint64_t offset, uint64_t length, bool) override {
    Within(offset, length);
    damaged = damaged || length > 0;
    return OkStatus();
  }
  bool damaged = false;
  uint64_t items = 0;

 private:
  void Within(uint64_t offset, uint64_t length) {
    if (offset < at_ || offset > size_ || length > size_ - offset) std::abort();
    at_ = offset + length;
  }
  const size_t size_;
  uint64_t at_ = 0;
};

}  // namespace
}  // namespace pulih

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  const std::string_view text = AsText({data, size});
  Watch watch(size);
  if (!WalkJson(text, {"data", "releases"}, watch).ok()) std::abort();
  accepted_inputs += watch.items > 0 || (size > 0 && !watch.damaged);
  const Result<Json> whole = ReadJson(text);
  if (!whole.ok() || (whole->object() == nullptr && whole->array() == nullptr)) return 0;
  if (watch.damaged) std::abort();
  return 0;
}
