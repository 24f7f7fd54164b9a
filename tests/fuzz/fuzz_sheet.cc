// Spreadsheets of either form, and zip archives: any bytes give rows in bounds, or none.
#include "formats/sheet/xls.h"
#include "formats/sheet/xlsx.h"
#include "tests/fuzz/identity.h"

namespace pulih::sheet {
namespace {

class Watch : public SheetSink {
 public:
  Status Sheet(const std::string&) override { return OkStatus(); }
  Status Row(const SheetRow& row) override {
    for (size_t i = 0; i < row.cells.size(); ++i) {
      if (row.cells[i].column >= kMostColumns || (i > 0 && row.cells[i].column < row.cells[i - 1].column)) std::abort();
    }
    ++rows;
    return OkStatus();
  }
  Status Remark(const std::string&) override { return OkStatus(); }
  uint64_t rows = 0;
};

}  // namespace
}  // namespace pulih::sheet

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace pulih;
  sheet::Watch watch;
  const ZipList list = ListZip({data, size});
  for (const ZipMember& member : list.members) {
    if (member.begin > size || member.packed_size > size - member.begin) std::abort();
    if (UnpackZipMember({data, size}, member, 1u << 20).bytes.size() > (1u << 20)) std::abort();
  }
  if (!sheet::ReadXlsx({data, size}, list, watch).ok() || !sheet::ReadXls({data, size}, watch).ok()) std::abort();
  accepted_inputs += watch.rows > 0;
  return 0;
}
